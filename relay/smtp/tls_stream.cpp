#include "relay/smtp/tls_stream.hpp"

#include <asio/error.hpp>
#include <asio/redirect_error.hpp>
#include <asio/ssl/error.hpp>
#include <asio/write.hpp>
#include <cstring>
#include <limits>
#include <new>
#include <openssl/bio.h>
#include <openssl/err.h>

namespace mxlab::smtp {
namespace {

/// What is read at once: little while the peer says little, a record's worth when it says much.
constexpr std::size_t kSmallRead = 1024;
constexpr std::size_t kLargeRead = 17 * 1024;

std::error_code tls_error(unsigned long code) {
  return {static_cast<int>(code), asio::error::get_ssl_category()};
}

/// Nothing while OpenSSL has succeeded or only wants to read.
std::error_code failure_of(int why, unsigned long code) {
  if (why == SSL_ERROR_NONE || why == SSL_ERROR_WANT_READ) return {};
  if (why == SSL_ERROR_ZERO_RETURN) return asio::error::eof;
  return code != 0 ? tls_error(code) : asio::ssl::error::unexpected_result;
}

}  // namespace

/// Bytes on their way between OpenSSL and the stream below.
struct TlsStream::Buffers {
  std::string in;
  std::size_t taken = 0;  // of in
  std::size_t read_size = kSmallRead;
  std::string out;

  static Buffers& of(BIO* bio) { return *static_cast<Buffers*>(BIO_get_data(bio)); }
  static int read(BIO* bio, char* to, int most);
  static int write(BIO* bio, const char* from, int count);
  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }
  static int create(BIO* bio) {
    BIO_set_init(bio, 1);
    return 1;
  }
  static BIO_METHOD* make_method();
  static BIO* make_bio(Buffers* buffers);
};

int TlsStream::Buffers::read(BIO* bio, char* to, int most) {
  BIO_clear_retry_flags(bio);
  Buffers& self = of(bio);
  const std::size_t count = std::min(self.in.size() - self.taken, static_cast<std::size_t>(most));
  if (count == 0) {
    BIO_set_retry_read(bio);
    return -1;
  }
  std::memcpy(to, self.in.data() + self.taken, count);
  self.taken += count;
  if (self.taken == self.in.size()) self.in = {}, self.taken = 0;
  return static_cast<int>(count);
}

// Called by C: nothing may be thrown through it.
int TlsStream::Buffers::write(BIO* bio, const char* from, int count) try {
  BIO_clear_retry_flags(bio);
  of(bio).out.append(from, static_cast<std::size_t>(count));
  return count;
} catch (const std::bad_alloc&) {
  return -1;
}

BIO_METHOD* TlsStream::Buffers::make_method() {
  BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "strings");
  if (method == nullptr) throw std::bad_alloc();
  BIO_meth_set_read(method, read);
  BIO_meth_set_write(method, write);
  BIO_meth_set_ctrl(method, control);
  BIO_meth_set_create(method, create);
  return method;
}

BIO* TlsStream::Buffers::make_bio(Buffers* buffers) {
  static const BIO_METHOD* const method = make_method();
  BIO* bio = BIO_new(method);
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, buffers);
  return bio;
}

TlsStream::TlsStream(world::Stream& below, SSL_CTX* context)
    : below_(below), buffers_(std::make_unique<Buffers>()), ssl_(SSL_new(context)) {
  if (!ssl_) throw std::system_error(tls_error(ERR_get_error()));
  BIO* bio = Buffers::make_bio(buffers_.get());
  SSL_set_bio(ssl_.get(), bio, bio);  // takes it over
  SSL_set_mode(ssl_.get(), SSL_MODE_RELEASE_BUFFERS);
}

TlsStream::~TlsStream() = default;

world::awaitable<int> TlsStream::run(std::function<int()> step, std::error_code& error) {
  for (;;) {
    ERR_clear_error();
    const int result = step();
    // Before anything else can run: the error queue is the thread's, not the connection's.
    const int why = SSL_get_error(ssl_.get(), result);
    const std::error_code failure = failure_of(why, ERR_get_error());
    co_await flush(error);
    if (failure) error = failure;  // it says more than a peer that is gone
    if (!error && why == SSL_ERROR_WANT_READ) co_await receive(error);
    if (error) co_return 0;
    if (why == SSL_ERROR_NONE) co_return result;
  }
}

world::awaitable<void> TlsStream::flush(std::error_code& error) {
  if (buffers_->out.empty()) co_return;
  const std::string bytes = std::exchange(buffers_->out, {});
  co_await asio::async_write(below_, asio::buffer(bytes),
                             asio::redirect_error(asio::use_awaitable, error));
}

world::awaitable<void> TlsStream::receive(std::error_code& error) {
  Buffers& buffers = *buffers_;
  std::string room(buffers.read_size, '\0');
  const std::size_t count = co_await below_.async_read_some(
      asio::buffer(room), asio::redirect_error(asio::use_awaitable, error));
  if (error == asio::error::eof) error = asio::ssl::error::stream_truncated;
  buffers.read_size = count == room.size() ? kLargeRead : kSmallRead;
  room.resize(count);
  buffers.in = std::move(room);
}

world::awaitable<void> TlsStream::handshake(Role role, std::error_code& error) {
  if (role == Role::kServer)
    SSL_set_accept_state(ssl_.get());
  else
    SSL_set_connect_state(ssl_.get());
  co_await run([ssl = ssl_.get()] { return SSL_do_handshake(ssl); }, error);
}

world::awaitable<std::size_t> TlsStream::read_some(asio::mutable_buffer room,
                                                   std::error_code& error) {
  const auto most = std::min<std::size_t>(room.size(), std::numeric_limits<int>::max());
  auto step = [ssl = ssl_.get(), room, most] {
    return SSL_read(ssl, room.data(), static_cast<int>(most));
  };
  co_return static_cast<std::size_t>(co_await run(step, error));
}

world::awaitable<void> TlsStream::write(std::string_view bytes, std::error_code& error) {
  constexpr std::size_t kMostAtOnce = 64 * 1024;
  while (!bytes.empty() && !error) {
    const auto most = static_cast<int>(std::min(bytes.size(), kMostAtOnce));
    auto step = [ssl = ssl_.get(), bytes, most] { return SSL_write(ssl, bytes.data(), most); };
    bytes.remove_prefix(static_cast<std::size_t>(co_await run(step, error)));
  }
}

}  // namespace mxlab::smtp
