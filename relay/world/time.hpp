// time.hpp - the two clocks' time points.
//
// Wall time is what people and queues mean; it may jump. Steady time only ever runs forward;
// deadlines are measured on it. The types keep the two apart.
#pragma once
#include <chrono>
#include <cstdint>

namespace mxlab::world {

using Duration = std::chrono::nanoseconds;
/// Wall time (UTC), nanoseconds since 1970-01-01.
using TimePoint = std::chrono::sys_time<Duration>;

struct SteadyTag {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
};
/// A point on the steady clock; only differences mean anything.
using SteadyPoint = std::chrono::time_point<SteadyTag, Duration>;

/// Whole seconds since the epoch, as queue rows and headers print them.
inline std::int64_t epoch_seconds(TimePoint at) {
  return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
}

}  // namespace mxlab::world
