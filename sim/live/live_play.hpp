// live_play.hpp - a scenario played on real wires, in a sandbox of its own; and compared with the
// same scenario simulated.
#pragma once
#include <string>
#include <vector>

#include "sim/report/outcome.hpp"
#include "sim/report/play.hpp"

namespace mxlab::sim::live {

struct LivePlayOptions {
  report::PlayOptions play;
  /// A story that takes longer is only simulated.
  Duration longest = std::chrono::minutes(3);
};

/// Loads the file and plays it. What cannot be played here is skipped, and the outcome says why.
/// Must be called while this process has one thread.
report::Outcome play_live(const std::string& file, const LivePlayOptions& options);

struct Compared {
  report::Outcome simulated, live;
  std::vector<std::string> differences;  // each a text of some lines
};
/// Plays it both ways. When one of them is not played, nothing is compared.
Compared compare(const std::string& file, const LivePlayOptions& options);

}  // namespace mxlab::sim::live
