// run.cpp - mxlab run: plays scenarios and reports what came of them.
#include <chrono>
#include <cstdio>
#include <fmt/format.h>
#include <thread>

#include "sim/cli/commands.hpp"
#include "sim/cli/twice.hpp"
#include "sim/live/live_play.hpp"
#include "sim/report/files.hpp"
#include "sim/report/play.hpp"
#include "sim/report/story.hpp"
#include "sim/report/text_report.hpp"
#include "sim/report/workers.hpp"
#include "sim/run/load.hpp"
#include "sim/scenario/values.hpp"

namespace mxlab::cli {
namespace {
using report::Outcome;

struct RunSettings {
  std::vector<std::string> paths{"scenarios"};
  std::optional<std::uint64_t> seed;
  std::size_t jobs = 0;  // 0: as many as make sense
  bool verbose = false, monitor = false, queue = false, hash = false, twice = false;
  bool live = false;
  std::string longest = "3m";
  std::string json, junit, filter, pcap, key_log;
};

/// Files whose path or name contains the text.
std::vector<std::string> chosen(const RunSettings& settings) {
  auto files = sim::find_scenarios(settings.paths);
  if (settings.filter.empty()) return files;
  std::erase_if(files, [&](const std::string& file) {
    if (file.find(settings.filter) != file.npos) return false;
    const sim::Loaded loaded = sim::load_scenario(file);
    return !loaded.scenario || loaded.scenario->name.find(settings.filter) == std::string::npos;
  });
  return files;
}

/// A capture has room for one run.
void check_captures(const RunSettings& settings, std::size_t files) {
  if ((settings.pcap.empty() && settings.key_log.empty()) || files == 1) return;
  throw std::runtime_error(
      fmt::format("--pcap and --keylog write down one run, and {} scenarios are chosen\n"
                  "  = name one, as in: mxlab run --pcap run.pcap scenarios/blog/experiment-2.yaml",
                  files));
}

class Run {
 public:
  explicit Run(const RunSettings& settings) : settings_(settings) {
    if (settings.json == "-" || settings.junit == "-") people_ = stderr;
  }

  int run() {
    const auto begin = std::chrono::steady_clock::now();
    const auto files = chosen(settings_);
    check_captures(settings_, files.size());
    report::run_in_processes(
        files, jobs(), [this](const std::string& file) { return play(file); },
        [this](Outcome outcome) { take(std::move(outcome)); });
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    if (!settings_.hash) tell(report::summary_text(outcomes_, took.count(), paint_));
    if (!settings_.json.empty())
      report::write_report(settings_.json, report::json_report(outcomes_));
    if (!settings_.junit.empty())
      report::write_report(settings_.junit, report::junit_report(outcomes_));
    return report::exit_code(outcomes_);
  }

 private:
  Outcome play(const std::string& file) const {
    report::PlayOptions options;
    options.seed = settings_.seed;
    options.trace = settings_.verbose;
    options.queue = settings_.queue;
    options.monitor = settings_.monitor;
    options.keep_monitor = settings_.monitor && !settings_.json.empty();
    options.pcap = settings_.pcap;
    options.key_log = settings_.key_log;
    options.paint = paint_;
    if (settings_.live)
      return sim::live::play_live(file, {options, *scenario::parse_duration(settings_.longest)});
    Outcome outcome = report::play(file, options);
    if (settings_.twice) run_again(outcome);
    return outcome;
  }

  /// Real time is spent waiting: more sandboxes than processors do not disturb each other.
  std::size_t jobs() const {
    if (settings_.jobs > 0) return settings_.jobs;
    constexpr std::size_t kSandboxesEach = 4;
    const std::size_t processors = std::max(1u, std::thread::hardware_concurrency());
    return settings_.live ? processors * kSandboxesEach : processors;
  }

  void tell(const std::string& text) const {
    std::fputs(text.c_str(), people_);
    std::fflush(people_);
  }

