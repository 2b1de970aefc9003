// times.hpp - times and rows as judgements print them.
#pragma once
#include <string>
#include <vector>

#include "relay/control/counters.hpp"
#include "relay/world/time.hpp"

namespace mxlab::sim {

/// "310.112s": seconds of the scenario, to the millisecond, without needless zeros.
std::string seconds_text(world::Duration span);
/// "0s, 400s, 1600s"
std::string times_text(const std::vector<world::Duration>& times);
/// "1 2 1 | 0 1 1 | 1 0 0 0 | 0 0 0", as scenarios write a monitor's row.
std::string columns_text(const control::Columns& columns);

}  // namespace mxlab::sim
