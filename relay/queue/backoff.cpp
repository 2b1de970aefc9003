#include "relay/queue/backoff.hpp"

#include <algorithm>

namespace mxlab::queue {
namespace {

using std::chrono::seconds;

// Beyond 26 years of retries every exponent is as good as this one, and B·n² does not overflow.
constexpr std::uint32_t kMostSteps = 1'400;

Duration base(EnvelopeKind kind) {
  return kind == EnvelopeKind::kRelay ? seconds(400) : seconds(10);
}

TimePoint attempt_at(EnvelopeKind kind, TimePoint creation, std::uint32_t n) {
  return creation + base(kind) * n * n;
}

}  // namespace

Retry next_attempt(EnvelopeKind kind, TimePoint creation, std::uint32_t tries, TimePoint now) {
  tries = std::min(tries, kMostSteps);
  while (attempt_at(kind, creation, tries) < now && tries < kMostSteps) ++tries;
  // A clock that jumped by decades must not make us spin.
  return {tries, std::max(attempt_at(kind, creation, tries), now)};
}

}  // namespace mxlab::queue
