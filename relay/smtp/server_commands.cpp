// The commands: a table, and a proceed_* for each. By the time one of these runs, its check_* has
// found the command well-formed and in order.
#include <array>

#include "relay/smtp/server_core.hpp"

namespace mxlab::smtp {

struct ServerSession::Entry {
  Verb verb;
  Verdict (*check)(const Situation&, const Step&);
  awaitable<void> (ServerSession::*proceed)(Step);
};

Situation ServerSession::situation() const {
  return {options_, state_, messages_, chunks_ != nullptr, connection_.has_input()};
}

awaitable<void> ServerSession::dispatch(Step step) {
  using S = ServerSession;
  static constexpr std::array<Entry, 13> kTable{{
      {Verb::kHelo, check_helo, &S::proceed_helo},
      {Verb::kEhlo, check_helo, &S::proceed_helo},
      {Verb::kMail, check_mail, &S::proceed_mail},
      {Verb::kRcpt, check_rcpt, &S::proceed_rcpt},
      {Verb::kData, check_data, &S::proceed_data},
      {Verb::kRset, check_bare, &S::proceed_rset},
      {Verb::kNoop, check_nothing, &S::proceed_noop},
      {Verb::kVrfy, check_nothing, &S::proceed_vrfy},
      {Verb::kHelp, check_nothing, &S::proceed_help},
      {Verb::kQuit, check_bare, &S::proceed_quit},
      {Verb::kStartTls, check_starttls, &S::proceed_starttls},
      {Verb::kAuth, check_auth, &S::proceed_auth},
      {Verb::kHttp, check_http, &S::proceed_noop},
  }};
  // Its chunk comes in any case, and must not be taken for commands.
  if (step.command.verb == Verb::kBdat) co_return co_await proceed_bdat(std::move(step));
  if (auto refusal = check_security(situation(), step.command.verb))
    co_return refuse(std::move(*refusal));
  for (const Entry& entry : kTable) {
    if (entry.verb != step.command.verb) continue;
    if (auto refusal = entry.check(situation(), step)) co_return refuse(std::move(*refusal));
    co_return co_await (this->*entry.proceed)(std::move(step));
  }
  answer(Reply(500, "5.5.1", "Invalid command: Command unrecognized"));
}

Reply ServerSession::greeting_reply() const {
  const auto& address = state_.peer.address;
  const std::string literal = (address.is_v6() ? "IPv6:" : "") + address.to_string();
  Reply reply(
      250, "",
      options_.hostname + " Hello " + state_.helo + " [" + literal + "], pleased to meet you");
  if (!state_.extended) return reply;
  auto offer = [&](bool offered, std::string keyword) {
    if (offered) reply.lines.push_back(std::move(keyword));
  };
  offer(true, "8BITMIME");
  offer(true, "ENHANCEDSTATUSCODES");
  offer(true, "PIPELINING");
  offer(true, "SIZE " + std::to_string(options_.max_message_size));
  offer(options_.dsn, "DSN");
  offer(options_.utf8, "SMTPUTF8");
  offer(options_.chunking, "CHUNKING");
  offer(options_.tls && !state_.tls, "STARTTLS");
  offer(options_.auth != AuthPolicy::kNone && state_.tls, "AUTH PLAIN LOGIN");
  offer(true, "HELP");
  return reply;
}

awaitable<void> ServerSession::proceed_helo(Step step) {
  end_transaction();  // RFC 5321 4.1.4
  state_.helo = std::move(step.command.argument);
  state_.extended = step.command.verb == Verb::kEhlo;
  if (auto refusal = co_await ask(backend_->helo(state_))) {
    state_.helo.clear();
    state_.extended = false;
    co_return refuse(std::move(*refusal));
  }
  answer(greeting_reply());
}

awaitable<void> ServerSession::proceed_mail(Step step) {
  MailArguments& mail = step.mail;
  Transaction& transaction = state_;
  transaction = Transaction{std::move(mail.sender), true,      mail.size,
                            mail.body_8bit,         mail.utf8, std::move(mail.ret),
                            std::move(mail.envid),  {}};
  if (auto refusal = co_await ask(backend_->mail(state_))) {
    end_transaction();
    co_return refuse(std::move(*refusal));
  }
  ++messages_;
  answer(Reply(250, "2.0.0", "Ok"));
}

awaitable<void> ServerSession::proceed_rcpt(Step step) {
  const std::string address = step.recipient.address;
  if (auto refusal = co_await ask(backend_->rcpt(state_, std::move(step.recipient))))
    co_return co_await refuse_recipient(std::move(*refusal));
  state_.recipients.push_back(address);
  answer(Reply(250, "2.1.5", "Destination address valid: Recipient ok"));
}

/// Who tries out one name after another learns ever more slowly, and then nothing.
awaitable<void> ServerSession::refuse_recipient(Refusal refusal) {
  const Limits& limits = options_.limits;
  if (refusal.reply.permanent() && ++refused_recipients_ > limits.free_refusals)
    co_await world_.clock.sleep_for(limits.refusal_delay);
  if (refused_recipients_ > limits.refused_recipients)
    co_return answer(Reply(421, "4.7.0", options_.hostname + " Too many unknown recipients"));
  refuse(std::move(refusal));
}

awaitable<void> ServerSession::proceed_rset(Step) {
  end_transaction();
  answer(Reply(250, "2.0.0", "Reset state"));
  co_return;
}

awaitable<void> ServerSession::proceed_noop(Step) {
  answer(Reply(250, "2.0.0", "Ok"));
  co_return;
}

awaitable<void> ServerSession::proceed_vrfy(Step) {
  answer(Reply(252, "2.0.0", "Cannot VRFY; try RCPT"));  // RFC 5321 7.3
  co_return;
}

awaitable<void> ServerSession::proceed_help(Step) {
  Reply reply(214, "2.0.0", "EHLO HELO MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT STARTTLS AUTH");
  reply.lines.emplace_back("RFC 5321 says what they do");
  answer(std::move(reply));
  co_return;
}

awaitable<void> ServerSession::proceed_quit(Step) {
  answer(Reply(221, "2.0.0", "Bye"));
  over_ = true;
  co_return;
}

awaitable<void> ServerSession::proceed_starttls(Step) {
  if (auto refusal = co_await ask(backend_->starttls(state_)))
    co_return refuse(std::move(*refusal));
  answer(Reply(220, "2.0.0", "Ready to start TLS"));
  co_await connection_.flush(connection_.after(options_.timeout));
  // RFC 3207 4.2: forget all that was said in the clear
  end_transaction();
  state_.helo.clear();
  state_.extended = false;
  co_await handshake();
}

}  // namespace mxlab::smtp
