// outbox_record.cpp - what an attempt's outcome means for the queue, and the words for it.
#include <fmt/format.h>

#include "relay/control/texts.hpp"
#include "sim/actors/courier.hpp"

namespace mxlab::sim {
namespace {

struct Words {
  std::string_view result, counter;
};

Words words_of(ResultKind kind) {
  switch (kind) {
    case ResultKind::kDelivered:
      return {"Ok", "scheduler.delivery.ok"};
    case ResultKind::kTemporary:
      return {"TempFail", "scheduler.delivery.tempfail"};
    case ResultKind::kPermanent:
      return {"PermFail", "scheduler.delivery.permfail"};
    case ResultKind::kExpired:
      break;
  }
  return {"Expired", "scheduler.envelope.expired"};
}

std::string_view kind_word(MailKind kind) {
  if (kind == MailKind::kRelay) return "mta";
  return kind == MailKind::kLocal ? "mda" : "bounce";
}

}  // namespace

void Outbox::settle(const std::vector<DeliveryResult>& results) {
  for (const DeliveryResult& result : results) settle_one(result);
  changed_.notify();
}

void Outbox::settle_one(const DeliveryResult& result) {
  auto at = context_.spool.envelopes.find(result.envelope);
  if (inflight_.erase(result.envelope) != 0)
    context_.counters.add("scheduler.envelope.inflight", -1);
  SpoolEnvelope& envelope = at->second;
  context_.counters.add(words_of(result.kind).counter);
  if (result.kind == ResultKind::kTemporary) {
    tell(envelope, result);
    return defer(envelope, result);
  }
  context_.counters.add("scheduler.envelope", -1);
  if (result.kind != ResultKind::kDelivered) {
    envelope.error = result.text;
    envelope.status = result.status;
    add_report(envelope, std::nullopt);
  }
  tell(envelope, result);
  context_.spool.finish(envelope.id);
}

/// A delay report goes out when the next attempt would be beyond a mark (OpenSMTPD queue.c).
void Outbox::defer(SpoolEnvelope& envelope, const DeliveryResult& result) {
  const auto& profile = context_.profile;
  const auto& schedule = envelope.kind == MailKind::kReport ? profile.report_retry : profile.retry;
  const Retry retry =
      next_retry(schedule, envelope.creation, envelope.failures + 1, context_.world.clock.now());
  envelope.failures = retry.failures;
  envelope.next_attempt = retry.at;
  envelope.error = result.text;
  envelope.status = result.status;
  std::optional<Duration> due;
  for (Duration mark : profile.warn_marks)
    if (retry.at >= envelope.creation + mark && envelope.warned < envelope.creation + mark)
      due = std::max(due.value_or(mark), mark);
  if (!due) return;
  envelope.warned = envelope.creation + *due;
  add_report(envelope, due);
}

/// Never to the null sender, never about a report (RFC 5321 4.5.5).
void Outbox::add_report(const SpoolEnvelope& about, std::optional<Duration> delay) {
  if (about.sender.empty() || about.kind == MailKind::kReport) return;
  SpoolEnvelope report = about;
  const std::uint64_t last = about.id | 0xffffffff;
  report.id = std::prev(context_.spool.envelopes.upper_bound(last))->first + 1;
  report.kind = MailKind::kReport;
  report.creation = report.next_attempt = context_.world.clock.now();
  report.failures = 0;
  report.warned = {};
  report.delayed = delay.has_value();
  report.delay = delay.value_or(Duration::zero());
  context_.counters.add("queue.bounce");
  context_.counters.add("scheduler.envelope");
  context_.spool.envelopes[report.id] = std::move(report);
}

void Outbox::tell(const SpoolEnvelope& envelope, const DeliveryResult& result) {
  auto& journal = context_.world.journal;
  const std::string id = SenderSpool::hex(envelope.id);
  const std::string delay = control::duration_text(context_.world.clock.now() - envelope.creation);
  if (result.kind == ResultKind::kExpired)
    journal.info(
        fmt::format("relay: Expire for {}: from=<{}>, to=<{}>, rcpt=<->, delay={}, "
                    "stat=Envelope expired",
                    id, envelope.sender, envelope.recipient, delay));
  else
    journal.info(fmt::format(
        "{} {} delivery evpid={} from=<{}> to=<{}> rcpt=<-> source=\"{}\" relay=\"{}\" delay={} "
        "result=\"{}\" stat=\"{}\"",
        result.session, envelope.kind == MailKind::kLocal ? "mda" : "mta", id, envelope.sender,
        envelope.recipient, result.source, result.relay, delay, words_of(result.kind).result,
        result.text));
  journal.record({world::FactKind::kQueue, id,
                  fmt::format("{} {}", words_of(result.kind).result, result.text)});
}

std::vector<control::QueueRow> Outbox::rows() const {
  std::vector<control::QueueRow> rows;
  for (const auto& [id, envelope] : context_.spool.envelopes) rows.push_back(row_of(envelope));
  return rows;
}

control::QueueRow Outbox::row_of(const SpoolEnvelope& envelope) const {
  control::QueueRow row;
  row.envelope_id = SenderSpool::hex(envelope.id);
  row.source = "local";
  row.kind = kind_word(envelope.kind);
  row.flags = "auth";
  row.sender = envelope.sender;
  row.recipient = row.destination = envelope.recipient;
  row.creation = world::epoch_seconds(envelope.creation);
  // Only reports carry a lifetime of their own; others show their creation (OpenSMTPD since 6.4).
  row.expiration =
      envelope.kind == MailKind::kReport ? world::epoch_seconds(end_of(envelope)) : row.creation;
  row.retry = envelope.failures;
  row.error = envelope.error;
  const auto now = world::epoch_seconds(context_.world.clock.now());
  if (auto attempt = inflight_.find(envelope.id); attempt != inflight_.end()) {
    row.state = "inflight";
    row.last_try = world::epoch_seconds(attempt->second);
    row.seconds = now - row.last_try;
  } else {
    row.state = "pending";
    row.seconds = world::epoch_seconds(envelope.next_attempt) - now;
  }
  return row;
}

}  // namespace mxlab::sim
