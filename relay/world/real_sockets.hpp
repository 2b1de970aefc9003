// real_sockets.hpp - streams and listeners over a stream protocol of Asio's: TCP, or local sockets.
//
// What the two protocols do differently stands in the overloads at the top. Only the files that
// make such sockets include this.
#pragma once
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/redirect_error.hpp>
#include <cerrno>
#include <sys/socket.h>
#include <utility>

#include "relay/world/network.hpp"

namespace mxlab::world {

inline Endpoint endpoint_of(const asio::ip::tcp::endpoint& e) { return {e.address(), e.port()}; }
inline Endpoint endpoint_of(const asio::local::stream_protocol::endpoint&) { return {}; }

inline void prepare(asio::ip::tcp::socket& socket) {
  error_code ignored;
  // Dialogues of short lines: Nagle's algorithm would delay each by the peer's delayed ACK.
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
}
inline void prepare(asio::local::stream_protocol::socket&) {}

inline std::optional<Credentials> credentials_of(asio::ip::tcp::socket&) { return std::nullopt; }
inline std::optional<Credentials> credentials_of(asio::local::stream_protocol::socket& socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    return std::nullopt;
  return Credentials{peer.uid, peer.gid, peer.pid};
}

template <class Protocol>
class SocketStream final : public Stream {
 public:
  using Socket = typename Protocol::socket;

  explicit SocketStream(Socket socket) : socket_(std::move(socket)) {
    prepare(socket_);
    error_code ignored;
    peer_ = endpoint_of(socket_.remote_endpoint(ignored));
    local_ = endpoint_of(socket_.local_endpoint(ignored));
    credentials_ = credentials_of(socket_);
  }
  executor_type get_executor() override { return socket_.get_executor(); }
  void start_read(asio::mutable_buffer buffer, IoCompletion done) override {
    socket_.async_read_some(buffer, std::move(done));
  }
  void start_write(asio::const_buffer buffer, IoCompletion done) override {
    socket_.async_write_some(buffer, std::move(done));
  }
  void cancel() override {
    error_code ignored;
    socket_.cancel(ignored);
  }
  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }
  Endpoint peer() const override { return peer_; }
  Endpoint local() const override { return local_; }
  std::optional<Credentials> credentials() const override { return credentials_; }

 private:
  Socket socket_;
  Endpoint peer_, local_;
  std::optional<Credentials> credentials_;
};

template <class Protocol>
class SocketListener final : public Listener {
 public:
  using Acceptor = typename Protocol::acceptor;

  /// `held` goes when the listener closes: the socket's file, or the loan of an adopted socket.
  SocketListener(Acceptor acceptor, Clock& clock, std::shared_ptr<void> held)
      : acceptor_(std::move(acceptor)),
        clock_(clock),
        resumed_(clock),
        local_(endpoint_of(acceptor_.local_endpoint())),
        held_(std::move(held)) {}

  awaitable<std::unique_ptr<Stream>> accept() override {
    while (acceptor_.is_open()) {
      if (paused_) {
        co_await resumed_.wait();
        continue;
      }
      error_code error;
      auto socket =
          co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
      if (!error) co_return std::make_unique<SocketStream<Protocol>>(std::move(socket));
      // pause() aborts too; the loop's head knows whether it was close().
      if (error != asio::error::operation_aborted) co_await recover(error);
    }
    throw std::system_error(asio::error::operation_aborted);
  }
  void pause() override {
    paused_ = true;
    error_code ignored;
    acceptor_.cancel(ignored);
  }
  void resume() override {
    paused_ = false;
    resumed_.notify();
  }
  void close() override {
    held_.reset();
    error_code ignored;
    acceptor_.close(ignored);
    resumed_.notify();
  }
  Endpoint local() const override { return local_; }

 private:
  /// What accept(2) may report although the listener is well.
  static bool passing(const error_code& error) {
    return error == asio::error::connection_aborted || error == asio::error::no_descriptors ||
           error == error_code(ENFILE, asio::error::get_system_category()) ||
           error == asio::error::no_buffer_space || error == asio::error::no_memory;
  }
  awaitable<void> recover(error_code error) {
    if (!passing(error)) throw std::system_error(error);
    // Out of descriptors: the same would fail again at once.
    constexpr Duration kBreath = std::chrono::milliseconds(100);
    if (error != asio::error::connection_aborted) co_await clock_.sleep_for(kBreath);
  }

  Acceptor acceptor_;
  Clock& clock_;
  Signal resumed_;
  Endpoint local_;
  bool paused_ = false;
  // Goes before the acceptor: a file's number may be another's once its socket is closed.
  std::shared_ptr<void> held_;
};

}  // namespace mxlab::world
