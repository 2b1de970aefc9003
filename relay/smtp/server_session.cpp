#include "relay/smtp/server_session.hpp"

#include <fmt/format.h>

#include "relay/smtp/address.hpp"
#include "relay/smtp/ascii.hpp"
#include "relay/smtp/errors.hpp"
#include "relay/smtp/proxy_header.hpp"
#include "relay/smtp/server_core.hpp"

namespace mxlab::smtp {
namespace {

constexpr Duration kGoodbyePatience = std::chrono::seconds(10);
constexpr Duration kLeavingPatience = std::chrono::seconds(1);
constexpr std::size_t kCommandRead = 4 * 1024;
constexpr const char* kShutdown = "shutdown";  // a session's end

std::string flaw_text(LineFlaw flaw) {
  switch (flaw) {
    case LineFlaw::kTooLong:
      return "Line too long";
    case LineFlaw::kNul:
      return "NUL in command";
    case LineFlaw::kBareLineEnd:
    case LineFlaw::kNone:
      break;
  }
  return "Bare CR or LF in command, lines end with CRLF";
}

/// Do they carry mail, or only keep the session busy?
bool is_idle(Verb verb) {
  return verb == Verb::kHelo || verb == Verb::kEhlo || verb == Verb::kRset || verb == Verb::kNoop ||
         verb == Verb::kVrfy || verb == Verb::kHelp;
}

}  // namespace

ServerSession::ServerSession(world::World& world, std::unique_ptr<world::Stream> stream,
                             ServerOptions options, std::shared_ptr<Backend> backend)
    : world_(world),
      options_(std::move(options)),
      backend_(std::move(backend)),
      connection_(world, std::move(stream),
                  {fmt::format("{:016x}", world.random.next()), kMaxCommandLine}) {
  state_.id = connection_.session();
  state_.peer = connection_.peer();
  state_.local = connection_.local();
  state_.guest = this;
  connection_.read_at_most(kCommandRead);
}

awaitable<void> ServerSession::run() {
  try {
    co_await converse();
  } catch (const std::system_error& error) {
    reason_ = session_end(error.code());
  } catch (const std::exception& error) {
    reason_ = "io-error: " + printable(error.what());
  }
  if (reason_ == "timeout") co_await say_goodbye();
  connection_.close();
  end_transaction();
  backend_->disconnected(state_, reason_);
}

void ServerSession::dismiss(Farewell why) {
  dismissed_ = why;
  const bool waits = silent_since_ != SteadyPoint::max();
  if (waits && (why == Farewell::kCrowded || !state_.has_sender)) connection_.interrupt();
}

awaitable<void> ServerSession::say_goodbye() try {
  if (dismissed_) reason_ = *dismissed_ == Farewell::kCrowded ? "crowded" : kShutdown;
  // In the middle of a handshake there is nobody to say it to.
  if (options_.implicit_tls && !state_.tls) co_return;
  if (!dismissed_)
    answer(Reply(421, "4.4.2", options_.hostname + " Idle for too long, closing connection"));
  else if (*dismissed_ == Farewell::kCrowded)
    answer(Reply(421, "4.3.2", options_.hostname + " Too busy to wait for you, come again"));
  else
    answer(closing());
  co_await connection_.flush(connection_.after(kGoodbyePatience));
} catch (const std::system_error&) {
  // The peer is gone; so are we.
}

Reply ServerSession::closing() const {  // RFC 5321 3.8
  return Reply(421, "4.3.2", options_.hostname + " Service closing, come again");
}

awaitable<void> ServerSession::converse() {
  if (!co_await open()) co_return;
  co_await greet();
  while (!over_) co_await handle(co_await read_line());
  co_await connection_.flush(connection_.after(options_.timeout));
}

awaitable<bool> ServerSession::open() {
  if (options_.proxy_v2 && !co_await read_proxy_header()) co_return false;
  if (auto refusal = co_await ask(backend_->arrived(state_))) {
    if (options_.implicit_tls) co_return false;
    refuse(std::move(*refusal));
    co_await connection_.flush(connection_.after(kGoodbyePatience));
    co_return false;
  }
  if (options_.implicit_tls) co_await handshake();
  co_return true;
}

awaitable<bool> ServerSession::read_proxy_header() {
  const SteadyPoint until = connection_.after(options_.limits.proxy_patience);
  std::string header = co_await connection_.take(kProxyPreamble, until);
  std::optional<ProxyAddresses> announced;
  if (const auto length = proxy_length(header)) {
    header += co_await connection_.take(*length, until);
    announced = parse_proxy_header(header);
  }
  if (!announced) {
    reason_ = "io-error: no PROXY header";
    co_return false;
  }
  if (announced->source) state_.peer = *announced->source;
  if (announced->destination) state_.local = *announced->destination;
  co_return true;
}

awaitable<void> ServerSession::handshake() {
  silent_since_ = world_.clock.steady_now();
  co_await connection_.start_tls(options_.tls, Connection::Role::kServer,
                                 connection_.after(options_.timeout));
  silent_since_ = SteadyPoint::max();
  state_.tls = true;
  state_.tls_description = connection_.tls_description();
  backend_->secured(state_);
}

awaitable<void> ServerSession::greet() {
  if (auto refusal = co_await ask(backend_->connected(state_))) {
    refuse(std::move(*refusal));  // instead of the banner
    over_ = true;
    co_return;
  }
  answer(Reply(220, "", options_.hostname + " ESMTP"));
}

awaitable<Line> ServerSession::read_line(Connection::Privacy privacy) {
  const SteadyPoint begun = world_.clock.steady_now();
  for (;;) {
    if (auto line = connection_.next_line(privacy)) {
      silent_since_ = SteadyPoint::max();
      // Whoever does not read our replies gets no more of them.
      if (connection_.waiting_output() > options_.limits.waiting_replies)
        co_await connection_.flush(begun + options_.timeout);
      co_return std::move(*line);
    }
    silent_since_ = begun;
    co_await connection_.flush(begun + options_.timeout);
    // Who has just ended a transaction may want to say QUIT.
    const bool leaving = dismissed_ && !state_.has_sender;
    co_await connection_.fill(begun + (leaving ? kLeavingPatience : options_.timeout),
                              Deadline::Then::kCancel);
  }
}

awaitable<Verdict> ServerSession::ask(awaitable<Verdict> question) try {
  co_return co_await std::move(question);
} catch (const std::exception& error) {
  co_return local_failure(error.what());
}

Refusal ServerSession::local_failure(const std::string& what) {
  world_.journal.warn(state_.id + " smtp local-failure error=\"" + printable(what) + "\"");
  return Refusal{Reply(451, "4.3.0", "Temporary failure, try again later"), false};
}

void ServerSession::answer(Reply reply) {
  if (reply.permanent() && ++errors_ >= options_.limits.errors)
    reply = Reply(421, "4.7.0", options_.hostname + " Too many errors, closing connection");
  connection_.put_lines(reply.wire());
  if (reply.code == 421) over_ = true;  // RFC 5321 4.2.2: 421 says that the channel closes
}

void ServerSession::refuse(Refusal refusal) {
  if (refusal.reply.code != 0) answer(std::move(refusal.reply));
  if (refusal.disconnect) over_ = true;
}

void ServerSession::end_transaction() {
  chunks_.reset();
  if (!state_.has_sender) return;
  backend_->reset(state_);
  static_cast<Transaction&>(state_) = Transaction{};
}

awaitable<void> ServerSession::handle(Line line) {
  if (++commands_ > options_.limits.commands)
    co_return answer(Reply(421, "4.7.0", options_.hostname + " Too many commands"));
  if (line.flaw != LineFlaw::kNone) co_return answer(Reply(500, "5.5.2", flaw_text(line.flaw)));
  auto read = read_step(line.text);
  if (auto* refusal = std::get_if<Refusal>(&read)) co_return refuse(std::move(*refusal));
  Step step = std::move(std::get<Step>(read));
  // RFC 5321 4.2.2: 421 may be the answer to any command once the server must end.
  if (dismissed_ && !state_.has_sender && step.command.verb != Verb::kQuit) {
    reason_ = kShutdown;
    co_return answer(closing());
  }
  if (is_idle(step.command.verb) && ++idle_commands_ > options_.limits.idle_commands)
    co_return answer(Reply(421, "4.7.0", options_.hostname + " Too many commands without mail"));
  co_await dispatch(std::move(step));
}

awaitable<void> serve(world::World& world, std::unique_ptr<world::Stream> stream,
                      ServerOptions options, std::shared_ptr<Backend> backend) {
  ServerSession session(world, std::move(stream), std::move(options), std::move(backend));
  co_await session.run();
}

}  // namespace mxlab::smtp
