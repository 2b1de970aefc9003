// playable.hpp - what can be played on real wires, and what only virtual time can show.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "sim/live/sandbox.hpp"
#include "sim/scenario/scenario.hpp"

namespace mxlab::sim::live {

/// Why a scenario is only simulated: what it says itself, or what no real machine does on demand.
/// Nothing: it can be played. `slow_wires` tells whether the kernel has them; it is asked only
/// where they are needed.
std::optional<std::string> why_only_simulated(const scenario::Scenario& scenario,
                                              const std::function<bool()>& slow_wires = has_netem);

/// Its wires must be slow or narrow for the story to hold.
bool needs_netem(const scenario::Scenario& scenario);

}  // namespace mxlab::sim::live
