// simpler.hpp - simpler values in place of a value: pure functions over the notations of scenarios.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "relay/world/time.hpp"

namespace mxlab::shrink {

/// Shorter and rounder times, the simplest first: nothing, one second, …, then the time itself cut
/// to a unit, or rounded up to one. Each is either shorter to write, or as long and earlier.
std::vector<world::Duration> simpler_times(world::Duration time);

/// Smaller numbers, the smallest first: 1, a tenth, a half, one less.
std::vector<std::uint64_t> smaller_numbers(std::uint64_t number);

/// Simpler texts for the value of a key: "every", "count", "latency", "clock" …; none when the key
/// says that a simpler one would be another story.
std::vector<std::string> simpler_values(std::string_view key, const std::string& text);

}  // namespace mxlab::shrink
