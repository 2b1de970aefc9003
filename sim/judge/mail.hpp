// mail.hpp - reading a delivered message: header fields, how many of them.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "sim/actors/station.hpp"

namespace mxlab::sim {

/// The unfolded values of all fields with this name, in order; names compare without case.
std::vector<std::string> header_values(std::string_view message, std::string_view name);
/// The first value, or nothing.
std::string header_value(std::string_view message, std::string_view name);

}  // namespace mxlab::sim
