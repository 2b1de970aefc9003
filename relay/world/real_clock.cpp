#include "relay/world/real_clock.hpp"

#include <algorithm>
#include <utility>

namespace mxlab::world {

namespace {
/// Asio adds to time points; those at the end of time would wrap around.
constexpr Duration kLongestWait = std::chrono::hours(24 * 365);
}  // namespace

TimePoint RealClock::now() const {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

SteadyPoint RealClock::steady_now() const {
  return SteadyPoint(
      std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

std::uint64_t RealClock::start_wait(SteadyPoint at, Wakeup wakeup) {
  if (shut_down_) return 0;
  std::uint64_t id = ++last_id_;
  auto& timer = timers_.emplace(id, asio::steady_timer(io_)).first->second;
  SteadyPoint now = steady_now();
  bool forever = at - now > kLongestWait || at == SteadyPoint::max();
  timer.expires_after(forever ? kLongestWait : std::max(at - now, Duration(0)));
  timer.async_wait([this, id, forever, w = std::move(wakeup)](error_code error) mutable {
    timers_.erase(id);
    if (!error && forever) {
      start_wait(SteadyPoint::max(), std::move(w));
      return;
    }
    w(error);
  });
  return id;
}

void RealClock::cancel_wait(std::uint64_t id) {
  if (auto timer = timers_.find(id); timer != timers_.end()) timer->second.cancel();
}

void RealClock::shut_down() {
  shut_down_ = true;
  timers_.clear();
}

}  // namespace mxlab::world
