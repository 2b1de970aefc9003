// tls_stream.hpp - TLS over a stream, holding no buffer that nothing waits in.
//
// asio::ssl::stream keeps 68 KiB of buffers for each connection; thousands of idle sessions cannot
// afford that. Here OpenSSL reads and writes strings that are empty most of the time. Deadlines and
// closing are the owner's business. One operation at a time.
#pragma once
#include <asio/buffer.hpp>
#include <functional>
#include <memory>
#include <openssl/ssl.h>
#include <string>
#include <string_view>

#include "relay/world/world.hpp"

namespace mxlab::smtp {

class TlsStream {
 public:
  enum class Role { kClient, kServer };

  /// The stream must outlive this.
  TlsStream(world::Stream& below, SSL_CTX* context);
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  /// Each reports its outcome in `error`, which must live until then.
  world::awaitable<void> handshake(Role role, std::error_code& error);
  /// At least one byte, or an error: eof after the peer's goodbye, stream_truncated without one.
  world::awaitable<std::size_t> read_some(asio::mutable_buffer room, std::error_code& error);
  /// All of it; the bytes must live until then.
  world::awaitable<void> write(std::string_view bytes, std::error_code& error);

  SSL* native() const { return ssl_.get(); }

 private:
  struct Buffers;
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  /// Repeats a step of OpenSSL's, and moves the bytes that it asks for, until it has succeeded (and
  /// what it returned is returned) or failed.
  world::awaitable<int> run(std::function<int()> step, std::error_code& error);
  world::awaitable<void> flush(std::error_code& error);
  world::awaitable<void> receive(std::error_code& error);

  world::Stream& below_;
  std::unique_ptr<Buffers> buffers_;
  std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace mxlab::smtp
