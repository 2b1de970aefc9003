// points.cpp - mxlab points: a power cut at every moment of every relay, every disk call failing
// once; nothing acknowledged may be lost.
#include "sim/run/points.hpp"

#include <chrono>
#include <fmt/format.h>
#include <sys/wait.h>
#include <thread>

#include "sim/cli/commands.hpp"
#include "sim/report/outcome.hpp"
#include "sim/report/paint.hpp"
#include "sim/report/pipe.hpp"
#include "sim/run/load.hpp"

namespace mxlab::cli {
namespace {
using report::Verdict;

constexpr std::size_t kMostLosses = 10;

struct PointsSettings {
  std::vector<std::string> paths{"scenarios"};
  std::string at;
  sim::PointsOptions options{.jobs = std::max(1u, std::thread::hardware_concurrency())};
};

/// What became of one file; the same numbers are the exit codes of the process that tried it.
enum Tried { kHeld = 0, kLost = 1, kWrong = 2, kNoMoments = 5 };

/// The command that shows a loss again.
std::string again_text(const std::string& file, const sim::Point& point,
                       const PointsSettings& settings) {
  const auto& seed = settings.options.seed;
  return fmt::format("mxlab points {} --at {}{}", file, sim::to_string(point),
                     seed ? fmt::format(" --seed {}", *seed) : "");
}

std::string losses_text(const std::string& file, const sim::PointsResult& result,
                        const PointsSettings& settings) {
  const auto paint = report::Paint::for_output();
  std::string out;
  for (const auto& loss : result.losses) {
    if (&loss - result.losses.data() == kMostLosses) break;
    out += fmt::format("\n    {}: {}\n    {} {}\n", paint.red(sim::to_string(loss.point)),
                       loss.sentence, paint.bold("Again:"), again_text(file, loss.point, settings));
  }
  if (result.losses.size() > kMostLosses)
    out += fmt::format("\n    {} and at more moments\n", paint.dots());
  return out;
}

Tried try_file(const std::string& file, const PointsSettings& settings) {
  const auto paint = report::Paint::for_output();
  const sim::Loaded loaded = sim::load_scenario(file);
  if (!loaded.scenario) {
    for (const std::string& error : loaded.errors) print(error + "\n");
    print(fmt::format("{} {} the scenario is wrong\n", paint.failed(), file));
    return kWrong;
  }
  const auto begin = std::chrono::steady_clock::now();
  const sim::PointsResult result = sim::run_points(*loaded.scenario, settings.options);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  if (result.total() == 0) {
    print(fmt::format("- {:<46} no such moment: no relay takes part\n", file));
    return kNoMoments;
  }
  print(fmt::format("{} {:<46} {} steps, {} disk calls, {} failing calls: {} in {:.1f} s\n",
                    result.bad == 0 ? paint.passed() : paint.failed(), file, result.steps,
                    result.disk_calls, result.disk_errors,
                    result.bad == 0 ? "nothing lost" : fmt::format("{} losses", result.bad),
                    took.count()));
  print(losses_text(file, result, settings));
  return result.bad == 0 ? kHeld : kLost;
}

/// In a process of its own, since a simulation leaves traces in the process that it ran in.
int try_in_process(const std::string& file, const PointsSettings& settings) {
  report::Child child = report::fork_child([&](int) {
    try {
      std::exit(try_file(file, settings));
    } catch (const std::exception& error) {
      fmt::print(stderr, "mxlab: {}: {}\n", file, error.what());
      std::exit(kLabFailed);
    }
  });
  while (report::listen_to(child)) {
  }
  const int status = report::wait_for_end(child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : kLabFailed;
}

int points(PointsSettings& settings) {
  if (!settings.at.empty()) settings.options.only = sim::parse_point(settings.at);
  std::vector<int> codes;
  for (const std::string& file : sim::find_scenarios(settings.paths))
    codes.push_back(try_in_process(file, settings));
  for (const int code : {kLabFailed, int{kWrong}, int{kLost}, int{kHeld}})
    if (std::find(codes.begin(), codes.end(), code) != codes.end()) return code;
  print("Nothing was tested.\n");
  return report::kNothingTested;
}

/// For CLI11: an empty text when it is a moment.
std::string not_a_moment(const std::string& text) {
  return sim::parse_point(text)
             ? ""
             : "write KIND:NUMBER, as in step:17 or EIO:3@mx2.example.org; kinds are step, disk, "
               "EIO, ENOSPC, kill (kill:23+4)";
}

}  // namespace

void add_points(CLI::App& app, Exit& exit) {
  auto settings = std::make_shared<PointsSettings>();
  CLI::App* command = app.add_subcommand(
      "points", "Cut the power at every moment, fail every disk call once: nothing may be lost");
  command->add_option("PATHS", settings->paths, "Scenario files, and folders with *.yaml below")
      ->capture_default_str();
  command->add_option("-j,--jobs", settings->options.jobs, "So many at a time")
      ->type_name("N")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  command->add_option("--at", settings->at, "Only this moment: KIND:NUMBER or KIND:NUMBER@HOST")
      ->type_name("MOMENT")
      ->check(CLI::Validator(not_a_moment, ""));
  command->add_option("--every", settings->options.every, "Only every Nth moment")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command->add_option("-s,--seed", settings->options.seed, "Instead of each scenario's own")
      ->type_name("N");
  command->footer(std::string("Examples:\n"
                              "  mxlab points scenarios/restart\n"
                              "  mxlab points scenarios/down/refused.yaml --at step:17\n\n") +
                  kExitCodes);
  command->callback([settings, &exit] { exit.code = points(*settings); });
}

}  // namespace mxlab::cli
