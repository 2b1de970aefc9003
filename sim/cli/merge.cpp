// merge.cpp - mxlab merge: the parts of a campaign, played by many machines, as one.
#include "sim/sweep/merge.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "sim/cli/commands.hpp"
#include "sim/report/outcome.hpp"
#include "sim/sweep/summary.hpp"

namespace mxlab::cli {
namespace {

struct MergeSettings {
  std::vector<std::string> files;
  std::string results;
};

int merge(const MergeSettings& settings) {
  const sim::Merged merged = sim::merge_results(settings.files);
  sim::Tally tally;
  for (const sim::WorldReport& report : merged.reports) tally.add(report);
  if (!settings.results.empty()) sim::write_results(merged, settings.results);
  const sim::Campaigned campaign{
      merged.head.file, merged.head.name, merged.head.sometimes, merged.gaps.empty(), 0,
      merged.gaps};
  print(sim::summary_text(campaign, tally, report::Paint::for_output()));
  if (tally.worlds() == 0) return report::kNothingTested;
  const bool well =
      tally.failed() == 0 && merged.gaps.empty() && sim::missing(campaign, tally).empty();
  return report::exit_code(well ? report::Verdict::kPassed : report::Verdict::kFailed);
}

}  // namespace

void add_merge(CLI::App& app, Exit& exit) {
  auto settings = std::make_shared<MergeSettings>();
  CLI::App* command =
      app.add_subcommand("merge", "Put the results of the parts of a campaign together");
  command->add_option("FILES", settings->files, "What mxlab sweep --results has written")
      ->required();
  command->add_option("--results", settings->results, "All of them in one file, by seed")
      ->type_name("FILE");
  command->footer(
      std::string(
          "Fails when a seed between the first and the last is missing, or went differently "
          "in two files.\n\nExample:\n  mxlab merge part-*.jsonl\n\n") +
      kExitCodes);
  command->callback([settings, &exit] { exit.code = merge(*settings); });
}

}  // namespace mxlab::cli
