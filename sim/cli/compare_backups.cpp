// compare_backups.cpp - mxlab compare --backup: one outage, met by mail systems of different make.
#include <algorithm>

#include "sim/cli/commands.hpp"
#include "sim/live/mta.hpp"
#include "sim/live/peers.hpp"
#include "sim/report/outcome.hpp"
#include "sim/run/load.hpp"

namespace mxlab::cli {

int compare_backups(const std::vector<std::string>& paths, const std::vector<std::string>& backups,
                    bool operators) {
  using scenario::Kind;
  if (int code = need_sandbox(); code != 0) return code;
  std::vector<Kind> kinds;
  for (Kind kind : {Kind::kMxrelayd, Kind::kOpensmtpd, Kind::kPostfix, Kind::kExim})
    if (std::find(backups.begin(), backups.end(), sim::live::mta_name(kind)) != backups.end())
      kinds.push_back(kind);
  const auto files = sim::find_scenarios(paths);
  // All at once: they wait for most of their time.
  const auto figures = sim::live::play_peers(files, kinds, files.size() * kinds.size());
  if (figures.empty()) return report::kNothingTested;
  print(operators ? sim::live::operators_report(figures) : sim::live::peers_report(figures));
  const bool whole = std::all_of(figures.begin(), figures.end(),
                                 [](const auto& each) { return each.trouble.empty(); });
  if (!whole) return kLabFailed;
  const bool agree = !operators || sim::live::operators_agree(figures);
  return report::exit_code(agree ? report::Verdict::kPassed : report::Verdict::kFailed);
}

}  // namespace mxlab::cli
