#include "relay/smtp/connection.hpp"

#include <asio/read.hpp>
#include <asio/redirect_error.hpp>
#include <asio/ssl/context.hpp>
#include <asio/write.hpp>
#include <fmt/format.h>

#include "relay/smtp/ascii.hpp"
#include "relay/smtp/tls_stream.hpp"

namespace mxlab::smtp {
namespace {

using world::FactKind;

/// A peer that sends one endless line is not worth more of our time.
constexpr std::size_t kMaxSwallowed = 1024 * 1024;

/// What the journal may see of a line: of AUTH no more than the mechanism.
std::string shown(const Line& line) {
  if (line.flaw == LineFlaw::kTooLong) return "[line too long]";
  if (!starts_ignoring_case(line.text, "AUTH")) return printable(line.text);
  const std::size_t mechanism = line.text.find_first_not_of(" \t", 4);
  const std::size_t end = line.text.find_first_of(" \t", mechanism);
  if (mechanism == line.text.npos || end == line.text.npos) return printable(line.text);
  return printable(line.text.substr(0, end)) + " [secret]";
}

auto into(std::error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

void check(std::error_code error, const Deadline& deadline) {
  if (deadline.expired()) throw std::system_error(std::make_error_code(std::errc::timed_out));
  if (error) throw std::system_error(error);
}

}  // namespace

struct Connection::Tls {
  Tls(world::Stream& below, std::shared_ptr<TlsContext> with)
      : context(std::move(with)), stream(below, context->native().native_handle()) {}
  std::shared_ptr<TlsContext> context;
  TlsStream stream;
};

Connection::Connection(world::World& world, std::unique_ptr<world::Stream> stream,
                       ConnectionSettings settings)
    : world_(world),
      settings_(std::move(settings)),
      input_(settings_.longest_line),
      chunk_(std::make_unique_for_overwrite<char[]>(kReadSize)),
      stream_(std::move(stream)) {}

Connection::~Connection() = default;

std::optional<Line> Connection::next_line(Privacy privacy) {
  auto line = input_.next();
  if (!line && input_.swallowed() > kMaxSwallowed)
    throw std::system_error(std::make_error_code(std::errc::message_size));
  if (line && world_.journal.wants(FactKind::kReceived))
    note_received(privacy == Privacy::kSecret ? "[secret]" : shown(*line));
  return line;
}

/// Counts as waiting while it lives.
class Connection::Waiting {
 public:
  Waiting(Connection& connection, Deadline& deadline) : connection_(connection) {
    connection_.pending_ = &deadline;
  }
  ~Waiting() { connection_.pending_ = nullptr; }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  Connection& connection_;
};

awaitable<void> Connection::fill(SteadyPoint until, Deadline::Then then) {
  Deadline deadline(world_.clock, *stream_, until, then);
  const Waiting waiting(*this, deadline);
  std::error_code error;
  std::size_t count = 0;
  auto buffer = asio::buffer(chunk_.get(), read_size_);
  if (tls_)
    count = co_await tls_->stream.read_some(buffer, error);
  else
    count = co_await stream_->async_read_some(buffer, into(error));
  check(error, deadline);
  input_.append({chunk_.get(), count});
}

awaitable<std::string> Connection::take(std::size_t count, SteadyPoint until) {
  Deadline deadline(world_.clock, *stream_, until);
  const Waiting waiting(*this, deadline);
  std::string bytes(count, '\0');
  std::error_code error;
  if (count > 0) co_await asio::async_read(*stream_, asio::buffer(bytes), into(error));
  check(error, deadline);
  co_return bytes;
}

void Connection::interrupt() {
  if (pending_ != nullptr) pending_->expire();
}

void Connection::read_at_most(std::size_t bytes) {
  if (bytes == read_size_) return;
  read_size_ = bytes;
  chunk_ = std::make_unique_for_overwrite<char[]>(bytes);
}

void Connection::put_lines(std::string_view wire) {
  output_ += wire;
  if (!world_.journal.wants(FactKind::kSent)) return;
  for (std::size_t end = 0; (end = wire.find("\r\n")) != std::string_view::npos;
       wire.remove_prefix(end + 2))
    world_.journal.record({FactKind::kSent, settings_.session, printable(wire.substr(0, end))});
}

void Connection::put_secret(std::string_view wire, std::string_view shown) {
  output_ += wire;
  world_.journal.record({FactKind::kSent, settings_.session, shown});
}

awaitable<void> Connection::flush(SteadyPoint until) {
  if (output_.empty()) co_return;
  const std::string bytes = std::exchange(output_, {});
  Deadline deadline(world_.clock, *stream_, until);
  const Waiting waiting(*this, deadline);
  std::error_code error;
  if (tls_)
    co_await tls_->stream.write(bytes, error);
  else
    co_await asio::async_write(*stream_, asio::buffer(bytes), into(error));
  check(error, deadline);
}

awaitable<void> Connection::start_tls(std::shared_ptr<TlsContext> context, Role role,
                                      SteadyPoint until, std::string peer_name) {
  tls_ = std::make_unique<Tls>(*stream_, std::move(context));
  if (role == Role::kClient) tls_->context->expect_peer(tls_->stream.native(), peer_name);
  Deadline deadline(world_.clock, *stream_, until);
  const Waiting waiting(*this, deadline);
  std::error_code error;
  const auto part = role == Role::kServer ? TlsStream::Role::kServer : TlsStream::Role::kClient;
  co_await tls_->stream.handshake(part, error);
  check(error, deadline);
}

std::string Connection::tls_description() const {
  if (!tls_) return {};
  const SSL* ssl = tls_->stream.native();
  const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl);
  return fmt::format("{}:{}:{}", SSL_get_version(ssl), SSL_CIPHER_get_name(cipher),
                     SSL_CIPHER_get_bits(cipher, nullptr));
}

std::string Connection::certificate_trouble() const {
  if (!tls_) return {};
  const long result = SSL_get_verify_result(tls_->stream.native());
  return result == X509_V_OK ? std::string() : X509_verify_cert_error_string(result);
}

void Connection::note_received(std::string_view line) {
  world_.journal.record({FactKind::kReceived, settings_.session, line});
}

void Connection::note_received_body(std::uint64_t bytes) {
  if (!world_.journal.wants(FactKind::kReceived)) return;
  note_received(fmt::format("[{} bytes of message]", bytes));
  note_received(".");
}

void Connection::note_sent_body(std::uint64_t bytes) {
  if (!world_.journal.wants(FactKind::kSent)) return;
  const std::string text = fmt::format("[{} bytes of message]", bytes);
  world_.journal.record({FactKind::kSent, settings_.session, text});
  world_.journal.record({FactKind::kSent, settings_.session, "."});
}

}  // namespace mxlab::smtp
