// world.hpp - one world: a scenario drawn from a seed, or a scenario of its own with that seed's
// chance, and what came of it.
#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/sweep/swarm.hpp"

namespace mxlab::sim {

/// The world of that seed, as the text of a scenario that mxlab run plays the same way. The same
/// swarm and seed give the same text.
std::string draw_world(const Swarm& swarm, std::uint64_t seed);

/// "17" or "1..1000", both ends included.
struct Seeds {
  std::uint64_t first = 1, last = 1000;
};
std::optional<Seeds> parse_seeds(std::string_view text);

/// A file that is neither a swarm nor a scenario; its mistakes, ready to be printed.
struct WrongFile : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Where worlds come from.
class Source {
 public:
  /// Reads the file: a swarm, from which each seed draws a world, or an ordinary scenario, which
  /// each seed plays with another chance. Throws WrongFile.
  explicit Source(const std::string& file);

  const std::string& file() const { return file_; }
  const std::string& name() const { return swarm_ ? swarm_->name : scenario_->name; }
  bool is_swarm() const { return swarm_.has_value(); }
  /// What a campaign must have seen; nothing where a story is the scenario's own.
  std::vector<std::string> sometimes() const;
  /// The world's text, as mxlab run reads it.
  std::string text(std::uint64_t seed) const;
  scenario::Scenario scenario(std::uint64_t seed) const;

 private:
  std::string file_, text_;
  std::optional<Swarm> swarm_;
  std::optional<scenario::Scenario> scenario_;
};

struct WorldReport {
  std::uint64_t seed = 0;
  std::uint64_t trace_hash = 0, events = 0;
  std::uint64_t seen = 0;            // Property bits
  std::int64_t virtual_seconds = 0;  // of story and healing
  std::vector<std::string> broken;   // one sentence for each promise that was
  bool passed() const { return broken.empty(); }
};

/// Plays it with that seed.
WorldReport play_world(const scenario::Scenario& scenario, std::uint64_t seed);

}  // namespace mxlab::sim
