#include "sim/report/play.hpp"

#include <chrono>
#include <fmt/format.h>

#include "sim/judge/times.hpp"
#include "sim/report/event_text.hpp"
#include "sim/run/load.hpp"
#include "sim/run/runner.hpp"

namespace mxlab::report {
namespace {

std::string_view line_of(std::string_view text, int number) {
  for (; number > 1; --number) {
    const auto end = text.find('\n');
    if (end == text.npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

std::vector<std::string> names_of(const scenario::Scenario& scenario) {
  std::vector<std::string> names;
  for (const auto& host : scenario.hosts) names.push_back(host.name);
  names.push_back("dns");
  return names;
}

/// One run of a scenario, with its readers.
class Play {
 public:
  Play(const scenario::Scenario& scenario, const PlayOptions& options)
      : scenario_(scenario),
        options_(options),
        runner_(scenario, {options.seed, std::nullopt, true}),
        text_(names_of(scenario), runner_.lab().simulation.start(), options.paint) {}

  void run(Outcome& outcome) {
    watch();
    const auto begin = std::chrono::steady_clock::now();
    const sim::RunResult result = runner_.run();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    outcome.run_ms = took.count();
    describe(result, outcome);
    outcome.story = std::move(story_);
  }

 private:
  void watch() {
    if (!options_.trace) return;
    runner_.lab().simulation.trace().on_event(
        [this](const sim::Event& event) { story_ += text_.line(event) + "\n"; });
  }

  void describe(const sim::RunResult& result, Outcome& outcome) const {
    outcome.verdict = result.passed() ? Verdict::kPassed : Verdict::kFailed;
    outcome.checked = result.checked;
    outcome.invariants = result.invariants;
    outcome.seed = result.seed;
    outcome.trace_hash = result.trace_hash;
    outcome.trace_events = result.trace_events;
    outcome.network_events = result.network_events;
    outcome.virtual_seconds = std::chrono::duration<double>(result.story).count();
    for (const sim::Failure& failure : result.failures) outcome.failures.push_back(told(failure));
    if (result.passed()) return;
    for (const sim::Event& event : result.last_events)
      outcome.last_events.push_back(text_.line(event));
  }

  BrokenPromise told(const sim::Failure& failure) const {
    const auto& [place, host, what, expected, actual] = failure.broken;
    BrokenPromise broken{scenario_.file,
                         place.line,
                         place.column,
                         host,
                         what,
                         expected,
                         actual,
                         sim::seconds_text(failure.at),
                         {}};
    const std::string where = host.empty() ? what : host + ": " + what;
    broken.excerpt =
        scenario::format({scenario_.file, place, fmt::format("{}, at {}", where, broken.at),
                          std::string(line_of(scenario_.text, place.line)), ""});
    return broken;
  }

  const scenario::Scenario& scenario_;
  const PlayOptions& options_;
  sim::Runner runner_;
  EventText text_;
  std::string story_;
};

}  // namespace

Outcome play(const std::string& file, const PlayOptions& options) {
  Outcome outcome;
  outcome.file = file;
  sim::Loaded loaded = sim::load_scenario(file);
  outcome.errors = std::move(loaded.errors);
  outcome.warnings = std::move(loaded.warnings);
  if (!loaded.scenario) {
    outcome.verdict = Verdict::kWrong;
    return outcome;
  }
  outcome.name = loaded.scenario->name;
  outcome.group = loaded.scenario->group;
  try {
    Play(*loaded.scenario, options).run(outcome);
  } catch (const std::exception& error) {
    outcome.verdict = Verdict::kLabFailed;
    outcome.errors.push_back(fmt::format("the lab itself failed: {}", error.what()));
  }
  return outcome;
}

}  // namespace mxlab::report
