// sweep.cpp - mxlab sweep: worlds drawn by chance, thousands of them, and what broke in them.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <thread>
#include <unistd.h>

#include "sim/cli/commands.hpp"
#include "sim/cli/twice.hpp"
#include "sim/report/outcome.hpp"
#include "sim/run/load.hpp"
#include "sim/scenario/values.hpp"
#include "sim/sweep/campaign.hpp"
#include "sim/sweep/record.hpp"
#include "sim/sweep/summary.hpp"

namespace mxlab::cli {
namespace {
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

struct SweepSettings {
  std::vector<std::string> paths{"sweeps"};
  std::string seeds = "1..1000", time, results, keep, shard;
  std::optional<std::uint64_t> show;
  std::uint64_t twice_every = 100;
  std::size_t jobs = std::max(1u, std::thread::hardware_concurrency());
};

/// Beside the table, how far it has come, where somebody looks on.
class Progress {
 public:
  void show(const sim::Tally& tally) {
    if (!terminal_ || Clock::now() < next_) return;
    next_ = Clock::now() + std::chrono::seconds(1);
    const std::chrono::duration<double> so_far = Clock::now() - begin_;
    fmt::print(stderr, "\r{} worlds, {:.0f} a second, {} broken ", tally.worlds(),
               static_cast<double>(tally.worlds()) / so_far.count(), tally.failed());
  }
  ~Progress() {
    if (terminal_) fmt::print(stderr, "\r{:60}\r", "");
  }

 private:
  const bool terminal_ = isatty(STDERR_FILENO) == 1;
  const Clock::time_point begin_ = Clock::now();
  Clock::time_point next_ = begin_;
};

class Sweep {
 public:
  Sweep(const std::string& file, const SweepSettings& settings, sim::Shard shard)
      : source_(file), settings_(settings) {
    options_.seeds = sim::parse_seeds(settings.seeds).value();
    options_.shard = shard;
    options_.jobs = settings.jobs;
    if (!settings.time.empty()) options_.time = scenario::parse_duration(settings.time).value();
    open_results();
  }

  int run() {
    const auto begin = Clock::now();
    {
      Progress progress;
      sim::run_campaign(source_, options_, [&](const sim::WorldReport& report) {
        take(report);
        progress.show(tally_);
      });
    }
    const std::chrono::duration<double> took = Clock::now() - begin;
    const sim::Campaigned campaign{source_.file(), source_.name(), source_.sometimes(),
                                   is_whole(),     took.count(),   {}};
    print(sim::summary_text(campaign, tally_, report::Paint::for_output()));
    for (const std::string& error : errors_) print("\n" + error);
    if (!results_path_.empty()) close_results();
    return code(campaign);
  }

 private:
  void open_results() {
    if (settings_.results.empty()) return;
    results_path_ = settings_.results;
    results_.open(results_path_, std::ios::trunc);
    if (!results_) throw std::runtime_error(results_path_ + ": cannot be written");
    results_ << sim::to_line(sim::Head{source_.file(), source_.name(), source_.sometimes()})
             << "\n";
  }

  void close_results() {
    results_.close();
    if (!results_) throw std::runtime_error(results_path_ + ": cannot be written to its end");
  }

  void take(const sim::WorldReport& report) {
    tally_.add(report);
    if (results_.is_open()) results_ << sim::to_line(report) << "\n";
    if (!report.passed() && !settings_.keep.empty()) keep(report);
    if (settings_.twice_every > 0 && report.seed % settings_.twice_every == 0) play_again(report);
  }

  /// The failing world as a scenario, ready for mxlab run and mxlab minimise.
  void keep(const sim::WorldReport& report) {
    fs::create_directories(settings_.keep);
    const fs::path path = fs::path(settings_.keep) / fmt::format("world-{}.yaml", report.seed);
    std::ofstream(path) << source_.text(report.seed);
  }

  /// In another process, time zone and environment the same must happen.
  void play_again(const sim::WorldReport& report) {
    report::Outcome outcome;
    outcome.verdict = report.passed() ? report::Verdict::kPassed : report::Verdict::kFailed;
    outcome.seed = report.seed;
    outcome.trace_hash = report.trace_hash;
    const fs::path path =
        fs::temp_directory_path() / fmt::format("mxlab-{}-world.yaml", ::getpid());
    outcome.file = source_.is_swarm() ? path.string() : source_.file();
    if (source_.is_swarm()) std::ofstream(path) << source_.text(report.seed);
    run_again(outcome);
    fs::remove(path);
    ++again_;
    if (outcome.verdict == report::Verdict::kNotDeterministic)
      for (const std::string& error : outcome.errors)
        errors_.push_back(fmt::format("seed {}: {}", report.seed, error));
  }

