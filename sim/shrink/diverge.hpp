// diverge.hpp - the moment after which a failure is certain.
//
// A seed that fails is played up to some step; from there on chance is drawn anew, many times, in
// copies of the world, and the share that still fails is counted. Where the share becomes all,
// something has happened that nothing mends: what happens there is worth reading.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "relay/world/time.hpp"
#include "sim/shrink/trial.hpp"

namespace mxlab::shrink {

inline constexpr std::size_t kMostSamples = 1000;

struct DivergeOptions {
  std::optional<std::uint64_t> seed;  // else the scenario's own
  std::size_t samples = 20;           // at each moment; at most kMostSamples
  std::size_t jobs = 1;
};

/// So many of the samples fail when chance is drawn anew after that step of the simulation.
struct Share {
  std::uint64_t step = 0;
  world::Duration at{};
  std::size_t failing = 0;
};

/// An event near the moment, as a line; whether it is of the deciding step itself.
struct NearEvent {
  std::string line;
  bool decides = false;
};

struct Diverged {
  std::optional<Failed> failure;  // absent: the scenario does not fail, and nothing else is told
  std::uint64_t seed = 0;
  std::vector<Share> shares;  // in the order of the story
  std::optional<std::uint64_t>
      certain;  // from this step on all samples fail; absent: from the first
  std::vector<NearEvent> events;
};

/// Looks at sixteen moments of the run, then closer where the share becomes all of them. The same
/// scenario, seed and samples give the same answer. Throws std::system_error when there can be no
/// copies.
Diverged diverge(const scenario::Scenario& scenario, const DivergeOptions& options);

}  // namespace mxlab::shrink
