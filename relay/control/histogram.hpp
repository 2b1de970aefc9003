// histogram.hpp - how often a span was how long.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "relay/world/time.hpp"

namespace mxlab::control {

class Histogram {
 public:
  /// Upper bounds in seconds, ascending; what is beyond the last is counted too.
  explicit Histogram(std::span<const double> bounds)
      : bounds_(bounds.begin(), bounds.end()), counts_(bounds.size() + 1) {}

  void observe(world::Duration span) {
    const double seconds = std::chrono::duration<double>(span).count();
    const auto at = std::lower_bound(bounds_.begin(), bounds_.end(), seconds);
    ++counts_[static_cast<std::size_t>(at - bounds_.begin())];
    sum_ += seconds;
  }

  const std::vector<double>& bounds() const { return bounds_; }
  /// One for each bound, not cumulative, and one for what is beyond.
  const std::vector<std::uint64_t>& counts() const { return counts_; }
  double sum() const { return sum_; }

 private:
  std::vector<double> bounds_;
  std::vector<std::uint64_t> counts_;
  double sum_ = 0;
};

}  // namespace mxlab::control
