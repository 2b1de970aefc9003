// verdict.hpp - what an attempt's outcome means for the queue. Pure.
#pragma once
#include <optional>
#include <vector>

#include "relay/config/config.hpp"
#include "relay/queue/queue.hpp"

namespace mxlab::delivery {

using queue::Duration;
using queue::Envelope;
using queue::TimePoint;

/// For how long an envelope is tried, and when its sender is warned.
struct Lifetime {
  Duration ttl{};
  std::vector<Duration> warn_intervals;
};

/// The envelope's own ttl, else its action's, else the queue's (smtpd.conf(5)).
Lifetime lifetime_of(const Envelope& envelope, const config::Config& config);

/// When the scheduler must look at an envelope: its next attempt, or its end if that is earlier.
TimePoint wake_for(const Envelope& envelope, const Lifetime& lifetime);
bool expired(const Envelope& envelope, const Lifetime& lifetime, TimePoint now);

/// What changes in the queue; exactly one of `finished` and `deferral` is set.
struct Verdict {
  bool finished = false;
  std::optional<queue::Deferral> deferral;
  std::vector<Envelope> bounces;  // reports that this outcome owes the sender
};

/// `dsn_passed`: the next hop has taken over the duty to report success (RFC 3461 5.2.1). Else that
/// falls to us: "relayed", and for a mailbox of ours "delivered" (5.2.2, 5.3.1).
Verdict after_delivery(const Envelope& envelope, const queue::Failure& reply, bool dsn_passed,
                       TimePoint now);
Verdict after_permanent_failure(const Envelope& envelope, const queue::Failure& failure,
                                TimePoint now);
/// The next try at creation + B·n²; a delay report when that is beyond a warn-interval's mark.
Verdict after_temporary_failure(const Envelope& envelope, const queue::Failure& failure,
                                const Lifetime& lifetime, TimePoint now);
Verdict after_expiry(const Envelope& envelope, TimePoint now);
/// The same envelope, paused by an operator or let go again.
queue::Deferral with_suspension(const Envelope& envelope, bool suspended);
/// Asks for an attempt at once and costs no try (hoststat, smtpctl schedule).
queue::Deferral rescheduled(const Envelope& envelope, const Lifetime& lifetime, TimePoint now);

}  // namespace mxlab::delivery