  bool is_whole() const {
    return options_.shard.count == 1 &&
           tally_.worlds() == options_.seeds.last - options_.seeds.first + 1;
  }

  int code(const sim::Campaigned& campaign) const {
    if (tally_.worlds() == 0) return report::kNothingTested;
    if (!errors_.empty()) return report::exit_code(report::Verdict::kNotDeterministic);
    const bool well = tally_.failed() == 0 && sim::missing(campaign, tally_).empty();
    return report::exit_code(well ? report::Verdict::kPassed : report::Verdict::kFailed);
  }

  sim::Source source_;
  const SweepSettings& settings_;
  sim::CampaignOptions options_;
  sim::Tally tally_;
  std::string results_path_;
  std::ofstream results_;
  std::uint64_t again_ = 0;
  std::vector<std::string> errors_;  // worlds that were not the same the second time
};

sim::Shard shard_for(const SweepSettings& settings) {
  if (!settings.shard.empty()) return sim::parse_shard(settings.shard).value();
  const sim::ShardResult told = sim::shard_of([](const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  });
  if (!told.error.empty()) throw std::runtime_error(told.error);
  if (told.shard)
    fmt::print(stderr, "Part {} of {}, as {} says.\n", told.shard->index, told.shard->count,
               told.from);
  return told.shard.value_or(sim::Shard{});
}

int sweep(const SweepSettings& settings) try {
  const auto files = sim::find_scenarios(settings.paths);
  if (settings.show) {
    for (const std::string& file : files) print(sim::Source(file).text(*settings.show));
    return 0;
  }
  if (!settings.results.empty() && files.size() != 1)
    throw std::runtime_error("--results takes the worlds of one file");
  const sim::Shard shard = shard_for(settings);
  int code = files.empty() ? report::kNothingTested : 0;
  for (const std::string& file : files) code = std::max(code, Sweep(file, settings, shard).run());
  return code;
} catch (const sim::WrongFile& error) {
  return tell_wrong({error.what()});
}

template <class Parse>
CLI::Validator reads(Parse parse, const char* hint) {
  return CLI::Validator(
      [parse, hint](const std::string& text) {
        return parse(text) ? std::string() : fmt::format("\"{}\": write {}", text, hint);
      },
      "");
}

}  // namespace

void add_sweep(CLI::App& app, Exit& exit) {
  auto settings = std::make_shared<SweepSettings>();
  CLI::App* command = app.add_subcommand(
      "sweep", "Draw thousands of worlds by chance, and look for what breaks in them");
  command
      ->add_option(
          "PATHS", settings->paths,
          "Files that say what worlds are made of, scenarios to be played with every seed, "
          "and folders of either")
      ->capture_default_str();
  command->add_option("-s,--seeds", settings->seeds, "Which worlds: 17 or 1..100000")
      ->type_name("A..B")
      ->capture_default_str()
      ->check(reads(sim::parse_seeds, "a seed or a range such as 1..100000"));
  command->add_option("-j,--jobs", settings->jobs, "So many at a time; else one for each processor")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  command->add_option("-t,--time", settings->time, "No world is begun after so long (real time)")
      ->type_name("TIME")
      ->check(reads(scenario::parse_duration, "a time such as 90s or 10m"));
  command
      ->add_option("--shard", settings->shard,
                   "Only this part of the worlds, as in 3/8; Slurm, GitLab, Kubernetes and GNU "
                   "parallel tell it by their variables")
      ->type_name("I/N")
      ->check(reads(sim::parse_shard, "a part such as 3/8"));
  command
      ->add_option("--results", settings->results, "A line of JSON for each world, for mxlab merge")
      ->type_name("FILE");
  command->add_option("--keep", settings->keep, "Failing worlds are written there as scenarios")
      ->type_name("FOLDER");
  command
      ->add_option("--twice", settings->twice_every,
                   "Every N-th world a second time, in another process, time zone and environment: "
                   "the same must happen; 0: none")
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--show", settings->show, "Only print the world of this seed as a scenario")
      ->type_name("SEED");
  command->footer(
      std::string("Examples:\n"
                  "  mxlab sweep --seeds 1..10000\n"
                  "  mxlab sweep scenarios/restart --seeds 1..200 --time 1m\n"
                  "  mxlab sweep sweeps/backup.yaml --show 17 > world-17.yaml\n"
                  "  mxlab sweep sweeps/backup.yaml --shard 3/8 --results part-3.jsonl\n\n") +
      kExitCodes);
  command->callback([settings, &exit] { exit.code = sweep(*settings); });
}

}  // namespace mxlab::cli
