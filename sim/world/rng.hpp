// rng.hpp - the only source of chance in a simulation: splitmix64, seeded once.
//
// Streams derived from one seed are independent of each other, so that one host's draws do not
// shift another's. Only integer arithmetic and one exact conversion: the same on every machine.
#pragma once
#include <cstdint>

#include "relay/world/world.hpp"

namespace mxlab::sim {

class Rng final : public world::Random {
 public:
  explicit Rng(std::uint64_t seed) : state_(seed) {}
  /// An independent stream, named by a number.
  static Rng derived(std::uint64_t seed, std::uint64_t name) {
    Rng mixer(seed ^ (name * 0xd1342543de82ef95ull));
    return Rng(mixer.next());
  }

  std::uint64_t next() override {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }
  /// 0 … n-1; zero when n is zero.
  std::uint64_t below(std::uint64_t n) { return n == 0 ? 0 : next() % n; }
  /// True with probability p; draws nothing when p is 0 or less.
  bool chance(double p) { return p > 0 && static_cast<double>(next() >> 11) * 0x1.0p-53 < p; }
  /// A span from least to most, both included.
  world::Duration between(world::Duration least, world::Duration most) {
    if (most <= least) return least;
    auto width = static_cast<std::uint64_t>((most - least).count()) + 1;
    return least + world::Duration(static_cast<std::int64_t>(below(width)));
  }

 private:
  std::uint64_t state_;
};

}  // namespace mxlab::sim
