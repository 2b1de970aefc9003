// actions.hpp - does to the lab what a scenario's step says.
#pragma once
#include <functional>

#include "sim/judge/expectations.hpp"
#include "sim/run/lab.hpp"

namespace mxlab::sim {

/// Does it now; what needs time goes on by itself. `failed` is told, now or later, what could not
/// be done or came out otherwise than the scenario says.
void act(Lab& lab, const scenario::Action& action, std::function<void(Broken)> failed);

}  // namespace mxlab::sim
