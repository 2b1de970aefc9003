// replay.cpp - mxlab replay: a scenario up to some instant, and what every host looks like then.
#include <fmt/format.h>

#include "sim/cli/commands.hpp"
#include "sim/report/play.hpp"
#include "sim/report/text_report.hpp"
#include "sim/report/workers.hpp"
#include "sim/scenario/values.hpp"

namespace mxlab::cli {
namespace {

struct ReplaySettings {
  std::string file, until;
  std::optional<std::uint64_t> seed;
  bool verbose = false, monitor = false, queue = false;
};

int replay(const ReplaySettings& settings) {
  const auto paint = report::Paint::for_output();
  report::PlayOptions options;
  options.seed = settings.seed;
  options.until = scenario::parse_duration(settings.until);
  options.trace = settings.verbose;
  options.monitor = settings.monitor;
  options.queue = settings.queue;
  options.paint = paint;
  int code = 0;
  report::run_in_processes(
      {settings.file}, 1, [&](const std::string& file) { return report::play(file, options); },
      [&](const report::Outcome& outcome) {
        print(outcome.story + report::outcome_text(outcome, paint));
        code = report::exit_code(outcome.verdict);
      });
  return code;
}

}  // namespace

void add_replay(CLI::App& app, Exit& exit) {
  auto settings = std::make_shared<ReplaySettings>();
  CLI::App* command = app.add_subcommand(
      "replay", "Play a scenario up to some instant and show what every host looks like then");
  command->add_option("FILE", settings->file, "A scenario file")->required();
  command->add_option("-u,--until", settings->until, "When the story ends: 310s, 1h30m, 4d")
      ->type_name("TIME")
      ->required()
      ->check(CLI::Validator(not_a_time, ""));
  command->add_option("-s,--seed", settings->seed, "Instead of the scenario's own")->type_name("N");
  command->add_flag("-v,--verbose", settings->verbose, "Every event as a line: time, host, what");
  command->add_flag("-m,--monitor", settings->monitor,
                    "The rows of smtpctl monitor of all hosts side by side");
  command->add_flag("-q,--queue", settings->queue, "show queue of every host after each step");
  command->footer(std::string("Example:\n"
                              "  mxlab replay scenarios/blog/experiment-2.yaml --until 310s\n\n") +
                  kExitCodes);
  command->callback([settings, &exit] { exit.code = replay(*settings); });
}

}  // namespace mxlab::cli
