// chance.hpp - draws for who makes worlds: ranges, weights, times over many orders of magnitude.
#pragma once
#include <algorithm>
#include <vector>

#include "sim/sweep/swarm.hpp"
#include "sim/world/rng.hpp"

namespace mxlab::sim {

class Chance {
 public:
  Chance(std::uint64_t seed, std::uint64_t stream) : rng_(Rng::derived(seed, stream)) {}

  bool share(double p) { return rng_.chance(p); }
  bool one_in(std::uint64_t n) { return rng_.below(n) == 0; }
  std::uint64_t from(Range range) { return range.least + rng_.below(range.most - range.least + 1); }
  std::uint64_t below(std::uint64_t n) { return rng_.below(n); }
  Duration between(Duration least, Duration most) { return rng_.between(least, most); }
  template <class Value>
  const Value& of(const std::vector<Value>& values) {
    return values[rng_.below(values.size())];
  }
  /// Any order of magnitude as likely as any other: outages last seconds as often as days. Doubling
  /// is exact on every machine, where logarithms are not.
  Duration magnitude(Duration least, Duration most) {
    std::vector<Duration> steps{least};
    while (steps.back() * 2 < most) steps.push_back(steps.back() * 2);
    const Duration low = of(steps);
    return rng_.between(low, std::min(low * 2, most));
  }

 private:
  Rng rng_;
};

}  // namespace mxlab::sim
