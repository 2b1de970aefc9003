// compare.cpp - mxlab compare: scenarios simulated and on real wires, and where the two differ.
#include <fmt/format.h>

#include "sim/cli/commands.hpp"
#include "sim/live/actor_process.hpp"
#include "sim/live/live_play.hpp"
#include "sim/live/sandbox.hpp"
#include "sim/report/files.hpp"
#include "sim/report/paint.hpp"
#include "sim/report/text_report.hpp"
#include "sim/report/workers.hpp"
#include "sim/run/load.hpp"

namespace mxlab::cli {
namespace {
using report::Outcome;
using report::Verdict;

struct CompareSettings {
  std::vector<std::string> paths;
  std::vector<std::string> backups;  // empty: simulated and live are compared
  std::size_t jobs = 4;
  bool verbose = false, operators = false;
};

std::string text_of(const Outcome& outcome, const CompareSettings& settings) {
  const auto paint = report::Paint::for_output();
  if (outcome.verdict != Verdict::kPassed && outcome.verdict != Verdict::kFailed)
    return report::outcome_text(outcome, paint);
  const bool fine = outcome.verdict == Verdict::kPassed;
  const char* what = !fine                     ? "differ"
                     : outcome.excuses.empty() ? "are the same"
                                               : "differ as the scenario explains";
  std::string text = fmt::format("{} {}: simulated and live {}\n",
                                 fine ? paint.passed() : paint.failed(), outcome.file, what);
  for (const std::string& excuse : outcome.excuses) text += "  explained: " + excuse + "\n";
  for (const std::string& idle : outcome.errors) text += "  no longer so: " + idle + "\n";
  return fine && !settings.verbose ? text : text + outcome.story;
}

int compare_all(const CompareSettings& settings) {
  if (int code = need_sandbox(); code != 0) return code;
  std::vector<Outcome> outcomes;
  report::run_in_processes(
      sim::find_scenarios(settings.paths), settings.jobs,
      [](const std::string& file) { return sim::live::compare(file, {}); },
      [&](Outcome outcome) {
        print(text_of(outcome, settings));
        outcomes.push_back(std::move(outcome));
      });
  return report::exit_code(outcomes);
}

}  // namespace

int need_sandbox() {
  const auto why = sim::live::why_not();
  if (!why) return 0;
  fmt::print(stderr, "mxlab: {}\n", *why);
  return kLabFailed;
}

void add_compare(CLI::App& app, Exit& exit) {
  auto settings = std::make_shared<CompareSettings>();
  CLI::App* command = app.add_subcommand(
      "compare", "Play scenarios simulated and on real wires, and say where the two differ");
  command->add_option("PATHS", settings->paths, "Scenario files, and folders with *.yaml below")
      ->required();
  command->add_option("-j,--jobs", settings->jobs, "So many at a time")
      ->type_name("N")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  command->add_flag("-v,--verbose", settings->verbose, "How much was compared, too");
  command
      ->add_option("--backup", settings->backups,
                   "Instead: each of these is the backup, all on real wires; a table in Markdown")
      ->type_name("KIND,...")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"mxrelayd", "opensmtpd", "postfix", "exim"}));
  command
      ->add_flag("--operators", settings->operators,
                 "With --backup, instead of the table: is what operators see the same?")
      ->needs("--backup");
  command->footer(
      "What is compared at the end of the story: counters, SMTP dialogues, DNS questions.\n"
      "A scenario may explain what differs by its nature (live: {differs: …}); a host that is\n"
      "explained, but in three runs the same, counts as a difference.\n\n"
      "Examples:\n  mxlab compare scenarios/blog/experiment-1.yaml\n"
      "  mxlab compare --backup mxrelayd,postfix scenarios/peers/refused.yaml\n"
      "  mxlab compare --backup mxrelayd,opensmtpd --operators scenarios/live\n\n"
      "Exit codes: 0 the same, 1 different, 2 a scenario or the usage is wrong,\n"
      "3 the lab itself failed, 5 nothing was compared.");
  command->callback([settings, &exit] {
    exit.code = settings->backups.empty()
                    ? compare_all(*settings)
                    : compare_backups(settings->paths, settings->backups, settings->operators);
  });
}

void add_actor(CLI::App& app, Exit& exit) {
  CLI::App* command =
      app.add_subcommand("actor", "For run --live: an actor, told what to do on standard input");
  command->group("");  // people have no use for it
  command->callback([&exit] { exit.code = sim::live::run_actor(); });
}

}  // namespace mxlab::cli
