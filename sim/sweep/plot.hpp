// plot.hpp - what happens in a drawn world: mail is sent, and things go wrong.
#pragma once
#include <string>

#include "sim/sweep/cast.hpp"

namespace mxlab::sim {

/// `steps:` of a scenario. Each fault ends within the story or at its end, when everything is
/// healed; two faults of a machine's own (its power, its process) never overlap.
std::string plot_text(const Cast& cast, const Swarm& swarm, Chance& chance);

}  // namespace mxlab::sim
