// client_core.hpp - one sending session: the dialogue behind ClientSession.
//
// Internal to the room. client_session.cpp makes the connection ready, client_transaction.cpp sends
// a message over it. A reply of 421, or any broken exchange, ends its use.
#pragma once
#include "relay/smtp/body.hpp"
#include "relay/smtp/client_session.hpp"
#include "relay/smtp/connection.hpp"
#include "relay/smtp/reply_reader.hpp"

namespace mxlab::smtp {

/// What the peer's EHLO offers.
struct Extensions {
  bool pipelining = false, size = false, eight_bit = false, starttls = false;
  bool dsn = false, utf8 = false;
  bool auth_plain = false, auth_login = false;
};
Extensions read_extensions(const Reply& ehlo);

class ClientSession::Core {
 public:
  Core(world::World& world, std::unique_ptr<world::Stream> stream, ClientOptions options);

  awaitable<std::optional<NotReady>> start();
  awaitable<std::vector<Outcome>> send(OutgoingMessage message, BodySource& body);
  bool usable() const { return usable_; }
  bool secure() const { return connection_.secure(); }
  awaitable<std::string> quit();

 private:
  awaitable<std::optional<NotReady>> make_ready();
  awaitable<std::optional<NotReady>> say_hello();
  awaitable<std::optional<NotReady>> negotiate_tls();
  awaitable<std::optional<NotReady>> secure_channel();
  awaitable<void> shake_hands();
  awaitable<std::optional<NotReady>> log_in();
  awaitable<Reply> say_secret(std::string command, std::string secret);

  /// What is known of a transaction so far. An outcome that is not settled is what the error, if
  /// one comes, will make of it.
  struct Progress {
    explicit Progress(OutgoingMessage m)
        : message(std::move(m)),
          outcomes(message.recipients.size()),
          settled(message.recipients.size()) {}
    OutgoingMessage message;
    std::vector<Outcome> outcomes;
    std::vector<bool> settled;
    bool dot_sent = false;  // from now on it may have been delivered
    void settle_rest(const Outcome& outcome);
    bool all_settled() const;
  };
  awaitable<void> transact(Progress& progress, BodySource& body);
  awaitable<Reply> envelope(Progress& progress);
  awaitable<Reply> envelope_in_groups(Progress& progress);
  awaitable<Reply> envelope_step_by_step(Progress& progress);
  awaitable<void> send_body(Progress& progress, BodySource& body);
  awaitable<void> read_verdicts(Progress& progress);
  awaitable<void> end_empty_data();
  void settle_recipient(Progress& progress, std::size_t index, const Reply& reply);
  std::string mail_command(const OutgoingMessage& message) const;
  std::string rcpt_command(const OutgoingRecipient& recipient) const;
  std::optional<Reply> unsendable(const OutgoingMessage& message) const;
  Outcome outcome_of(const Reply& reply) const;

  void put(const std::string& line) { connection_.put_lines(line + "\r\n"); }
  awaitable<Reply> command(std::string line, Duration patience);
  awaitable<Reply> read_reply(Duration patience);
  void give_up();

  world::World& world_;
  ClientOptions options_;
  Connection connection_;
  Extensions extensions_;
  bool usable_ = false;
  std::string end_ = "quit";  // session_end of the error that came before
  bool securing_ = false;
};

}  // namespace mxlab::smtp
