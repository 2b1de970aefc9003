// server_core.hpp - one receiving session: who says what next.
//
// Internal to the room. A command line becomes a Step, check_* (pure) refuses it or not, proceed_*
// does it. Replies gather and leave when no command waits any more (RFC 2920 3.2).
#pragma once
#include "relay/smtp/body.hpp"
#include "relay/smtp/connection.hpp"
#include "relay/smtp/sasl.hpp"
#include "relay/smtp/server_checks.hpp"
#include "relay/smtp/server_reception.hpp"
#include "relay/smtp/server_session.hpp"

namespace mxlab::smtp {

class ServerSession final : public Guest {
 public:
  ServerSession(world::World& world, std::unique_ptr<world::Stream> stream, ServerOptions options,
                std::shared_ptr<Backend> backend);
  awaitable<void> run();

  SteadyPoint silent_since() const override { return silent_since_; }
  void dismiss(Farewell why) override;

 private:
  struct Entry;

  awaitable<void> converse();
  /// False: the session is over before it began.
  awaitable<bool> open();
  awaitable<bool> read_proxy_header();
  awaitable<void> handshake();
  awaitable<void> greet();
  awaitable<Line> read_line(Connection::Privacy privacy = Connection::Privacy::kOpen);
  awaitable<void> handle(Line line);
  awaitable<void> dispatch(Step step);
  awaitable<void> say_goodbye();
  Situation situation() const;

  awaitable<void> proceed_helo(Step step);
  awaitable<void> proceed_mail(Step step);
  awaitable<void> proceed_rcpt(Step step);
  awaitable<void> refuse_recipient(Refusal refusal);
  awaitable<void> proceed_data(Step step);
  awaitable<void> proceed_bdat(Step step);
  awaitable<void> proceed_rset(Step step);
  awaitable<void> proceed_noop(Step step);
  awaitable<void> proceed_vrfy(Step step);
  awaitable<void> proceed_help(Step step);
  awaitable<void> proceed_quit(Step step);
  awaitable<void> proceed_starttls(Step step);
  awaitable<void> proceed_auth(Step step);

  // --- bodies ---
  /// When its first byte was awaited, and how much has come: what its pace is measured by.
  struct Pace {
    SteadyPoint begun;
    std::uint64_t bytes = 0;
  };
  awaitable<void> await_body(Pace pace);
  awaitable<void> read_body(Reception& reception, BodyDecoder& decoder);
  void conclude(Refusal outcome);

  /// A message that comes in chunks.
  struct Chunks {
    Reception reception;
    TextChecker checker;
    bool refused = false;  // one of them was; RSET comes next
  };
  awaitable<Verdict> open_chunks();
  /// Reads the chunk to its end, into the message or into nothing.
  awaitable<void> read_chunk(std::uint64_t size, Chunks* into);
  awaitable<Refusal> end_chunk(bool last);

  // --- logging in ---
  using Secret = std::variant<std::string, Reply>;
  awaitable<Secret> ask_secret(std::string prompt);
  awaitable<std::variant<SaslLogin, Reply>> read_login(const std::string& argument);
  static Secret decode_secret(const std::string& text);

  /// The Backend's answer; what it throws becomes 451.
  awaitable<Verdict> ask(awaitable<Verdict> question);
  awaitable<Backend::DataVerdict> ask_data();

  Reply greeting_reply() const;
  Reply closing() const;
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
  std::unique_ptr<Chunks> chunks_;  // from the first BDAT of a message to its last
  std::string reason_ = "quit";
  bool over_ = false;
  std::optional<Farewell> dismissed_;
  SteadyPoint silent_since_ = SteadyPoint::max();
  std::size_t errors_ = 0;
  std::size_t commands_ = 0, idle_commands_ = 0;
  std::size_t messages_ = 0;
  std::size_t refused_recipients_ = 0, login_failures_ = 0;
};

}  // namespace mxlab::smtp
