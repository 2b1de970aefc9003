#include "relay/delivery/verdict.hpp"

#include <algorithm>

#include "relay/delivery/context.hpp"
#include "relay/queue/backoff.hpp"
#include "relay/queue/bounce.hpp"

namespace mxlab::delivery {
namespace {

constexpr Duration kBounceLife = std::chrono::days(7);  // OpenSMTPD config.c

Envelope bounce_about(const Envelope& about, queue::BounceKind kind, queue::Failure failure,
                      TimePoint now) {
  Envelope bounce = about;
  bounce.kind = queue::EnvelopeKind::kBounce;
  bounce.bounce = kind;
  bounce.creation = bounce.next_attempt = bounce.wake = now;
  bounce.ttl = kBounceLife;
  bounce.tries = 0;
  bounce.last_warning = {};
  bounce.last_failure = std::move(failure);
  return bounce;
}

queue::Deferral deferral_of(const Envelope& envelope) {
  return {envelope.id,           envelope.tries,     envelope.next_attempt, envelope.wake,
          envelope.last_warning, envelope.suspended, envelope.last_failure, envelope.last_attempt};
}

/// The latest mark that the next attempt would be beyond and that has not been warned of yet.
std::optional<Duration> due_warning(const Envelope& envelope, const Lifetime& lifetime) {
  std::optional<Duration> due;
  for (Duration interval : lifetime.warn_intervals) {
    TimePoint mark = envelope.creation + interval;
    if (envelope.next_attempt >= mark && envelope.last_warning < mark)
      due = std::max(due.value_or(interval), interval);
  }
  return due;
}

Verdict final_failure(const Envelope& envelope, const queue::Failure& failure, TimePoint now) {
  Verdict verdict;
  verdict.finished = true;
  if (queue::may_bounce(envelope, queue::BounceKind::kFailed))
    verdict.bounces.push_back(bounce_about(envelope, queue::BounceKind::kFailed, failure, now));
  return verdict;
}

}  // namespace

Lifetime lifetime_of(const Envelope& envelope, const config::Config& config) {
  Lifetime lifetime{envelope.ttl, config.warn_intervals};
  if (lifetime.ttl > Duration::zero()) return lifetime;
  auto action = find_action(config, envelope.action);
  lifetime.ttl = action && action->ttl ? *action->ttl : config.queue_ttl;
  return lifetime;
}

TimePoint wake_for(const Envelope& envelope, const Lifetime& lifetime) {
  return std::min(envelope.next_attempt, envelope.creation + lifetime.ttl);
}

bool expired(const Envelope& envelope, const Lifetime& lifetime, TimePoint now) {
  return now >= envelope.creation + lifetime.ttl;
}

Verdict after_delivery(const Envelope& envelope, const queue::Failure& reply, bool dsn_passed,
                       TimePoint now) {
  Verdict verdict;
  verdict.finished = true;
  if (dsn_passed) return verdict;
  const bool ours = envelope.kind == queue::EnvelopeKind::kLocal;
  const auto kind = ours ? queue::BounceKind::kDelivered : queue::BounceKind::kRelayed;
  if (queue::may_bounce(envelope, kind))
    verdict.bounces.push_back(bounce_about(envelope, kind, reply, now));
  return verdict;
}

Verdict after_permanent_failure(const Envelope& envelope, const queue::Failure& failure,
                                TimePoint now) {
  return final_failure(envelope, failure, now);
}

Verdict after_temporary_failure(const Envelope& envelope, const queue::Failure& failure,
                                const Lifetime& lifetime, TimePoint now) {
  Envelope next = envelope;
  // A clock that was set back must not make mail of the future wait until its time has come.
  const TimePoint creation = std::min(envelope.creation, now);
  auto retry = queue::next_attempt(envelope.kind, creation, envelope.tries + 1, now);
  next.tries = retry.tries;
  next.next_attempt = retry.at;
  next.last_failure = failure;
  next.last_attempt = now;
  Verdict verdict;
  auto warning = due_warning(next, lifetime);
  if (warning) next.last_warning = envelope.creation + *warning;
  if (warning && queue::may_bounce(envelope, queue::BounceKind::kDelayed)) {
    verdict.bounces.push_back(bounce_about(envelope, queue::BounceKind::kDelayed, failure, now));
    verdict.bounces.back().bounce_delay = *warning;
  }
  next.wake = wake_for(next, lifetime);
  verdict.deferral = deferral_of(next);
  return verdict;
}

Verdict after_expiry(const Envelope& envelope, TimePoint now) {
  queue::Failure failure{"Envelope expired", "5.4.7", {}};
  if (!envelope.last_failure.text.empty())
    failure.text += " (last error: " + envelope.last_failure.text + ")";
  return final_failure(envelope, failure, now);
}

queue::Deferral rescheduled(const Envelope& envelope, const Lifetime& lifetime, TimePoint now) {
  Envelope next = envelope;
  next.next_attempt = now;
  next.wake = wake_for(next, lifetime);
  return deferral_of(next);
}

queue::Deferral with_suspension(const Envelope& envelope, bool suspended) {
  Envelope next = envelope;
  next.suspended = suspended;
  return deferral_of(next);
}

}  // namespace mxlab::delivery
