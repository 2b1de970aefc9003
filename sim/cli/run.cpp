// run.cpp - mxlab run: plays scenarios and reports what came of them.
#include <chrono>
#include <cstdio>
#include <fmt/format.h>
#include <thread>

#include "sim/cli/commands.hpp"
#include "sim/report/play.hpp"
#include "sim/report/text_report.hpp"
#include "sim/report/workers.hpp"
#include "sim/run/load.hpp"

namespace mxlab::cli {
namespace {
using report::Outcome;

struct RunSettings {
  std::vector<std::string> paths{"scenarios"};
  std::optional<std::uint64_t> seed;
  std::size_t jobs = std::max(1u, std::thread::hardware_concurrency());
  bool verbose = false, monitor = false, queue = false, hash = false;
  std::string json, junit, filter;
};

class Run {
 public:
  explicit Run(const RunSettings& settings) : settings_(settings) {}

  int run() {
    const auto begin = std::chrono::steady_clock::now();
    report::PlayOptions options{settings_.seed,    settings_.verbose,       settings_.queue,
                                settings_.monitor, !settings_.json.empty(), paint_};
    report::run_in_processes(
        sim::find_scenarios(settings_.paths), settings_.jobs,
        [&](const std::string& file) { return report::play(file, options); },
        [this](Outcome outcome) { take(std::move(outcome)); });
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    if (!settings_.hash) print(report::summary_text(outcomes_, took.count(), paint_));
    return code();
  }

 private:
  void print(const std::string& text) const {
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
  }

  void take(Outcome outcome) {
    if (settings_.hash)
      print(fmt::format("{}  {}\n", report::hash_text(outcome.trace_hash), outcome.file));
    else
      print(outcome.story + report::outcome_text(outcome, paint_));
    outcome.story.clear();
    outcomes_.push_back(std::move(outcome));
  }

  int code() const {
    if (outcomes_.empty()) return report::kNothingTested;
    auto worst = report::Verdict::kPassed;
    for (const Outcome& outcome : outcomes_) worst = std::max(worst, outcome.verdict);
    return report::exit_code(worst);
  }

  const RunSettings& settings_;
  report::Paint paint_ = report::Paint::for_output();
  std::vector<Outcome> outcomes_;
};

}  // namespace

void add_run(CLI::App& app, Exit& exit) {
  auto settings = std::make_shared<RunSettings>();
  CLI::App* command = app.add_subcommand("run", "Play scenarios and check what they promise");
  command->add_option("PATHS", settings->paths, "Scenario files, and folders with *.yaml below")
      ->capture_default_str();
  command->add_option("-s,--seed", settings->seed, "Instead of each scenario's own")
      ->type_name("N");
  command->add_option("-j,--jobs", settings->jobs, "So many at a time; as many as processors")
      ->type_name("N");
  command->add_flag("-v,--verbose", settings->verbose, "Print every event");
  command->add_flag("--hash", settings->hash, "Print only HASH  FILE: what happened, in one word");
  command->callback([settings, &exit] { exit.code = Run(*settings).run(); });
}

}  // namespace mxlab::cli
