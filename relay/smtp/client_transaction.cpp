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

Outcome outcome_of(const Reply& reply) {
  OutcomeKind kind = OutcomeKind::kTemporary;
  if (reply.positive()) kind = OutcomeKind::kDelivered;
  if (reply.permanent()) kind = OutcomeKind::kPermanent;
  return {kind, reply, reply.text()};
}

/// The same where even a 2yz is no delivery.
Outcome refusal_of(const Reply& reply) {
  Outcome outcome = outcome_of(reply);
  if (!reply.permanent()) outcome.kind = OutcomeKind::kTemporary;
  return outcome;
}

/// An address goes into a command line: what could break out of it never leaves.
bool is_sendable(const std::string& address) {
  return std::ranges::all_of(address, is_printable) &&
         address.find_first_of("<>") == std::string::npos;
}

bool is_sendable(const OutgoingMessage& message) {
  return is_sendable(message.sender) &&
         std::ranges::all_of(message.recipients,
                             [](const std::string& r) { return is_sendable(r); });
}

}  // namespace

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
  } catch (const std::exception& error) {
    failure = "Local error: " + printable(error.what());
  }
  if (broken || !usable_) give_up();
  progress.settle_rest(
      {progress.dot_sent ? OutcomeKind::kIndefinite : OutcomeKind::kTemporary, Reply(), failure});
  co_return std::move(progress.outcomes);
}

awaitable<void> ClientSession::Core::transact(Progress& progress, BodySource& body) {
  if (!is_sendable(progress.message)) {
    progress.settle_rest(outcome_of(Reply(553, "5.1.3", "Address cannot be sent")));
    co_return;
  }
  const Reply data = co_await envelope(progress);
  if (data.code == 354 && !progress.all_settled()) {
    co_await send_body(progress, body);
    co_return;
  }
  if (data.code == 354) co_await end_empty_data();
  if (data.code != 354 && data.code != 0) progress.settle_rest(refusal_of(data));
  // The transaction failed before its body; the outcomes stand whatever becomes of the RSET.
  if (usable_) co_await command("RSET", options_.timeouts.command);
}

std::string ClientSession::Core::mail_command(const OutgoingMessage& message) const {
  std::string line = "MAIL FROM:<" + message.sender + ">";
  if (extensions_.size && message.size > 0) line += " SIZE=" + std::to_string(message.size);
  // A peer without 8BITMIME gets the message as it is: bouncing it would help nobody.
  if (extensions_.eight_bit && message.body_8bit) line += " BODY=8BITMIME";
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
    const Reply reply = co_await command("RCPT TO:<" + recipients[i] + ">", timeouts.command);
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
    for (std::size_t i = done; i < end; ++i) put("RCPT TO:<" + recipients[i] + ">");
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
  const Reply reply = co_await read_reply(options_.timeouts.end_of_data);
  Outcome outcome = outcome_of(reply);
  // A 3yz says nothing that we understand; it may have been delivered.
  if (reply.intermediate()) outcome.kind = OutcomeKind::kIndefinite;
  progress.settle_rest(outcome);
}

}  // namespace mxlab::smtp
