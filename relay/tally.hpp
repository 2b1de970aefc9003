// tally.hpp - how the queue is spread over domains, for a page that refreshes itself.
//
// A queue may be long: only its beginning is counted, and not more often than every few seconds.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "relay/delivery/context.hpp"

namespace mxlab::relay {

struct DomainTally {
  std::string domain;
  std::uint64_t envelopes = 0;
  world::TimePoint oldest{};
};

class Tally {
 public:
  /// Counts anew when the last count is old.
  world::awaitable<void> refresh(delivery::Context& context);
  /// The busiest first.
  const std::vector<DomainTally>& domains() const { return domains_; }
  std::uint64_t counted() const { return counted_; }
  /// False: the queue goes on beyond what was counted.
  bool complete() const { return complete_; }

 private:
  std::vector<DomainTally> domains_;
  std::uint64_t counted_ = 0;
  bool complete_ = true, counting_ = false;
  world::SteadyPoint next_{};
};

}  // namespace mxlab::relay
