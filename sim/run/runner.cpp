#include "sim/run/runner.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "sim/judge/times.hpp"
#include "sim/run/actions.hpp"

namespace mxlab::sim {
namespace {
using namespace std::chrono_literals;

constexpr std::size_t kRecent = 20;
constexpr std::size_t kMostFailures = 50;

/// What people look at when something went wrong.
bool worth_remembering(EventKind kind) {
  switch (kind) {
    case EventKind::kBoot:
    case EventKind::kCrash:
    case EventKind::kKill:
    case EventKind::kStop:
    case EventKind::kFault:
    case EventKind::kNote:
    case EventKind::kConnected:
    case EventKind::kConnectFailed:
    case EventKind::kAccepted:
    case EventKind::kReset:
    case EventKind::kLog:
    case EventKind::kSent:
    case EventKind::kReceived:
      return true;
    default:
      return false;
  }
}

}  // namespace

Runner::Runner(Stage& stage, RunOptions options)
    : stage_(stage),
      scenario_(stage.scenario()),
      options_(options),
      invariants_(stage),
      never_broken_(scenario_.never.size()),
      always_broken_(scenario_.always.size()) {
  if (scenario_.invariants_only) options_.judge_expectations = false;
  stage_.trace().keep(Keep::kNothing);
  stage_.trace().on_event([this](const Event& event) { remember(event); });
  stage_.after_step([this] { watch_always(); });
}

void Runner::remember(const Event& event) {
  if (!worth_remembering(event.kind) || !result_.failures.empty()) return;
  if (recent_.size() == kRecent) recent_.pop_front();
  recent_.push_back(event);
}

RunResult Runner::run() {
  result_.seed = stage_.seed();
  tell_story();
  in_story_ = false;
  result_.story = stage_.elapsed();
  result_.last_events.assign(recent_.begin(), recent_.end());
  if (options_.until) go_on_until(end_of_story());
  if (on_story_end) on_story_end();
  // The healing starts again what has died: whatever the scenario said of that must be said now.
  if (options_.judge_expectations) invariants_.check_relays();
  if (!options_.until) {
    heal();
    invariants_.audit();
  }
  invariants_.check_relays();
  result_.invariants = invariants_.broken();
  result_.trace_hash = stage_.trace().hash();
  result_.trace_events = stage_.trace().size();
  result_.network_events = stage_.network_events();
  return result_;
}

// --- the story -----------------------------------------------------------------------------------

TimePoint Runner::end_of_story() const {
  return options_.until ? stage_.start() + *options_.until : TimePoint::max();
}

void Runner::tell_story() {
  for (const auto& step : scenario_.steps) {
    if (stage_.now() >= end_of_story()) return;
    if (play(step) && on_step) on_step(step, stage_.elapsed());
  }
}

/// False when the story ends before the step.
bool Runner::play(const scenario::Step& step) {
  if (!wait_for_start(step)) return false;
  moments_.push_back({stage_.now(), step.name});
  for (const auto& action : step.actions)
    act(stage_, action, [this](Broken broken) { fail(std::move(broken)); });
  check(step);
  return true;
}

/// False when the story ends before the step.
bool Runner::wait_for_start(const scenario::Step& step) {
  const TimePoint before = moments_.empty() ? stage_.start() : stage_.now();
  if (!step.when.empty()) {
    const TimePoint limit = before + stage_.patience(step.when_within);
    auto holds = [&] { return judge_all(step.when, {stage_.now(), before}).empty(); };
    if (advance_until(limit, holds)) return true;
    if (limit > end_of_story()) return false;
    for (Broken& broken : judge_all(step.when, {stage_.now(), before})) {
      broken.what = "when: " + broken.what;
      fail(std::move(broken));
    }
    return false;
  }
  TimePoint at = before + step.after.value_or(0s);
  if (step.at) at = stage_.start() + *step.at;
  stage_.run_until(std::min(at, end_of_story()));
  return at <= end_of_story();
}

// --- expectations --------------------------------------------------------------------------------

TimePoint Runner::since_of(const scenario::Step& step) const {
  if (!step.since.empty())
    for (const Moment& moment : moments_)
      if (moment.name == step.since) return moment.at - 1ns;
  // The state just before the step before: what its actions have changed counts.
  return moments_.size() > 1 ? moments_[moments_.size() - 2].at - 1ns : stage_.start();
}

std::vector<Broken> Runner::judge_all(const std::vector<scenario::HostExpectation>& expectations,
                                      Instants instants) {
  std::vector<Broken> broken;
  for (const auto& expectation : expectations) {
    const HostNumber host = stage_.number_of(expectation.host);
    const auto mail = stage_.mail_of(host);
    View view{stage_.chronicle.host(host), stage_.start(), instants.now, instants.since, {}, mail,
              stage_.tolerance()};
    if (asks_for_rows(expectation)) view.rows = stage_.rows_of(host);
    for (Broken& one : judge(expectation, view)) broken.push_back(std::move(one));
  }
  return broken;
}

void Runner::check(const scenario::Step& step) {
  if (step.expect.empty() || !options_.judge_expectations) return;
  const TimePoint since = since_of(step), begin = stage_.now();
  ++result_.checked;
  std::vector<Broken> broken;
  auto holds = [&] {
    // What shall hold at once may come late, and is still about that instant.
    broken = judge_all(step.expect, {step.within || step.stays ? stage_.now() : begin, since});
    return broken.empty();
  };
  const TimePoint limit = begin + stage_.patience(step.within.value_or(0s)) + stage_.tolerance();
  if (limit > begin)
    advance_until(limit, holds);
  else
    holds();
  if (limit > end_of_story()) return;  // there was still time
  if (broken.empty() && step.stays)
    advance_until(stage_.now() + *step.stays, [&] { return !holds(); });
  for (Broken& one : broken) fail(std::move(one));
}

/// Goes on until the condition holds. It is asked again whenever something has happened that a
/// condition can see.
bool Runner::advance_until(TimePoint limit, const std::function<bool()>& condition) {
  limit = std::min(limit, end_of_story());
  for (;;) {
    const std::uint64_t version = stage_.chronicle.version();
    if (condition()) return true;
    // To ask a real relay is itself an event that it tells of, and would keep us asking for ever.
    if (stage_.now() > limit) return false;
    while (stage_.chronicle.version() == version)
      if (!stage_.step(limit)) return condition();
  }
}

void Runner::fail(Broken broken) {
  if (options_.judge_expectations && result_.failures.size() < kMostFailures)
    result_.failures.push_back({std::move(broken), stage_.elapsed()});
}

// --- always and never ----------------------------------------------------------------------------

void Runner::watch_always() {
  if (!in_story_ || !options_.judge_expectations) return;
  if (stage_.chronicle.version() == watched_version_) return;
  watched_version_ = stage_.chronicle.version();
  for (std::size_t i = 0; i < scenario_.never.size(); ++i)
    if (!never_broken_[i] && never_count(scenario_.never[i].first) > 0) {
      never_broken_[i] = true;
      watch_never(scenario_.never[i].first, scenario_.never[i].second);
    }
  for (std::size_t i = 0; i < scenario_.always.size(); ++i) {
    if (always_broken_[i]) continue;
    for (Broken& broken : judge_all({scenario_.always[i]}, {stage_.now(), stage_.start()})) {
      always_broken_[i] = true;
      broken.what = "always: " + broken.what;
      fail(std::move(broken));
    }
  }
}

std::int64_t Runner::never_count(scenario::Never what) const {
  std::int64_t count = 0;
  for (std::uint32_t i = 0; i < scenario_.hosts.size(); ++i) {
    const Digest& digest = stage_.chronicle.host(i).digest();
    switch (what) {
      case scenario::Never::kBounce:
        count += digest.bounced;
        break;
      case scenario::Never::kExpire:
        count += digest.expired;
        break;
      case scenario::Never::kLoop:
        count += digest.loop;
        break;
      case scenario::Never::kTemporaryFailure:
        count += digest.temporary;
        break;
      case scenario::Never::kDeliveredTwice:
        break;
    }
  }
  return what == scenario::Never::kDeliveredTwice ? stage_.copies_too_many() : count;
}

void Runner::watch_never(scenario::Never what, const scenario::Place& place) {
  static constexpr std::array<const char*, 5> kWords{"bounce", "expire", "delivered twice", "loop",
                                                     "temporary failure"};
  const std::string word = kWords.at(static_cast<std::size_t>(what));
  fail(
      {place, "", "never: " + word, "never", fmt::format("at {}", seconds_text(stage_.elapsed()))});
}

// --- the end -------------------------------------------------------------------------------------

/// The instant that is asked for may lie behind the story, in the healing.
void Runner::go_on_until(TimePoint end) {
  if (stage_.now() >= end) return;
  if (scenario_.heal) stage_.heal_everything();
  stage_.run_until(end);
}

/// All faults end. Whatever can arrive must arrive now; the rest must come to an end.
void Runner::heal() {
  // Where the power went at a moment of its own, the story's end is not the scenario's.
  if (!scenario_.heal && options_.judge_expectations) return;
  stage_.heal_everything();
  const Duration patience = stage_.patience(scenario_.heal_within);
  const TimePoint limit = stage_.now() + patience;
  if (advance_until(limit, [this] { return stage_.drained(); })) return;
  invariants_.add(fmt::format("a queue has not drained {} after everything was healed",
                              seconds_text(patience)));
}

}  // namespace mxlab::sim
