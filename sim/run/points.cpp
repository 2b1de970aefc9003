#include "sim/run/points.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fmt/format.h>
#include <set>

#include "sim/run/fork_pool.hpp"
#include "sim/run/lab_runner.hpp"

namespace mxlab::sim {
namespace {
using namespace std::chrono_literals;

constexpr Duration kSupervisorDelay = 10s;  // until the relay is started again
constexpr int kMostRestarts = 20;           // then it is left alone, as systemd does
constexpr std::size_t kMostLosses = 100;
constexpr std::array<const char*, 5> kKindWords{"step", "disk", "EIO", "ENOSPC", "kill"};
// Of the next life, after a failed sync: opening the queue takes about as many.
constexpr std::uint64_t kCallsOfAnOpening = 20;
// After that many failed syncs only one of these calls is tried for each, every time another one.
constexpr std::uint64_t kThoroughSyncs = 16;
constexpr std::size_t kLongestNumber = 18;

std::optional<std::uint64_t> number_in(const std::string& text) {
  if (text.empty() || text.size() > kLongestNumber ||
      text.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  return std::stoull(text);
}

/// Plays one scenario and makes a copy of it at each moment.
class Moments {
 public:
  Moments(const scenario::Scenario& scenario, const PointsOptions& options)
      : options_(options),
        runner_(scenario, {options.seed, std::nullopt, true}),
        pool_(options.jobs) {
    for (auto& host : runner_.lab().hosts())
      if (host->spec.role == scenario::Role::kRelay) watch(*host);
    runner_.lab().simulation.after_step([this] { after_step(); });
    if (options.prepare) options.prepare(runner_.lab());
  }

  PointsResult run() {
    auto played = runner_.run();
    if (struck_ && options_.only) {
      for (const std::string& sentence : played.invariants)
        result_.losses.push_back({*options_.only, sentence});
      result_.bad = played.invariants.empty() ? 0 : 1;
      return std::move(result_);
    }
    if (struck_) pool_.end(played.invariants);
    pool_.join();
    result_.bad = pool_.bad();
    for (const auto& report : pool_.reports())
      if (result_.losses.size() < kMostLosses)
        result_.losses.push_back({parse_point(report.name).value_or(Point{}), report.line});
    return std::move(result_);
  }

 private:
  void watch(LabHost& host) {
    relays_.push_back(&host);
    seen_steps_.push_back(host.machine->steps);
    host.machine->disk().before_call([this, &host](const DiskCall& call) {
      if (!struck_ && call.operation == "sync" && call.path.ends_with("-wal"))
        before_sync(host, call.number);
    });
    host.machine->on_disk_call = [this, &host](const DiskCall& call) {
      if (!struck_ && call.error == 0) after_disk_call(host, call.number);
    };
  }

  void after_step() {
    if (to_kill_ != nullptr) kill();
    if (struck_) return supervise();
    for (std::size_t i = 0; i < relays_.size(); ++i) {
      Host& machine = *relays_[i]->machine;
      if (machine.steps == seen_steps_[i]) continue;
      seen_steps_[i] = machine.steps;
      if (!machine.up ||
          !strike(*relays_[i], {PointKind::kStep, machine.name, machine.steps}, result_.steps))
        continue;
      runner_.lab().simulation.crash(machine);
      return supervise();
    }
  }

  void after_disk_call(LabHost& host, std::uint64_t number) {
    Host& machine = *host.machine;
    if (strike(host, {PointKind::kDisk, machine.name, number}, result_.disk_calls)) {
      runner_.lab().simulation.request_power_cut(machine);
      return;
    }
    if (strike(host, {PointKind::kEio, machine.name, number}, result_.disk_errors))
      machine.disk().fail({EIO, number + 1, 1, false});
    else if (!struck_ &&
             strike(host, {PointKind::kEnospc, machine.name, number}, result_.disk_errors))
      machine.disk().fail({ENOSPC, number + 1, 1, false});
  }

  void before_sync(LabHost& host, std::uint64_t number) {
    Host& machine = *host.machine;
    const std::uint64_t sync = syncs_++;
    const std::uint64_t apart = sync < kThoroughSyncs ? 1 : kCallsOfAnOpening;
    for (auto cut = 1 + sync % apart; cut <= kCallsOfAnOpening; cut += apart) {
      if (!strike(host, {PointKind::kKill, machine.name, number, cut}, result_.disk_errors))
        continue;
      machine.disk().fail({EIO, number, 1, false});
      to_kill_ = &machine;
      next_cut_ = cut;
      return;
    }
  }

  void kill() {
    Host& machine = *std::exchange(to_kill_, nullptr);
    runner_.lab().simulation.kill(machine);
    machine.disk().die_after(machine.disk().calls() + next_cut_);
  }

  /// True in the world in which it happens now.
  bool strike(LabHost& host, const Point& point, std::uint64_t& counter) {
    if (options_.only) {
      if (!(point == named(*options_.only))) return false;
      ++counter;
    } else {
      if (++candidates_ % options_.every != 0) return false;
      ++counter;
      if (!pool_.fork(to_string(point))) return false;
    }
    struck_ = true;
    const auto kind = static_cast<std::uint64_t>(point.kind);
    host.machine->reseed_disk(kind << 56 ^ point.cut << 48 ^ point.number);
    runner_.judge_invariants_only();
    return true;
  }

  Point named(Point point) const {
    if (point.host.empty()) point.host = relays_.front()->spec.name;
    return point;
  }

  /// Starts again what has died, as systemd does.
  void supervise() {
    auto& simulation = runner_.lab().simulation;
    for (LabHost* host : relays_) {
      auto relay = host->relay.lock();
      if (relay && !relay->fault().empty()) runner_.lab().stop(*host);
      if (host->machine->up || restarts_ >= kMostRestarts) continue;
      if (!restarting_.insert(host->spec.name).second) continue;
      ++restarts_;
      simulation.at(simulation.now() + kSupervisorDelay, [this, host] {
        restarting_.erase(host->spec.name);
        runner_.lab().boot(*host);
      });
    }
  }

  const PointsOptions& options_;
  LabRunner runner_;
  ForkPool pool_;
  std::vector<LabHost*> relays_;
  std::vector<std::uint64_t> seen_steps_;
  std::set<std::string> restarting_;
  int restarts_ = 0;
  std::uint64_t candidates_ = 0;
  std::uint64_t syncs_ = 0;
  Host* to_kill_ = nullptr;  // when the present step is done
  std::uint64_t next_cut_ = 0;
  bool struck_ = false;  // this is the world in which it has happened
  PointsResult result_;
};

}  // namespace

std::string to_string(const Point& point) {
  return fmt::format("{}:{}{}@{}", kKindWords.at(static_cast<std::size_t>(point.kind)),
                     point.number, point.cut == 0 ? "" : fmt::format("+{}", point.cut), point.host);
}

std::optional<Point> parse_point(const std::string& text) {
  const auto colon = text.find(':');
  if (colon == std::string::npos) return std::nullopt;
  const auto at = std::min(text.find('@', colon), text.size());
  const auto plus = std::min(text.find('+', colon), at);
  const auto kind = std::find(kKindWords.begin(), kKindWords.end(), text.substr(0, colon));
  const auto number = number_in(text.substr(colon + 1, plus - colon - 1));
  if (kind == kKindWords.end() || !number) return std::nullopt;
  Point point{static_cast<PointKind>(kind - kKindWords.begin()),
              at == text.size() ? "" : text.substr(at + 1), *number};
  // A kill has a second number, and nothing else has one.
  if ((point.kind == PointKind::kKill) != (plus < at)) return std::nullopt;
  if (plus == at) return point;
  const auto cut = number_in(text.substr(plus + 1, at - plus - 1));
  if (!cut || *cut == 0) return std::nullopt;
  point.cut = *cut;
  return point;
}

PointsResult run_points(const scenario::Scenario& scenario, const PointsOptions& options) {
  for (const auto& host : scenario.hosts)
    if (host.role == scenario::Role::kRelay) return Moments(scenario, options).run();
  return {};
}

}  // namespace mxlab::sim
