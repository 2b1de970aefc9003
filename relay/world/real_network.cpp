#include "relay/world/real_network.hpp"

#include <asio/ip/tcp.hpp>
#include <asio/ip/v6_only.hpp>
#include <asio/redirect_error.hpp>
#include <cerrno>
#include <utility>

namespace mxlab::world {

namespace {
using asio::ip::tcp;

Endpoint endpoint_of(const tcp::endpoint& e) { return {e.address(), e.port()}; }

class TcpStream final : public Stream {
 public:
  explicit TcpStream(tcp::socket socket) : socket_(std::move(socket)) {
    error_code ignored;
    // Dialogues of short lines: Nagle's algorithm would delay each by the peer's delayed ACK.
    socket_.set_option(tcp::no_delay(true), ignored);
    peer_ = endpoint_of(socket_.remote_endpoint(ignored));
    local_ = endpoint_of(socket_.local_endpoint(ignored));
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

 private:
  tcp::socket socket_;
  Endpoint peer_, local_;
};

class TcpListener final : public Listener {
 public:
  TcpListener(asio::io_context& io, Clock& clock, const Endpoint& local, int backlog);
  awaitable<std::unique_ptr<Stream>> accept() override;
  void pause() override;
  void resume() override;
  void close() override;
  Endpoint local() const override { return local_; }

 private:
  /// What accept(2) may report although the listener is well.
  static bool passing(const error_code& error);
  awaitable<void> recover(error_code error);

  tcp::acceptor acceptor_;
  Clock& clock_;
  Signal resumed_;
  Endpoint local_;
  bool paused_ = false;
};

TcpListener::TcpListener(asio::io_context& io, Clock& clock, const Endpoint& local, int backlog)
    : acceptor_(io), clock_(clock), resumed_(clock) {
  tcp::endpoint endpoint(local.address, local.port);
  acceptor_.open(endpoint.protocol());
  acceptor_.set_option(tcp::acceptor::reuse_address(true));
  if (local.address.is_v6()) acceptor_.set_option(asio::ip::v6_only(true));
  acceptor_.bind(endpoint);
  acceptor_.listen(backlog);
  local_ = endpoint_of(acceptor_.local_endpoint());
}

bool TcpListener::passing(const error_code& error) {
  return error == asio::error::connection_aborted || error == asio::error::no_descriptors ||
         error == error_code(ENFILE, asio::error::get_system_category()) ||
         error == asio::error::no_buffer_space || error == asio::error::no_memory;
}

awaitable<std::unique_ptr<Stream>> TcpListener::accept() {
  while (acceptor_.is_open()) {
    if (paused_) {
      co_await resumed_.wait();
      continue;
    }
    error_code error;
    auto socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (!error) co_return std::make_unique<TcpStream>(std::move(socket));
    // pause() aborts too; the loop's head knows whether it was close().
    if (error != asio::error::operation_aborted) co_await recover(error);
  }
  throw std::system_error(asio::error::operation_aborted);
}

awaitable<void> TcpListener::recover(error_code error) {
  if (!passing(error)) throw std::system_error(error);
  // Out of descriptors: the same would fail again at once.
  constexpr Duration kBreath = std::chrono::milliseconds(100);
  if (error != asio::error::connection_aborted) co_await clock_.sleep_for(kBreath);
}

void TcpListener::pause() {
  paused_ = true;
  error_code ignored;
  acceptor_.cancel(ignored);
}

void TcpListener::resume() {
  paused_ = false;
  resumed_.notify();
}

void TcpListener::close() {
  error_code ignored;
  acceptor_.close(ignored);
  resumed_.notify();
}
}  // namespace

std::unique_ptr<Listener> RealNetwork::listen(Endpoint local, int backlog) {
  return std::make_unique<TcpListener>(io_, clock_, local, backlog);
}

awaitable<std::unique_ptr<Stream>> RealNetwork::connect(Endpoint peer) {
  tcp::socket socket(io_);
  co_await socket.async_connect(tcp::endpoint(peer.address, peer.port), asio::use_awaitable);
  co_return std::make_unique<TcpStream>(std::move(socket));
}

std::unique_ptr<DatagramSocket> RealNetwork::open_datagrams(Endpoint local) {
  return open_real_datagrams(io_, random_, std::move(local));
}

}  // namespace mxlab::world
