// record.hpp - a world's report as one line of JSON: how it travels between processes and machines.
//
// A line holds nothing that depends on the machine or on time, so that a campaign in parts gives
// the same lines as one in a single piece.
#pragma once
#include <optional>
#include <string>

#include "sim/sweep/world.hpp"

namespace mxlab::sim {

/// The first line of a file of results: which worlds these are, and what must be seen in them.
struct Head {
  std::string file, name;
  std::vector<std::string> sometimes;
  bool operator==(const Head&) const = default;
};
std::string to_line(const Head& head);
std::optional<Head> head_of(const std::string& line);

/// {"seed":17,"trace":"9f86d081884c7d65","events":5132,"seconds":86412,"seen":"20f","broken":[]}
std::string to_line(const WorldReport& report);
/// Nothing when it is no such line.
std::optional<WorldReport> report_of(const std::string& line);

}  // namespace mxlab::sim
