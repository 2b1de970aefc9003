// stream.hpp - a byte stream between two hosts.
//
// It models Asio's AsyncStream, one virtual hop for each read or write, so asio::async_write and
// asio::ssl::stream<Stream&> take it as they take a socket: TLS is the same in every world.
#pragma once
#include <asio/any_io_executor.hpp>
#include <asio/associated_cancellation_slot.hpp>
#include <asio/async_result.hpp>
#include <asio/buffer.hpp>
#include <asio/cancellation_signal.hpp>
#include <cstdint>
#include <optional>

#include "relay/world/address.hpp"
#include "relay/world/completion.hpp"

namespace mxlab::world {

/// Who is at the other end of a local socket, as the kernel knows it (SO_PEERCRED, unix(7)).
struct Credentials {
  std::uint32_t user = 0, group = 0;
  std::int32_t process = 0;
};

class Stream {
 public:
  using executor_type = asio::any_io_executor;
  using lowest_layer_type = Stream;

  virtual ~Stream() = default;
  virtual executor_type get_executor() = 0;
  /// Completions are posted, never called inline. At most one read and one write at a time.
  virtual void start_read(asio::mutable_buffer buffer, IoCompletion done) = 0;
  virtual void start_write(asio::const_buffer buffer, IoCompletion done) = 0;
  /// Pending operations end with operation_aborted.
  virtual void cancel() = 0;
  /// Cancels, then says goodbye to the peer (FIN). May be called twice.
  virtual void close() = 0;
  virtual Endpoint peer() const = 0;
  virtual Endpoint local() const = 0;
  /// Nothing for connections over the network.
  virtual std::optional<Credentials> credentials() const { return std::nullopt; }

  lowest_layer_type& lowest_layer() { return *this; }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return initiate(std::forward<Token>(token),
                    [this, b = first<asio::mutable_buffer>(buffers)](IoCompletion done) {
                      start_read(b, std::move(done));
                    });
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return initiate(std::forward<Token>(token),
                    [this, b = first<asio::const_buffer>(buffers)](IoCompletion done) {
                      start_write(b, std::move(done));
                    });
  }

 private:
  template <class Buffer, class Buffers>
  static Buffer first(const Buffers& buffers) {
    for (auto i = asio::buffer_sequence_begin(buffers); i != asio::buffer_sequence_end(buffers);
         ++i)
      if (Buffer b = *i; b.size() != 0) return b;
    return Buffer{};
  }
  template <class Token, class Start>
  auto initiate(Token&& token, Start start) {
    return asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this, start = std::move(start)](auto handler) mutable {
          auto slot = asio::get_associated_cancellation_slot(handler);
          if (slot.is_connected()) slot.assign([this](asio::cancellation_type) { cancel(); });
          start(IoCompletion([h = std::move(handler), slot](error_code ec, std::size_t n) mutable {
            if (slot.is_connected()) slot.clear();
            std::move(h)(ec, n);
          }));
        },
        token);
  }
};

}  // namespace mxlab::world
