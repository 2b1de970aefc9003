#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <openssl/evp.h>

#include "relay/smtp/ascii.hpp"
#include "relay/smtp/client_core.hpp"
#include "relay/smtp/errors.hpp"

namespace mxlab::smtp {
namespace {

/// A QUIT is a courtesy; nobody waits long for its answer.
constexpr Duration kQuitPatience = std::chrono::seconds(10);

bool offers(const std::string& line, std::string_view keyword) {
  return equals_ignoring_case(std::string_view(line).substr(0, line.find_first_of(" =")), keyword);
}

/// A mechanism's name among those that an AUTH line offers ("AUTH PLAIN LOGIN", and as old servers
/// write it "AUTH=PLAIN LOGIN").
bool offers_mechanism(const std::string& line, std::string_view mechanism) {
  for (std::size_t at = 0; at < line.size();) {
    const auto end = std::min(line.find_first_of(" =", at), line.size());
    if (equals_ignoring_case(std::string_view(line).substr(at, end - at), mechanism)) return true;
    at = end + 1;
  }
  return false;
}

NotReady rejected(const std::string& step, Reply reply) {
  NotReady problem{step + " rejected: " + reply.text()};
  problem.reply = std::move(reply);
  return problem;
}

std::string base64(std::string_view text) {
  std::string out((text.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock ends it with a NUL
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

}  // namespace

Extensions read_extensions(const Reply& ehlo) {
  Extensions extensions;
  for (std::size_t i = 1; i < ehlo.lines.size(); ++i) {  // the first line is the greeting
    const std::string& line = ehlo.lines[i];
    extensions.pipelining |= offers(line, "PIPELINING");
    extensions.size |= offers(line, "SIZE");
    extensions.eight_bit |= offers(line, "8BITMIME");
    extensions.starttls |= offers(line, "STARTTLS");
    extensions.dsn |= offers(line, "DSN");
    extensions.utf8 |= offers(line, "SMTPUTF8");
    if (!offers(line, "AUTH")) continue;
    extensions.auth_plain |= offers_mechanism(line, "PLAIN");
    extensions.auth_login |= offers_mechanism(line, "LOGIN");
  }
  return extensions;
}

ClientSession::Core::Core(world::World& world, std::unique_ptr<world::Stream> stream,
                          ClientOptions options)
    : world_(world),
      options_(std::move(options)),
      connection_(world, std::move(stream), {options_.session, kMaxReplyLine}) {}

void ClientSession::Core::give_up() {
  usable_ = false;
  connection_.close();
}

awaitable<Reply> ClientSession::Core::read_reply(Duration patience) {
  const SteadyPoint until = connection_.after(patience);
  co_await connection_.flush(until);
  ReplyReader reader;
  for (;;) {
    auto line = connection_.next_line();
    if (!line) {
      co_await connection_.fill(until);
      continue;
    }
    const auto status = reader.add(*line);
    if (status == ReplyReader::Status::kMore) continue;
    if (status == ReplyReader::Status::kMalformed)
      throw std::system_error(std::make_error_code(std::errc::bad_message));
    Reply reply = reader.take();
    if (reply.code == 421) usable_ = false;  // RFC 5321 3.8: the channel closes
    co_return reply;
  }
}

awaitable<Reply> ClientSession::Core::command(std::string line, Duration patience) {
  put(line);
  co_return co_await read_reply(patience);
}

awaitable<std::optional<NotReady>> ClientSession::Core::start() {
  std::optional<NotReady> problem;
  try {
    problem = co_await make_ready();
  } catch (const std::system_error& error) {
    problem = NotReady{describe(error.code()), securing_};
    if (auto trouble = connection_.certificate_trouble(); securing_ && !trouble.empty())
      problem->reason = "TLS Error: the certificate of " + options_.peer_name + ": " + trouble;
  }
  usable_ = !problem;
  if (problem) connection_.close();
  co_return problem;
}

awaitable<std::optional<NotReady>> ClientSession::Core::make_ready() {
  if (options_.implicit_tls && options_.tls) co_await shake_hands();
  Reply banner = co_await read_reply(options_.timeouts.banner);
  if (!banner.positive()) co_return rejected("BANNER", std::move(banner));
  if (auto problem = co_await say_hello()) co_return problem;
  if (auto problem = co_await negotiate_tls()) co_return problem;
  if (auto problem = co_await log_in()) co_return problem;
  if (!options_.require_utf8 || extensions_.utf8) co_return std::nullopt;
  NotReady problem{"SMTPUTF8 required but not offered by remote host"};
  problem.lacks_utf8 = true;
  co_return problem;
}

awaitable<std::optional<NotReady>> ClientSession::Core::negotiate_tls() {
  if (!options_.tls || connection_.secure()) co_return std::nullopt;
  if (extensions_.starttls) co_return co_await secure_channel();
  if (!options_.require_tls) co_return std::nullopt;
  co_return NotReady{"TLS required but not offered by remote host", true};
}

awaitable<std::optional<NotReady>> ClientSession::Core::say_hello() {
  extensions_ = {};
  const bool lmtp = options_.protocol == ClientProtocol::kLmtp;
  Reply reply =
      co_await command((lmtp ? "LHLO " : "EHLO ") + options_.helo, options_.timeouts.command);
  if (reply.positive()) {
    extensions_ = read_extensions(reply);
    co_return std::nullopt;
  }
  // RFC 5321 3.2: who does not know EHLO is greeted with HELO. A 4yz is not about EHLO.
  if (reply.permanent() && !lmtp)
    reply = co_await command("HELO " + options_.helo, options_.timeouts.command);
  if (reply.positive()) co_return std::nullopt;
  co_return rejected("HELO", std::move(reply));
}

awaitable<std::optional<NotReady>> ClientSession::Core::secure_channel() {
  securing_ = true;
  Reply reply = co_await command("STARTTLS", options_.timeouts.command);
  if (reply.code != 220) {
    NotReady problem = rejected("STARTTLS", std::move(reply));
    problem.tls_failed = true;
    co_return problem;
  }
  // Whatever came in the clear behind the 220 would be taken for something said under TLS.
  if (!connection_.input().empty())
    co_return NotReady{"Protocol error: data after the reply to STARTTLS", true};
  co_await shake_hands();
  co_return co_await say_hello();  // RFC 3207 4.2
}

awaitable<void> ClientSession::Core::shake_hands() {
  securing_ = true;
  co_await connection_.start_tls(options_.tls, Connection::Role::kClient,
                                 connection_.after(options_.timeouts.command), options_.peer_name);
  securing_ = false;
}

/// RFC 4954, RFC 4616. A password never goes over an open wire.
awaitable<std::optional<NotReady>> ClientSession::Core::log_in() {
  if (!options_.login) co_return std::nullopt;
  const Login& login = *options_.login;
  if (!connection_.secure())
    co_return NotReady{"AUTH needs TLS, which is not in force with remote host"};
  Reply reply;
  if (extensions_.auth_plain) {
    const std::string nul(1, '\0');
    reply = co_await say_secret("AUTH PLAIN ", base64(nul + login.user + nul + login.password));
  } else if (extensions_.auth_login) {
    reply = co_await command("AUTH LOGIN", options_.timeouts.command);
    if (reply.code == 334) reply = co_await say_secret("", base64(login.user));
    if (reply.code == 334) reply = co_await say_secret("", base64(login.password));
  } else {
    co_return NotReady{"AUTH required but neither PLAIN nor LOGIN offered by remote host"};
  }
  if (reply.positive()) co_return std::nullopt;
  co_return rejected("AUTH", std::move(reply));
}

awaitable<Reply> ClientSession::Core::say_secret(std::string command, std::string secret) {
  connection_.put_secret(command + secret + "\r\n", command + "********");
  co_return co_await read_reply(options_.timeouts.command);
}

awaitable<std::string> ClientSession::Core::quit() {
  try {
    if (std::exchange(usable_, false)) co_await command("QUIT", kQuitPatience);
  } catch (const std::system_error& error) {
    end_ = session_end(error.code());
  }
  connection_.close();
  co_return end_;
}

ClientSession::ClientSession(world::World& world, std::unique_ptr<world::Stream> stream,
                             ClientOptions options)
    : core_(std::make_unique<Core>(world, std::move(stream), std::move(options))) {}
ClientSession::~ClientSession() = default;

awaitable<std::optional<NotReady>> ClientSession::start() { return core_->start(); }
awaitable<std::vector<Outcome>> ClientSession::send(OutgoingMessage message, BodySource& body) {
  return core_->send(std::move(message), body);
}
bool ClientSession::usable() const { return core_->usable(); }
bool ClientSession::secure() const { return core_->secure(); }
awaitable<std::string> ClientSession::quit() { return core_->quit(); }

namespace {

/// Between who waits for a connection and who makes it; either may be gone first.
struct Attempt {
  explicit Attempt(world::Clock& clock) : done(clock) {}
  world::Signal done;
  asio::cancellation_signal stop;
  std::unique_ptr<world::Stream> stream;
  std::error_code error;
};

awaitable<void> attempt(world::World& world, world::Endpoint peer, world::Address source,
                        std::shared_ptr<Attempt> shared) {
  try {
    if (source.is_unspecified())
      shared->stream = co_await world.network.connect(peer);
    else
      shared->stream = co_await world.network.connect_from(source, peer);
  } catch (const std::system_error& error) {
    shared->error = error.code();
  }
  shared->done.notify();
}

}  // namespace

awaitable<std::unique_ptr<world::Stream>> connect_within(world::World& world, world::Endpoint peer,
                                                         Duration limit, world::Address source) {
  auto shared = std::make_shared<Attempt>(world.clock);
  asio::co_spawn(world.executor, attempt(world, peer, source, shared),
                 asio::bind_cancellation_slot(shared->stop.slot(), asio::detached));
  if (!co_await shared->done.wait_until(world.clock.steady_now() + limit)) {
    shared->stop.emit(asio::cancellation_type::terminal);
    throw std::system_error(std::make_error_code(std::errc::timed_out));
  }
  if (shared->error) throw std::system_error(shared->error);
  co_return std::move(shared->stream);
}

}  // namespace mxlab::smtp
