#include "sim/report/play.hpp"

#include <chrono>
#include <fmt/format.h>

#include "sim/judge/times.hpp"
#include "sim/report/event_text.hpp"
#include "sim/report/key_log.hpp"
#include "sim/report/monitor.hpp"
#include "sim/report/pcap.hpp"
#include "sim/report/story.hpp"
#include "sim/run/lab.hpp"
#include "sim/run/load.hpp"
#include "sim/run/runner.hpp"

namespace mxlab::report {
namespace {

/// One run of a scenario, with its readers.
class Play {
 public:
  Play(sim::Stage& stage, const PlayOptions& options)
      : stage_(stage),
        scenario_(stage.scenario()),
        options_(options),
        runner_(stage, {options.seed, options.until, true}),
        text_(names_of(stage.scenario()), stage.start(), options.paint) {}

  void run(Outcome& outcome) {
    watch(outcome);
    const auto begin = std::chrono::steady_clock::now();
    const sim::RunResult result = runner_.run();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    outcome.run_ms = took.count();
    describe(result, outcome);
    outcome.story = std::move(story_);
  }

 private:
  void watch(Outcome& outcome) {
    if (options_.trace)
      stage_.trace().on_event(
          [this](const sim::Event& event) { story_ += text_.line(event) + "\n"; });
    runner_.on_step = [this](const scenario::Step& step, world::Duration end) {
      after_step(step, end);
    };
    runner_.on_story_end = [this, &outcome] { after_story(outcome); };
  }

  void after_step(const scenario::Step& step, world::Duration end) {
    const world::Duration begin = times_.begin_of(step, end);
    for (std::string& line : step_lines(scenario_, step)) {
      if (options_.trace || options_.queue)
        story_ +=
            options_.paint.cyan(fmt::format("{:>12}  ** {}\n", sim::seconds_text(begin), line));
      marks_.push_back({begin, std::move(line)});
    }
    if (options_.queue) {
      story_ += fmt::format("{:>12}  show queue\n", sim::seconds_text(end));
      story_ += queues_text(stage_, options_.paint);
    }
  }

  void after_story(Outcome& outcome) {
    if (options_.on_story_end) options_.on_story_end();
    if (options_.monitor || options_.keep_monitor) add_monitors(outcome);
    if (options_.until) story_ += hosts_text(stage_, options_.paint);
    if (options_.trace && !options_.until)
      story_ += options_.paint.dim("       -- the story ends here; now everything is healed --\n");
  }

  void add_monitors(Outcome& outcome) {
    const auto hosts = monitored_hosts(stage_);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(stage_.elapsed()).count();
    const auto stretches = monitor_stretches(stage_, hosts, seconds);
    if (options_.monitor) story_ += monitor_table(hosts, stretches, marks_, options_.paint);
    if (!options_.keep_monitor) return;
    for (std::size_t i = 0; i < hosts.size(); ++i)
      for (const Stretch& stretch : stretches) {
        auto& rows = outcome.monitors[hosts[i].name];
        const std::vector<std::int64_t> row(stretch.rows[i].begin(), stretch.rows[i].end());
        if (!rows.empty() && rows.back().row == row)
          rows.back().times += stretch.times;
        else
          rows.push_back({stretch.second, stretch.times, row});
      }
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
    if (result.passed() && !options_.until) return;
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
        scenario::format({scenario_.file, place, fmt::format("{}, seen at {}", where, broken.at),
                          std::string(line_of(scenario_.text, place.line)), ""});
    return broken;
  }

  sim::Stage& stage_;
  const scenario::Scenario& scenario_;
  const PlayOptions& options_;
  sim::Runner runner_;
  EventText text_;
  StepTimes times_;
  std::vector<Mark> marks_;
  std::string story_;
};

// Those who write while the lab lives outlive it.
void play_simulated(const scenario::Scenario& scenario, const PlayOptions& options,
                    Outcome& outcome) {
  std::optional<KeyLog> secrets;
  std::optional<PacketCapture> capture;
  if (!options.key_log.empty()) secrets.emplace(options.key_log);
  {
    sim::Lab lab(scenario, options.seed.value_or(scenario.seed));
    if (!options.pcap.empty()) capture.emplace(options.pcap, lab.trace());
    play_on(lab, options, outcome);
  }
  if (capture) capture->finish();
  if (secrets) secrets->finish();
}

}  // namespace

void play_on(sim::Stage& stage, const PlayOptions& options, Outcome& outcome) {
  Play(stage, options).run(outcome);
}

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
    play_simulated(*loaded.scenario, options, outcome);
  } catch (const std::exception& error) {
    outcome.verdict = Verdict::kLabFailed;
    outcome.errors.push_back(fmt::format("the lab itself failed: {}", error.what()));
  }
  return outcome;
}

}  // namespace mxlab::report
