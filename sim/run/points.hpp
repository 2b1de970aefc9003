// points.hpp - a power cut at every single moment of a relay host's life, every call to its disk
// failing once, and a kill after every failed sync of the queue's log with a power cut while the
// next life begins.
//
// The scenario is played once; at each moment a copy of the whole simulated world is forked off in
// which the power goes (or the disk refuses) just then. The relay is started again ten seconds
// later, everything is healed at the end, and the invariants must hold: nothing acknowledged is
// lost. Expectations do not count here, since the story is no longer the scenario's.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/scenario/scenario.hpp"

namespace mxlab::sim {

class Lab;

enum class PointKind { kStep, kDisk, kEio, kEnospc, kKill };

/// One moment: after that step of the host, after that call to its disk, or the call after that one
/// failing. kKill: that call, a sync, fails and the process is killed. What the sync should have
/// written is then readable and not on the disk; the next life begins with it, and its power fails.
struct Point {
  PointKind kind = PointKind::kStep;
  std::string host;
  std::uint64_t number = 0;
  std::uint64_t cut = 0;  // kKill: the call of the next life after which the power fails
  bool operator==(const Point&) const = default;
};

/// "step:17@mx2.example.org", "kill:23+4@mx2.example.org"; kinds are step, disk, EIO, ENOSPC, kill.
std::string to_string(const Point& point);
/// Nothing when it is none. Without "@host" it means the first relay.
std::optional<Point> parse_point(const std::string& text);

struct PointsOptions {
  std::size_t jobs = 1;
  std::optional<Point> only;  // this moment alone
  std::uint64_t every = 1;    // so many moments apart (1: all of them)
  std::optional<std::uint64_t> seed;
  std::function<void(Lab&)> prepare;  // called before the story begins, for a world that is worse
};

struct PointsResult {
  std::uint64_t steps = 0, disk_calls = 0, disk_errors = 0;  // moments that were tried
  struct Loss {
    Point point;
    std::string sentence;
  };
  std::vector<Loss> losses;  // at most a hundred
  std::uint64_t bad = 0;     // moments at which something was lost
  std::uint64_t total() const { return steps + disk_calls + disk_errors; }
};

/// Plays the scenario with all its moments. Must be called in a process without other threads.
/// Throws std::system_error when processes cannot be made.
PointsResult run_points(const scenario::Scenario& scenario, const PointsOptions& options);

}  // namespace mxlab::sim
