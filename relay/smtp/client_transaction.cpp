// One message over a ready connection: the envelope (in groups where the peer offers PIPELINING),
// the body, and from the replies an outcome for each recipient.
#include <algorithm>

#include "relay/smtp/ascii.hpp"
#include "relay/smtp/client_core.hpp"
#include "relay/smtp/errors.hpp"

namespace mxlab::smtp {
namespace {

/// Commands in flight at once. Their replies fit any socket buffer, so nobody waits for somebody
/// who waits for us (RFC 2920 3.1).
constexpr std::size_t kMaxGroup = 50;
/// The body is handed to the stream in writes of about this size.
constexpr std::size_t kBodyBlock = 64 * 1024;

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

/// An address goes into a command line: what could break out of it never leaves.
bool is_sendable(const std::string& address) {
  return std::ranges::all_of(address, [](char c) { return is_printable(c) || !is_ascii(c); }) &&
         address.find_first_of("<>") == std::string::npos;
}

/// " NAME=value" of a parameter that was given; what is no esmtp-value (RFC 5321 4.1.2) stays out.
std::string parameter(std::string_view name, const std::string& value) {
  if (value.empty() || !std::ranges::all_of(value, is_graphic)) return {};
  return std::string(name) + value;
}

}  // namespace

Outcome ClientSession::Core::outcome_of(const Reply& reply) const {
  OutcomeKind kind = OutcomeKind::kTemporary;
  if (reply.positive()) kind = OutcomeKind::kDelivered;
  if (reply.permanent()) kind = OutcomeKind::kPermanent;
  return {kind, reply, reply.text(), extensions_.dsn};
}

/// Why a message cannot be put into commands for this peer; nothing when it can.
std::optional<Reply> ClientSession::Core::unsendable(const OutgoingMessage& message) const {
  bool ascii = std::ranges::all_of(message.sender, is_ascii);
  bool clean = is_sendable(message.sender);
  for (const OutgoingRecipient& recipient : message.recipients) {
    ascii &= std::ranges::all_of(recipient.address, is_ascii);
    clean &= is_sendable(recipient.address);
  }
  if (!clean) return Reply(553, "5.1.3", "Address cannot be sent");
  // RFC 6531 3.7.3
  if (!ascii && !(message.utf8 && extensions_.utf8))
    return Reply(553, "5.6.7", "Address beyond ASCII, and SMTPUTF8 not offered by remote host");
  return std::nullopt;
}

void ClientSession::Core::Progress::settle_rest(const Outcome& outcome) {
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    if (!settled[i]) outcomes[i] = outcome;
  settled.assign(settled.size(), true);
}

bool ClientSession::Core::Progress::all_settled() const {
  return std::ranges::all_of(settled, std::identity());
}

awaitable<std::vector<Outcome>> ClientSession::Core::send(OutgoingMessage message,
                                                          BodySource& body) {
  Progress progress(std::move(message));
  std::string failure = "Connection closed unexpectedly";
  bool broken = true;
  try {
    if (usable_) {
      co_await transact(progress, body);
      broken = false;
    }
  } catch (const std::system_error& error) {
    failure = describe(error.code());
    end_ = session_end(error.code());
  } catch (const std::exception& error) {
    failure = "Local error: " + printable(error.what());
  }
  if (broken || !usable_) give_up();
  progress.settle_rest({progress.dot_sent ? OutcomeKind::kIndefinite : OutcomeKind::kTemporary,
                        Reply(), failure, false});
  co_return std::move(progress.outcomes);
}

awaitable<void> ClientSession::Core::transact(Progress& progress, BodySource& body) {
  if (auto refusal = unsendable(progress.message)) {
    progress.settle_rest(outcome_of(*refusal));
    co_return;
  }
  const Reply data = co_await envelope(progress);
  if (data.code == 354 && !progress.all_settled()) {
    co_await send_body(progress, body);
    co_return;
  }
  if (data.code == 354) co_await end_empty_data();
  if (data.code != 354 && data.code != 0) {
    Outcome refusal = outcome_of(data);  // even a 2yz is no delivery here
    if (!data.permanent()) refusal.kind = OutcomeKind::kTemporary;
    progress.settle_rest(refusal);
  }
  // The transaction failed before its body; the outcomes stand whatever becomes of the RSET.
  if (usable_) co_await command("RSET", options_.timeouts.command);
}

std::string ClientSession::Core::mail_command(const OutgoingMessage& message) const {
  std::string line = "MAIL FROM:<" + message.sender + ">";
  if (extensions_.size && message.size > 0) line += " SIZE=" + std::to_string(message.size);
  // A peer without 8BITMIME gets the message as it is: bouncing it would help nobody.
  if (extensions_.eight_bit && message.body_8bit) line += " BODY=8BITMIME";
  if (extensions_.utf8 && message.utf8) line += " SMTPUTF8";  // RFC 6531 3.4
  // RFC 3461 5.2.1: to a peer that offers DSN all goes on unchanged, to others nothing.
  if (extensions_.dsn)
    line += parameter(" RET=", message.ret) + parameter(" ENVID=", message.envid);
  return line;
}

std::string ClientSession::Core::rcpt_command(const OutgoingRecipient& recipient) const {
  std::string line = "RCPT TO:<" + recipient.address + ">";
  if (extensions_.dsn)
    line += parameter(" NOTIFY=", recipient.notify) + parameter(" ORCPT=", recipient.orcpt);
  return line;
}

void ClientSession::Core::settle_recipient(Progress& progress, std::size_t index,
                                           const Reply& reply) {
  if (reply.positive()) return;
  progress.outcomes[index] = outcome_of(reply);
  // RFC 5321 4.5.3.1.10: 552 to RCPT means "too many recipients", as 452 does
  if (reply.code == 552) progress.outcomes[index].kind = OutcomeKind::kTemporary;
  progress.settled[index] = true;
}

/// Returns the reply to DATA; code 0 when DATA was not sent.
awaitable<Reply> ClientSession::Core::envelope(Progress& progress) {
  if (extensions_.pipelining) co_return co_await envelope_in_groups(progress);
  co_return co_await envelope_step_by_step(progress);
}

awaitable<Reply> ClientSession::Core::envelope_step_by_step(Progress& progress) {
  const auto& timeouts = options_.timeouts;
  const auto& recipients = progress.message.recipients;
  const Reply mail = co_await command(mail_command(progress.message), timeouts.command);
  if (!mail.positive()) progress.settle_rest(outcome_of(mail));
  for (std::size_t i = 0; i < recipients.size() && usable_ && mail.positive(); ++i) {
    const Reply reply = co_await command(rcpt_command(recipients[i]), timeouts.command);
    settle_recipient(progress, i, reply);
    if (!usable_) progress.settle_rest(outcome_of(reply));
  }
  if (progress.all_settled()) co_return Reply();
  co_return co_await command("DATA", timeouts.data);
}

awaitable<Reply> ClientSession::Core::envelope_in_groups(Progress& progress) {
  const auto& recipients = progress.message.recipients;
  std::optional<Reply> mail;
  Reply last;
  put(mail_command(progress.message));
  for (std::size_t done = 0; done < recipients.size();) {
    const std::size_t end = std::min(recipients.size(), done + kMaxGroup);
    for (std::size_t i = done; i < end; ++i) put(rcpt_command(recipients[i]));
    const bool final_group = end == recipients.size();
    if (final_group) put("DATA");  // RFC 2920 3.1: the last of its group
    if (!mail) mail = last = co_await read_reply(options_.timeouts.command);
    if (!mail->positive()) progress.settle_rest(outcome_of(*mail));
    for (std::size_t i = done; i < end && usable_; ++i) {
      last = co_await read_reply(options_.timeouts.command);
      if (mail->positive()) settle_recipient(progress, i, last);
    }
    if (!usable_) {  // 421: no further reply will come
      progress.settle_rest(outcome_of(last));
      co_return Reply();
    }
    if (final_group) co_return co_await read_reply(options_.timeouts.data);
    if (!mail->positive()) co_return Reply();
    done = end;
  }
  co_return Reply();
}

/// RFC 2920 3.1: DATA was accepted though no recipient was; a lone dot ends it.
awaitable<void> ClientSession::Core::end_empty_data() {
  if (options_.protocol == ClientProtocol::kLmtp) {
    give_up();  // RFC 2033 4.2: no recipients, no replies; a server that says 354 is lost
    co_return;
  }
  put(".");
  co_await read_reply(options_.timeouts.end_of_data);
}

awaitable<void> ClientSession::Core::send_body(Progress& progress, BodySource& body) {
  BodyEncoder encoder;
  std::uint64_t size = 0;
  std::size_t waiting = 0;
  for (std::string piece = co_await body.next(); !piece.empty(); piece = co_await body.next()) {
    const std::string wire = encoder.encode(piece);
    size += piece.size();
    waiting += wire.size();
    connection_.put_body(wire);
    if (waiting < kBodyBlock) continue;
    waiting = 0;
    co_await connection_.flush(connection_.after(options_.timeouts.block));
  }
  connection_.put_body(encoder.finish());
  connection_.note_sent_body(size);
  progress.dot_sent = true;
  co_await connection_.flush(connection_.after(options_.timeouts.block));
  co_await read_verdicts(progress);
}

/// One reply for all; LMTP has one for each recipient that was accepted (RFC 2033 4.2).
awaitable<void> ClientSession::Core::read_verdicts(Progress& progress) {
  while (!progress.all_settled()) {
    const Reply reply = co_await read_reply(options_.timeouts.end_of_data);
    Outcome outcome = outcome_of(reply);
    // A 3yz says nothing that we understand; it may have been delivered.
    if (reply.intermediate()) outcome.kind = OutcomeKind::kIndefinite;
    if (options_.protocol == ClientProtocol::kSmtp) co_return progress.settle_rest(outcome);
    const auto first = std::ranges::find(progress.settled, false) - progress.settled.begin();
    progress.outcomes[static_cast<std::size_t>(first)] = outcome;
    progress.settled[static_cast<std::size_t>(first)] = true;
  }
}

}  // namespace mxlab::smtp
