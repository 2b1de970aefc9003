// actions.hpp - does on a stage what a scenario's step says.
#pragma once
#include <functional>

#include "sim/judge/expectations.hpp"
#include "sim/run/stage.hpp"

namespace mxlab::sim {

/// Does it now; what needs time goes on by itself. `failed` is told, now or later, what could not
/// be done or came out otherwise than the scenario says.
void act(Stage& stage, const scenario::Action& action, std::function<void(Broken)> failed);

}  // namespace mxlab::sim
