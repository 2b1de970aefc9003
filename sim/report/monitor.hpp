// monitor.hpp - the rows of smtpctl monitor of several hosts side by side, one row a second.
//
// Equal rows are kept as one with a number, so that a story of days costs what happens in it. The
// rows themselves come from the chronicle; nothing is counted here.
#pragma once
#include <string>
#include <vector>

#include "sim/report/paint.hpp"
#include "sim/run/stage.hpp"

namespace mxlab::report {

/// So many seconds from this one on, in which every host's row is the same.
struct Stretch {
  std::int64_t second = 0, times = 1;
  std::vector<control::Columns> rows;  // one for each host
};

/// What a line between the rows says, and when.
struct Mark {
  world::Duration at{};
  std::string text;
};

struct MonitoredHost {
  std::string name, role;
  std::uint32_t index = 0;  // in the chronicle
};

/// The hosts that have counters, in the order of the scenario.
std::vector<MonitoredHost> monitored_hosts(sim::Stage& stage);

/// The rows of the first `seconds` seconds; no two neighbours are equal.
std::vector<Stretch> monitor_stretches(const sim::Stage& stage,
                                       const std::vector<MonitoredHost>& hosts,
                                       std::int64_t seconds);

/// The table with smtpctl's header; in a form of thirteen bare numbers when that is too wide for
/// the terminal. Long stretches show their first row and how many follow.
std::string monitor_table(const std::vector<MonitoredHost>& hosts,
                          const std::vector<Stretch>& stretches, const std::vector<Mark>& marks,
                          const Paint& paint);

}  // namespace mxlab::report
