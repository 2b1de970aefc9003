#include "sim/sweep/world.hpp"

#include <fmt/format.h>
#include <fstream>
#include <sstream>

#include "sim/judge/times.hpp"
#include "sim/run/lab_runner.hpp"
#include "sim/run/load.hpp"
#include "sim/scenario/values.hpp"
#include "sim/sweep/cast.hpp"
#include "sim/sweep/plot.hpp"
#include "sim/sweep/sometimes.hpp"

namespace mxlab::sim {
namespace {

/// Apart from the streams that the simulation of the same seed draws from.
enum Stream : std::uint64_t { kCast = 0x5eed01, kSettings, kPlot };

std::string all_of(const std::vector<scenario::Diagnostic>& diagnostics) {
  std::string text;
  for (const auto& diagnostic : diagnostics) text += scenario::format(diagnostic);
  return text;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) throw WrongFile(path + ": cannot be read\n");
  return text.str();
}

std::string sentence(const Failure& failure) {
  const auto& [place, host, what, expected, actual] = failure.broken;
  return fmt::format("line {}: {}{}: expected {}, is {}, at {}", place.line,
                     host.empty() ? "" : host + ": ", what, expected, actual,
                     seconds_text(failure.at));
}

}  // namespace

std::string draw_world(const Swarm& swarm, std::uint64_t seed) {
  Chance casting(seed, kCast), settings(seed, kSettings), plotting(seed, kPlot);
  const Cast cast = draw_cast(swarm, casting);
  std::string text = fmt::format("name: World {}\n", seed);
  text += fmt::format("explain: Drawn from seed {} of \"{}\".\n", seed, swarm.name);
  text += fmt::format("seed: {}\n\n", seed);
  text += cast_text(cast, swarm, settings);
  text += network_text(swarm, settings);
  text += plot_text(cast, swarm, plotting);
  text +=
      fmt::format("\nheal: within {}\njudge: invariants\n", scenario::to_text(swarm.heal_within));
  return text;
}

std::optional<Seeds> parse_seeds(std::string_view text) {
  const std::size_t dots = text.find("..");
  const auto first = scenario::parse_number(text.substr(0, dots));
  const auto last =
      dots == std::string_view::npos ? first : scenario::parse_number(text.substr(dots + 2));
  if (!first || !last || *first > *last) return std::nullopt;
  return Seeds{*first, *last};
}

Source::Source(const std::string& file) : file_(file), text_(read_file(file)) {
  if (!sim::is_swarm(text_)) {
    Loaded loaded = load_scenario(file);
    if (!loaded.scenario) throw WrongFile(fmt::format("{}", fmt::join(loaded.errors, "")));
    scenario_ = std::move(loaded.scenario);
    return;
  }
  SwarmResult parsed = parse_swarm(file, text_);
  if (!parsed.swarm) throw WrongFile(all_of(parsed.diagnostics));
  swarm_ = std::move(parsed.swarm);
}

std::vector<std::string> Source::sometimes() const {
  return swarm_ ? swarm_->sometimes : std::vector<std::string>();
}

std::string Source::text(std::uint64_t seed) const {
  return swarm_ ? draw_world(*swarm_, seed) : text_;
}

scenario::Scenario Source::scenario(std::uint64_t seed) const {
  if (scenario_) return *scenario_;
  auto parsed = scenario::parse(fmt::format("world-{}.yaml", seed), text(seed));
  if (!parsed.scenario) throw WrongFile(all_of(parsed.diagnostics));
  return std::move(*parsed.scenario);
}

WorldReport play_world(const scenario::Scenario& scenario, std::uint64_t seed) {
  LabRunner runner(scenario, {seed, std::nullopt, true});
  Sometimes sometimes(runner.lab());
  const RunResult result = runner.run();
  WorldReport report;
  report.seed = seed;
  report.trace_hash = result.trace_hash;
  report.events = result.trace_events;
  report.virtual_seconds = std::chrono::floor<std::chrono::seconds>(runner.lab().elapsed()).count();
  report.seen = sometimes.seen();
  for (const Failure& failure : result.failures) report.broken.push_back(sentence(failure));
  report.broken.insert(report.broken.end(), result.invariants.begin(), result.invariants.end());
  return report;
}

}  // namespace mxlab::sim
