#include "relay/delivery/recorder.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "relay/control/texts.hpp"

namespace mxlab::delivery {
namespace {
using namespace std::chrono_literals;

constexpr Duration kFirstPause = 1s;
constexpr Duration kLongestPause = 60s;

std::string_view result_word(ResultKind kind) {
  switch (kind) {
    case ResultKind::kDelivered:
      return "Ok";
    case ResultKind::kTemporary:
      return "TempFail";
    case ResultKind::kPermanent:
      return "PermFail";
    case ResultKind::kLoop:
      return "Loop";
    case ResultKind::kExpired:
      return "Expired";
  }
  return "";
}

std::string_view counter_of(ResultKind kind) {
  switch (kind) {
    case ResultKind::kDelivered:
      return "scheduler.delivery.ok";
    case ResultKind::kTemporary:
      return "scheduler.delivery.tempfail";
    case ResultKind::kPermanent:
      return "scheduler.delivery.permfail";
    case ResultKind::kLoop:
      return "scheduler.delivery.loop";
    case ResultKind::kExpired:
      return "scheduler.envelope.expired";
  }
  return "";
}

std::string_view agent_of(const Envelope& envelope) {
  return envelope.kind == queue::EnvelopeKind::kLocal ? "mda" : "mta";
}

}  // namespace

Verdict Recorder::judge(const Result& result) const {
  TimePoint now = context_.world.clock.now();
  const Envelope& envelope = result.envelope;
  switch (result.kind) {
    case ResultKind::kDelivered:
      return after_delivery(envelope, result.failure, result.dsn_passed, now);
    case ResultKind::kPermanent:
    case ResultKind::kLoop:
      return after_permanent_failure(envelope, result.failure, now);
    case ResultKind::kExpired:
      return after_expiry(envelope, now);
    case ResultKind::kTemporary:
      break;
  }
  return after_temporary_failure(envelope, result.failure, lifetime_of(envelope, *context_.config),
                                 now);
}

awaitable<std::vector<queue::EnvelopeId>> Recorder::commit_until_durable(
    queue::Transaction transaction) {
  for (Duration pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
    std::string trouble;
    try {
      co_return co_await context_.queue.commit(transaction);
    } catch (const std::system_error& error) {
      trouble = error.what();
    }
    context_.world.journal.warn(
        fmt::format("queue: cannot record an outcome, trying again in {}: {}",
                    control::duration_text(pause), trouble));
    co_await context_.world.clock.sleep_for(pause);
  }
}

awaitable<void> Recorder::record(std::vector<Result> results) {
  queue::Transaction transaction;
  std::vector<Verdict> verdicts;
  std::vector<queue::EnvelopeId> ids;
  std::optional<TimePoint> wake;
  auto note = [&wake](TimePoint at) { wake = std::min(wake.value_or(at), at); };
  for (const Result& result : results) {
    Verdict verdict = judge(result);
    if (verdict.deferral) note(verdict.deferral->wake);
    for (const Envelope& bounce : verdict.bounces) note(bounce.wake);
    if (verdict.finished) transaction.finished.push_back(result.envelope.id);
    if (verdict.deferral) transaction.deferred.push_back(*verdict.deferral);
    transaction.added.insert(transaction.added.end(), verdict.bounces.begin(),
                             verdict.bounces.end());
    verdicts.push_back(std::move(verdict));
    ids.push_back(result.envelope.id);
  }
  co_await commit_until_durable(std::move(transaction));
  for (std::size_t i = 0; i < results.size(); ++i) tell(results[i], verdicts[i]);
  released_(ids, wake);
}

void Recorder::tell(const Result& result, const Verdict& verdict) {
  const Envelope& envelope = result.envelope;
  auto& counters = context_.counters;
  auto& journal = context_.world.journal;
  const std::string id = queue::to_hex(envelope.id);
  counters.add(counter_of(result.kind));
  if (result.kind == ResultKind::kDelivered)
    counters.observe(control::kDelayKey, context_.world.clock.now() - envelope.creation);
  if (verdict.finished) counters.add("scheduler.envelope", -1);
  if (!verdict.bounces.empty()) {
    auto made = static_cast<std::int64_t>(verdict.bounces.size());
    counters.add("queue.bounce", made);
    counters.add("scheduler.envelope", made);
  }
  std::string delay = control::duration_text(context_.world.clock.now() - envelope.creation);
  if (result.kind == ResultKind::kExpired)
    journal.info(
        fmt::format("relay: Expire for {}: from=<{}>, to=<{}>, rcpt=<->, delay={}, "
                    "stat=Envelope expired",
                    id, envelope.sender, envelope.recipient, delay));
  else
    journal.info(fmt::format(
        "{} {} delivery evpid={} from=<{}> to=<{}> rcpt=<-> source=\"{}\" "
        "relay=\"{}\" delay={} result=\"{}\" stat=\"{}\"",
        result.session, agent_of(envelope), id, envelope.sender, envelope.destination,
        result.source, result.relay, delay, result_word(result.kind), result.failure.text));
  journal.record({world::FactKind::kQueue, id,
                  fmt::format("{} {}", result_word(result.kind), result.failure.text)});
}

}  // namespace mxlab::delivery
