// compare.cpp - mxlab compare: one scenario simulated and on real wires, and where they differ.
#include <fmt/format.h>

#include "sim/cli/commands.hpp"
#include "sim/live/actor_process.hpp"
#include "sim/live/live_play.hpp"
#include "sim/live/sandbox.hpp"
#include "sim/report/paint.hpp"
#include "sim/report/text_report.hpp"
#include "sim/run/load.hpp"

namespace mxlab::cli {
namespace {
using report::Verdict;

constexpr int kDifferent = 1;

bool was_played(const report::Outcome& outcome) {
  return outcome.verdict == Verdict::kPassed || outcome.verdict == Verdict::kFailed;
}

/// What the command's exit code is for one file.
int tell(const sim::live::Compared& compared, const report::Paint& paint) {
  for (const report::Outcome* outcome : {&compared.simulated, &compared.live})
    if (!was_played(*outcome)) {
      print(report::outcome_text(*outcome, paint));
      return report::exit_code(outcome->verdict);
    }
  const std::string& file = compared.simulated.file;
  if (compared.differences.empty()) {
    print(fmt::format("{} {}: simulated and live are the same\n", paint.passed(), file));
    return 0;
  }
  print(fmt::format("{} {}: {} differences\n", paint.failed(), file, compared.differences.size()));
  for (const std::string& difference : compared.differences) print(difference);
  return kDifferent;
}

/// The worst of all files; that nothing was compared is worse than nothing else.
int compare_all(const std::vector<std::string>& paths) {
  if (int code = need_sandbox(); code != 0) return code;
  int worst = report::kNothingTested;
  for (const std::string& file : sim::find_scenarios(paths)) {
    const int code = tell(sim::live::compare(file, {}), report::Paint::for_output());
    if (code == report::kNothingTested) continue;
    worst = worst == report::kNothingTested ? code : std::max(worst, code);
  }
  return worst;
}

}  // namespace

int need_sandbox() {
  const auto why = sim::live::why_not();
  if (!why) return 0;
  fmt::print(stderr, "mxlab: {}\n", *why);
  return kLabFailed;
}

void add_compare(CLI::App& app, Exit& exit) {
  auto paths = std::make_shared<std::vector<std::string>>();
  CLI::App* command = app.add_subcommand(
      "compare", "Play scenarios simulated and on real wires, and say where the two differ");
  command->add_option("PATHS", *paths, "Scenario files, and folders with *.yaml below")->required();
  command->footer(
      "What is compared at the end of the story: counters, SMTP dialogues, DNS questions.\n\n"
      "Example:\n  mxlab compare scenarios/blog/experiment-1.yaml\n\n"
      "Exit codes: 0 the same, 1 different, 2 a scenario or the usage is wrong,\n"
      "3 the lab itself failed, 5 nothing was compared.");
  command->callback([paths, &exit] { exit.code = compare_all(*paths); });
}

void add_actor(CLI::App& app, Exit& exit) {
  CLI::App* command =
      app.add_subcommand("actor", "For run --live: an actor, told what to do on standard input");
  command->group("");  // people have no use for it
  command->callback([&exit] { exit.code = sim::live::run_actor(); });
}

}  // namespace mxlab::cli