  void take(Outcome outcome) {
    if (settings_.hash)
      tell(fmt::format("{}  {}\n", report::hash_text(outcome.trace_hash), outcome.file));
    else
      tell(text_of(outcome));
    outcome.story.clear();
    outcomes_.push_back(std::move(outcome));
  }

  std::string text_of(const Outcome& outcome) const {
    std::string out;
    if (settings_.verbose)
      for (const std::string& warning : outcome.warnings) out += warning;
    if (!outcome.story.empty())
      out += paint_.bold(outcome.name) + "  " + paint_.dim(outcome.file) + "\n\n" + outcome.story +
             "\n";
    return out + report::outcome_text(outcome, paint_) + (outcome.story.empty() ? "" : "\n");
  }

  const RunSettings& settings_;
  report::Paint paint_ = report::Paint::for_output();
  std::FILE* people_ = stdout;
  std::vector<Outcome> outcomes_;
};

void add_options(CLI::App& command, RunSettings& settings) {
  command.add_option("PATHS", settings.paths, "Scenario files, and folders with *.yaml below")
      ->capture_default_str();
  command.add_option("-s,--seed", settings.seed, "Instead of each scenario's own")->type_name("N");
  command
      .add_option("-j,--jobs", settings.jobs,
                  "So many at a time; else one for each processor, and four with --live")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  command.add_option("-k,--filter", settings.filter, "Only those with TEXT in the path or name")
      ->type_name("TEXT");
  command.add_flag("-v,--verbose", settings.verbose, "Every event as a line: time, host, what");
  command.add_flag("-m,--monitor", settings.monitor,
                   "The rows of smtpctl monitor of all hosts side by side");
  command.add_flag("-q,--queue", settings.queue, "show queue of every host after each step");
  command.add_option("--json", settings.json, "A report for programs; - is standard output")
      ->type_name("FILE");
  command.add_option("--junit", settings.junit, "A report for CI; - is standard output")
      ->type_name("FILE");
  command.add_flag("--live", settings.live,
                   "On real wires: real programs in network namespaces, in real time");
  command.add_option("--pcap", settings.pcap, "The packets of one run, for Wireshark and tshark")
      ->type_name("FILE");
  command
      .add_option("--keylog", settings.key_log,
                  "The secrets of one run's TLS connections, to decrypt them with")
      ->type_name("FILE");
  command.add_flag("--hash", settings.hash, "Only HASH  FILE: all that happened, in one word");
  command.add_flag("--twice", settings.twice,
                   "Each a second time, in another process, time zone and environment: the same "
                   "must happen");
  command
      .add_option("--longest", settings.longest,
                  "With --live: a story that takes longer is skipped")
      ->type_name("TIME")
      ->capture_default_str()
      ->check(CLI::Validator(
          [](const std::string& text) {
            return scenario::parse_duration(text) ? std::string() : text + " is not a time like 5m";
          },
          ""))
      ->needs("--live");
  for (const char* other : {"--seed", "--hash", "--twice"})  // of virtual time
    command.get_option("--live")->excludes(command.get_option(other));
}

int run(const RunSettings& settings) {
  if (settings.live)
    if (int code = need_sandbox(); code != 0) return code;
  return Run(settings).run();
}

}  // namespace

void add_run(CLI::App& app, Exit& exit) {
  auto settings = std::make_shared<RunSettings>();
  CLI::App* command = app.add_subcommand("run", "Play scenarios and check what they promise");
  add_options(*command, *settings);
  command->footer(
      std::string("Examples:\n"
                  "  mxlab run\n"
                  "  mxlab run scenarios/blog --monitor\n"
                  "  mxlab run scenarios/down/refused.yaml --seed 7 --verbose\n"
                  "  mxlab run --live scenarios/blog --jobs 8\n"
                  "  mxlab run scenarios/blog/experiment-2.yaml --pcap run.pcap --keylog run.keys\n"
                  "  mxlab run --junit report.xml --json report.json\n\n") +
      kExitCodes);
  command->callback([settings, &exit] { exit.code = run(*settings); });
}

}  // namespace mxlab::cli
