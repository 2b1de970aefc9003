// backoff.hpp - when to try again, and when to give up. Pure: values in, values out.
#pragma once
#include "relay/queue/envelope.hpp"

namespace mxlab::queue {

/// How long a report may look for its way home. (OpenSMTPD queue.c)
inline constexpr Duration kBounceTtl = std::chrono::days(7);

struct Retry {
  std::uint32_t tries = 0;
  TimePoint at{};
};

/// The attempt after `tries` failed ones: creation + B·n², B = 400 s (relay) or 10 s (local,
/// bounce); n is raised until that is not in the past. (OpenSMTPD scheduler_ramqueue.c)
Retry next_attempt(EnvelopeKind kind, TimePoint creation, std::uint32_t tries, TimePoint now);

/// How long an envelope may stay: a report 7 days, another its own ttl, else its action's, else the
/// queue's. Zero means "not given".
struct Lifetimes {
  Duration action{};
  Duration queue = std::chrono::days(4);
};
Duration lifetime(const Envelope& envelope, const Lifetimes& lifetimes);

/// The moment from which on it is given up without another attempt.
TimePoint expiry(const Envelope& envelope, const Lifetimes& lifetimes);

}  // namespace mxlab::queue
