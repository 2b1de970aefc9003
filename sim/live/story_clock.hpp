// story_clock.hpp - time on the machines of a live lab, where a scenario makes it go faster.
//
// From the origin on, each real second is `speed` seconds of the story. The lab converts by hand;
// the programs on its machines find their clocks changed (preload/fast_clock.cpp). What the kernel
// does by its own clock, as SYNs that are sent again and ARP, keeps its pace.
#pragma once
#include <cstdint>

namespace mxlab::sim::live {

/// On each machine: the numbers of a StoryClock.
inline constexpr const char* kClockFile = "/story-clock";

/// All in nanoseconds.
struct StoryClock {
  std::int64_t speed = 1;
  std::int64_t origin = 0;         // CLOCK_REALTIME
  std::int64_t steady_origin = 0;  // CLOCK_MONOTONIC

  std::int64_t told(std::int64_t real) const { return faster(real, origin); }
  std::int64_t steady_told(std::int64_t real) const { return faster(real, steady_origin); }
  /// How long a wait of the story really takes; never less than it should.
  std::int64_t real_wait(std::int64_t wait) const { return (wait + speed - 1) / speed; }

 private:
  std::int64_t faster(std::int64_t real, std::int64_t from) const {
    return real < from ? real : from + (real - from) * speed;
  }
};

}  // namespace mxlab::sim::live
