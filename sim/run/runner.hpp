// runner.hpp - plays a scenario: its story step by step, then the healing, then the verdict.
#pragma once
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/judge/expectations.hpp"
#include "sim/run/invariants.hpp"
#include "sim/run/stage.hpp"

namespace mxlab::sim {

struct RunOptions {
  std::optional<std::uint64_t> seed;  // instead of the scenario's own (simulated)
  std::optional<Duration> until;      // the story, or its healing, ends here (replay --until)
  bool judge_expectations = true;     // false: only the invariants count (points)
};

/// A promise of the scenario that was broken, and when.
struct Failure {
  Broken broken;
  Duration at{};
};

struct RunResult {
  std::vector<Failure> failures;        // of the scenario's expectations
  std::vector<std::string> invariants;  // of every run
  std::size_t checked = 0;              // promises that were looked at
  std::uint64_t seed = 0, trace_hash = 0, trace_events = 0, network_events = 0;
  Duration story{};                // the scenario's time, without the healing
  std::vector<Event> last_events;  // before the first failure, or the end
  bool passed() const { return failures.empty() && invariants.empty(); }
};

class Runner {
 public:
  /// The stage, and the scenario on it, outlive the runner.
  Runner(Stage& stage, RunOptions options);

  RunResult run();
  /// From now on the story is not the scenario's any more (points): only the invariants count.
  void judge_invariants_only() { options_.judge_expectations = false; }
  /// Called at the end of the story, before anything is healed.
  std::function<void()> on_story_end;
  /// Called after each step of the story.
  std::function<void(const scenario::Step&, Duration at)> on_step;

 private:
  struct Moment {
    TimePoint at{};
    std::string name;
  };

  void tell_story();
  bool play(const scenario::Step& step);
  bool wait_for_start(const scenario::Step& step);
  void check(const scenario::Step& step);
  struct Instants {
    TimePoint now, since;  // as in View
  };
  std::vector<Broken> judge_all(const std::vector<scenario::HostExpectation>& expectations,
                                Instants instants);
  bool advance_until(TimePoint limit, const std::function<bool()>& condition);
  void watch_always();
  void watch_never(scenario::Never what, const scenario::Place& place);
  std::int64_t never_count(scenario::Never what) const;
  void go_on_until(TimePoint end);
  void heal();
  void fail(Broken broken);
  void remember(const Event& event);
  TimePoint since_of(const scenario::Step& step) const;
  TimePoint end_of_story() const;

  Stage& stage_;
  const scenario::Scenario& scenario_;
  RunOptions options_;
  Invariants invariants_;
  RunResult result_;
  std::vector<Moment> moments_;  // the steps so far
  std::deque<Event> recent_;
  std::uint64_t watched_version_ = 0;
  std::vector<bool> never_broken_;
  std::vector<bool> always_broken_;
  bool in_story_ = true;
};

}  // namespace mxlab::sim
