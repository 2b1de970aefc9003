// server_core.hpp - one receiving session: who says what next.
//
// Internal to the room. A command line becomes a Step, check_* (pure) refuses it or not, proceed_*
// does it. Replies gather and leave when no command waits any more (RFC 2920 3.2).
#pragma once
#include "relay/smtp/body.hpp"
#include "relay/smtp/connection.hpp"
#include "relay/smtp/server_checks.hpp"
#include "relay/smtp/server_session.hpp"

namespace mxlab::smtp {

inline constexpr std::size_t kMaxErrors = 25;      // then 421; a delivered message forgives all
inline constexpr std::size_t kMaxCommands = 5000;  // between two messages

class ServerSession {
 public:
  ServerSession(world::World& world, std::unique_ptr<world::Stream> stream, ServerOptions options,
                std::shared_ptr<Backend> backend);
  awaitable<void> run();

 private:
  struct Entry;

  awaitable<void> converse();
  awaitable<void> greet();
  awaitable<Line> read_line();
  awaitable<void> handle(Line line);
  awaitable<void> dispatch(Step step);
  awaitable<void> say_timeout();

  awaitable<void> proceed_helo(Step step);
  awaitable<void> proceed_mail(Step step);
  awaitable<void> proceed_rcpt(Step step);
  awaitable<void> proceed_data(Step step);
  awaitable<void> proceed_rset(Step step);
  awaitable<void> proceed_noop(Step step);
  awaitable<void> proceed_vrfy(Step step);
  awaitable<void> proceed_help(Step step);
  awaitable<void> proceed_quit(Step step);
  awaitable<void> proceed_starttls(Step step);

  /// A body on its way in; without a sink it is only read to its end.
  struct Reception {
    std::unique_ptr<MessageSink> sink;
    BodyDecoder decoder;
    std::uint64_t size = 0;
    bool failed = false;  // the sink threw
  };
  awaitable<void> receive(Reception& reception);
  awaitable<void> store(Reception& reception, std::string piece);
  awaitable<Refusal> finish(Reception& reception);

  /// The Backend's answer; what it throws becomes 451.
  awaitable<Verdict> ask(awaitable<Verdict> question);
  awaitable<Backend::DataVerdict> ask_data();

  Reply greeting_reply() const;
  void answer(Reply reply);
  /// Says the refusal, and ends the session if it demands that.
  void refuse(Refusal refusal);
  void end_transaction();
  Refusal local_failure(const std::string& what);

  world::World& world_;
  ServerOptions options_;
  std::shared_ptr<Backend> backend_;
  SessionState state_;
  Connection connection_;
  std::string reason_ = "quit";
  bool over_ = false;
  std::size_t errors_ = 0;
  std::size_t commands_ = 0;
  std::size_t messages_ = 0;
};

}  // namespace mxlab::smtp
