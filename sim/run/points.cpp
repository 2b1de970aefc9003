#include "sim/run/points.hpp"

#include <array>
#include <cerrno>
#include <fmt/format.h>
#include <set>

#include "sim/run/fork_pool.hpp"
#include "sim/run/runner.hpp"

namespace mxlab::sim {
namespace {
using namespace std::chrono_literals;

constexpr Duration kSupervisorDelay = 10s;  // until the relay is started again
constexpr std::size_t kMostLosses = 100;
constexpr std::array<const char*, 4> kKindWords{"step", "disk", "EIO", "ENOSPC"};

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
    host.machine->on_disk_call = [this, &host](const DiskCall& call) {
      if (!struck_ && call.error == 0) after_disk_call(host, call.number);
    };
  }

  void after_step() {
    if (struck_) return supervise();
    for (std::size_t i = 0; i < relays_.size(); ++i) {
      Host& machine = *relays_[i]->machine;
      if (machine.steps == seen_steps_[i]) continue;
      seen_steps_[i] = machine.steps;
      if (!machine.up || !strike({PointKind::kStep, machine.name, machine.steps}, result_.steps))
        continue;
      runner_.lab().simulation.crash(machine);
      return supervise();
    }
  }

  void after_disk_call(LabHost& host, std::uint64_t number) {
    Host& machine = *host.machine;
    if (strike({PointKind::kDisk, machine.name, number}, result_.disk_calls)) {
      runner_.lab().simulation.request_power_cut(machine);
      return;
    }
    if (strike({PointKind::kEio, machine.name, number}, result_.disk_errors))
      machine.disk().fail({EIO, number + 1, 1, false});
    else if (!struck_ && strike({PointKind::kEnospc, machine.name, number}, result_.disk_errors))
      machine.disk().fail({ENOSPC, number + 1, 1, false});
  }

  /// True in the world in which it happens now.
  bool strike(const Point& point, std::uint64_t& counter) {
    if (options_.only) {
      if (!(point == named(*options_.only))) return false;
      ++counter;
    } else {
      if (++candidates_ % options_.every != 0) return false;
      ++counter;
      if (!pool_.fork(to_string(point))) return false;
    }
    struck_ = true;
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
      if (host->machine->up || !restarting_.insert(host->spec.name).second) continue;
      simulation.at(simulation.now() + kSupervisorDelay, [this, host] {
        restarting_.erase(host->spec.name);
        runner_.lab().boot(*host);
      });
    }
  }

  const PointsOptions& options_;
  Runner runner_;
  ForkPool pool_;
  std::vector<LabHost*> relays_;
  std::vector<std::uint64_t> seen_steps_;
  std::set<std::string> restarting_;
  std::uint64_t candidates_ = 0;
  bool struck_ = false;  // this is the world in which it has happened
  PointsResult result_;
};

}  // namespace

std::string to_string(const Point& point) {
  return fmt::format("{}:{}@{}", kKindWords.at(static_cast<std::size_t>(point.kind)), point.number,
                     point.host);
}

std::optional<Point> parse_point(const std::string& text) {
  const auto colon = text.find(':'), at = text.find('@');
  if (colon == std::string::npos) return std::nullopt;
  for (std::size_t kind = 0; kind < kKindWords.size(); ++kind) {
    if (text.substr(0, colon) != kKindWords[kind]) continue;
    const std::string number = text.substr(colon + 1, at - colon - 1);
    if (number.empty() || number.size() > 18 ||
        number.find_first_not_of("0123456789") != std::string::npos)
      return std::nullopt;
    return Point{static_cast<PointKind>(kind), at == std::string::npos ? "" : text.substr(at + 1),
                 std::stoull(number)};
  }
  return std::nullopt;
}

PointsResult run_points(const scenario::Scenario& scenario, const PointsOptions& options) {
  for (const auto& host : scenario.hosts)
    if (host.role == scenario::Role::kRelay) return Moments(scenario, options).run();
  return {};
}

}  // namespace mxlab::sim
