#include <fmt/format.h>

#include "relay/smtp/address.hpp"
#include "relay/smtp/ascii.hpp"
#include "relay/smtp/errors.hpp"
#include "relay/smtp/server_core.hpp"

namespace mxlab::smtp {
namespace {

constexpr Duration kGoodbyePatience = std::chrono::seconds(10);

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

}  // namespace

ServerSession::ServerSession(world::World& world, std::unique_ptr<world::Stream> stream,
                             ServerOptions options, std::shared_ptr<Backend> backend)
    : world_(world),
      options_(std::move(options)),
      backend_(std::move(backend)),
      state_{{},
             fmt::format("{:016x}", world.random.next()),
             stream->peer(),
             stream->local(),
             {},
             false,
             false,
             {}},
      connection_(world, std::move(stream), {state_.id, kMaxCommandLine}) {}

awaitable<void> ServerSession::run() {
  try {
    co_await converse();
  } catch (const std::system_error& error) {
    reason_ = session_end(error.code());
  } catch (const std::exception& error) {
    reason_ = "io-error: " + printable(error.what());
  }
  if (reason_ == "timeout") co_await say_timeout();
  connection_.close();
  end_transaction();
  backend_->disconnected(state_, reason_);
}

awaitable<void> ServerSession::say_timeout() try {
  answer(Reply(421, "4.4.2", options_.hostname + " Idle for too long, closing connection"));
  co_await connection_.flush(connection_.after(kGoodbyePatience));
} catch (const std::system_error&) {
  // The peer is gone; so are we.
}

awaitable<void> ServerSession::converse() {
  co_await greet();
  while (!over_) co_await handle(co_await read_line());
  co_await connection_.flush(connection_.after(options_.timeout));
}

awaitable<void> ServerSession::greet() {
  if (auto refusal = co_await ask(backend_->connected(state_))) {
    refuse(std::move(*refusal));  // instead of the banner
    over_ = true;
    co_return;
  }
  answer(Reply(220, "", options_.hostname + " ESMTP"));
}

awaitable<Line> ServerSession::read_line() {
  const SteadyPoint until = connection_.after(options_.timeout);
  for (;;) {
    if (auto line = connection_.next_line()) co_return std::move(*line);
    co_await connection_.flush(until);
    co_await connection_.fill(until, Deadline::Then::kCancel);
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
  if (reply.permanent() && ++errors_ >= kMaxErrors)
    reply = Reply(421, "4.7.0", options_.hostname + " Too many errors, closing connection");
  connection_.put_lines(reply.wire());
  if (reply.code == 421) over_ = true;  // RFC 5321 4.2.2: 421 says that the channel closes
}

void ServerSession::refuse(Refusal refusal) {
  if (refusal.reply.code != 0) answer(std::move(refusal.reply));
  if (refusal.disconnect) over_ = true;
}

void ServerSession::end_transaction() {
  if (!state_.has_sender) return;
  backend_->reset(state_);
  static_cast<Transaction&>(state_) = Transaction{};
}

awaitable<void> ServerSession::handle(Line line) {
  if (++commands_ > kMaxCommands)
    co_return answer(Reply(421, "4.7.0", options_.hostname + " Too many commands"));
  if (line.flaw != LineFlaw::kNone) co_return answer(Reply(500, "5.5.2", flaw_text(line.flaw)));
  auto read = read_step(line.text);
  if (auto* refusal = std::get_if<Reply>(&read)) co_return answer(std::move(*refusal));
  Step step = std::move(std::get<Step>(read));
  co_await dispatch(std::move(step));
}

awaitable<void> serve(world::World& world, std::unique_ptr<world::Stream> stream,
                      ServerOptions options, std::shared_ptr<Backend> backend) {
  ServerSession session(world, std::move(stream), std::move(options), std::move(backend));
  co_await session.run();
}

}  // namespace mxlab::smtp
