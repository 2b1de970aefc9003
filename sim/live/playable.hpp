// playable.hpp - what can be played on real wires, and what only virtual time can show.
#pragma once
#include <optional>
#include <string>

#include "sim/scenario/scenario.hpp"

namespace mxlab::sim::live {

/// Why a scenario is only simulated: what it says itself, or what no real machine does on demand.
/// Nothing: it can be played.
std::optional<std::string> why_only_simulated(const scenario::Scenario& scenario);

}  // namespace mxlab::sim::live
