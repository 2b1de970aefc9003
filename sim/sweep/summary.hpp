// summary.hpp - what a campaign came to, for people.
#pragma once
#include <string>
#include <vector>

#include "sim/report/paint.hpp"
#include "sim/sweep/tally.hpp"

namespace mxlab::sim {

/// A campaign of fewer worlds may miss what is rare, and is not blamed for it.
inline constexpr std::uint64_t kEnoughWorlds = 1000;

struct Campaigned {
  std::string file, name;              // of the swarm or the scenario
  std::vector<std::string> sometimes;  // what had to be seen
  bool whole = true;                   // neither a part of a campaign nor cut short
  double seconds = 0;                  // real; 0: not known (merge)
  std::vector<std::string> gaps;       // seeds that nobody has played
};

/// Things that had to happen sometimes and never did; empty where that cannot be said.
std::vector<std::string> missing(const Campaigned& campaign, const Tally& tally);
/// Figures, what was seen and how often, failures by kind with the commands that repeat them.
std::string summary_text(const Campaigned& campaign, const Tally& tally,
                         const report::Paint& paint);

}  // namespace mxlab::sim
