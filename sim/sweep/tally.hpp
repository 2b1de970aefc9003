// tally.hpp - what a campaign of worlds adds up to.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sim/sweep/world.hpp"

namespace mxlab::sim {

/// Worlds that failed in the same way (judge/failure_class.hpp).
struct Cluster {
  std::uint64_t worlds = 0, first_seed = 0;
  std::string sentence;  // as the first of them said it
};

class Tally {
 public:
  void add(const WorldReport& report);

  std::uint64_t worlds() const { return worlds_; }
  std::uint64_t failed() const { return failed_; }
  std::uint64_t events() const { return events_; }
  std::int64_t virtual_seconds() const { return virtual_seconds_; }
  /// By the kind of failure; the most frequent first.
  std::vector<Cluster> clusters() const;
  /// In how many worlds that property was seen, and in which first.
  struct Seen {
    std::uint64_t worlds = 0, first_seed = 0;
  };
  Seen seen(std::size_t property) const { return seen_.at(property); }
  /// Those of the words that no world has seen.
  std::vector<std::string> never_seen(const std::vector<std::string>& words) const;

 private:
  static constexpr std::size_t kMostProperties = 64;
  std::uint64_t worlds_ = 0, failed_ = 0, events_ = 0;
  std::int64_t virtual_seconds_ = 0;
  std::map<std::string, Cluster> clusters_;
  std::array<Seen, kMostProperties> seen_{};
};

}  // namespace mxlab::sim
