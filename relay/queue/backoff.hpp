// backoff.hpp - when to try again. Pure: values in, values out.
#pragma once
#include "relay/queue/envelope.hpp"

namespace mxlab::queue {

struct Retry {
  std::uint32_t tries = 0;
  TimePoint at{};
};

/// The attempt after `tries` failed ones: creation + B·n², B = 400 s (relay) or 10 s (local,
/// bounce); n is raised until that is not in the past. (OpenSMTPD scheduler_ramqueue.c)
Retry next_attempt(EnvelopeKind kind, TimePoint creation, std::uint32_t tries, TimePoint now);

}  // namespace mxlab::queue
