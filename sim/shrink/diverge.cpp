#include "sim/shrink/diverge.hpp"

#include <algorithm>
#include <deque>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/report/copy.hpp"
#include "sim/report/event_text.hpp"
#include "sim/run/fork_pool.hpp"
#include "sim/run/lab_runner.hpp"

namespace mxlab::shrink {
namespace {

constexpr std::uint64_t kMoments = 16;
constexpr std::uint64_t kMostSteps = 10'000'000;
constexpr std::size_t kEventsBefore = 12, kEventsAfter = 4;

/// Plays the scenario once, and makes copies of the world at some steps, in which chance decides
/// otherwise from then on.
class Branches {
 public:
  Branches(const scenario::Scenario& scenario, const DivergeOptions& options, const Failed& target)
      : scenario_(scenario), options_(options), target_(target) {}

  /// One share for each step, which must be in order. In a process of its own.
  std::vector<Share> count(const std::vector<std::uint64_t>& steps, std::uint64_t seed) {
    wanted_ = steps;
    const Finding finding = play_here(scenario_, seed, kMostSteps, [this](sim::Lab& lab) {
      lab.simulation.after_step([this, &lab] { after_step(lab); });
    });
    if (!is_copy_) return std::move(shares_);
    const bool fails = finding.find(target_) != nullptr;
    pool_->end(fails ? std::vector<std::string>{target_.kind} : std::vector<std::string>());
  }

 private:
  void after_step(sim::Lab& lab) {
    ++step_;
    if (is_copy_ || shares_.size() == wanted_.size() || wanted_[shares_.size()] != step_) return;
    pool_.emplace(options_.jobs);
    for (std::size_t sample = 1; sample <= options_.samples; ++sample)
      if (pool_->fork(std::to_string(sample))) {
        is_copy_ = true;
        lab.simulation.reseed(lab.simulation.seed() ^ sample << 32);
        return;
      }
    pool_->join();
    shares_.push_back({step_, lab.elapsed(), failing()});
  }

  std::size_t failing() const {
    const bool dies = target_.kind.starts_with("the process died");
    const auto& reports = pool_->reports();
    return static_cast<std::size_t>(
        std::count_if(reports.begin(), reports.end(), [&](const auto& report) {
          return report.line == target_.kind || (dies && report.line.starts_with("died"));
        }));
  }

  const scenario::Scenario& scenario_;
  const DivergeOptions& options_;
  const Failed& target_;
  std::vector<std::uint64_t> wanted_;
  std::vector<Share> shares_;
  std::optional<sim::ForkPool> pool_;  // of the present moment
  std::uint64_t step_ = 0;
  bool is_copy_ = false;
};

class Divergence {
 public:
  Divergence(const scenario::Scenario& scenario, const DivergeOptions& options)
      : scenario_(scenario), options_(options) {
    found_.seed = options.seed.value_or(scenario.seed);
  }

  Diverged run() {
    const Finding finding = Trials(scenario_.file, 1).play(scenario_.text, found_.seed);
    if (finding.failures.empty()) return std::move(found_);
    found_.failure = finding.failures.front();
    look_everywhere(finding.steps);
    look_closer(finding.steps);
    std::sort(found_.shares.begin(), found_.shares.end(),
              [](const Share& a, const Share& b) { return a.step < b.step; });
    if (found_.certain) found_.events = events_around(*found_.certain);
    return std::move(found_);
  }

 private:
  std::vector<Share> count(const std::vector<std::uint64_t>& steps) {
    const std::string told = report::in_a_copy([&] {
      auto json = nlohmann::json::array();
      for (const Share& share :
           Branches(scenario_, options_, *found_.failure).count(steps, found_.seed))
        json.push_back({share.step, share.at.count(), share.failing});
      return json.dump();
    });
    std::vector<Share> shares;
    for (const auto& share : nlohmann::json::parse(told))
      shares.push_back({share.at(0), world::Duration(share.at(1)), share.at(2)});
    return shares;
  }

  void look_everywhere(std::uint64_t last_step) {
    std::vector<std::uint64_t> steps;
    for (std::uint64_t i = 0; i < kMoments; ++i)
      if (const auto step = 1 + i * last_step / kMoments; steps.empty() || step > steps.back())
        steps.push_back(step);
    found_.shares = count(steps);
  }

  bool is_certain(const Share& share) const { return share.failing == options_.samples; }

  /// Between the last moment that left something to chance and the next one.
  void look_closer(std::uint64_t last_step) {
    const auto open = std::find_if(found_.shares.rbegin(), found_.shares.rend(),
                                   [this](const Share& share) { return !is_certain(share); });
    if (open == found_.shares.rend()) return;
    std::uint64_t chance = open->step;
    std::uint64_t certain = open == found_.shares.rbegin() ? last_step : std::prev(open)->step;
    while (certain - chance > 1) {
      const Share middle = count({chance + (certain - chance) / 2}).at(0);
      (is_certain(middle) ? certain : chance) = middle.step;
      found_.shares.push_back(middle);
    }
    found_.certain = certain;
  }

  std::vector<NearEvent> events_around(std::uint64_t moment) const {
    const std::string told = report::in_a_copy([&] { return told_events(moment); });
    std::vector<NearEvent> events;
    for (const auto& event : nlohmann::json::parse(told))
      events.push_back({event.at(0), event.at(1)});
    return events;
  }

  std::string told_events(std::uint64_t moment) const {
    std::deque<NearEvent> events;
    std::uint64_t step = 0;
    std::size_t later = 0;
    play_here(scenario_, found_.seed, kMostSteps, [&](sim::Lab& lab) {
      const report::EventText text(report::names_of(scenario_), lab.start(), {});
      lab.trace().on_event([&, text](const sim::Event& event) {
        const std::uint64_t now = step + 1;  // the step that is being made
        if (now > moment && later++ >= kEventsAfter) return;
        events.push_back({text.line(event), now == moment});
        if (now < moment && events.size() > kEventsBefore) events.pop_front();
      });
      lab.simulation.after_step([&] { ++step; });
    });
    auto json = nlohmann::json::array();
    for (const NearEvent& event : events) json.push_back({event.line, event.decides});
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }

  const scenario::Scenario& scenario_;
  const DivergeOptions& options_;
  Diverged found_;
};

}  // namespace

Diverged diverge(const scenario::Scenario& scenario, const DivergeOptions& options) {
  return Divergence(scenario, options).run();
}

}  // namespace mxlab::shrink
