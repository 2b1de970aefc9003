#include "relay/world/real_clock.hpp"

#include <algorithm>
#include <asio/error.hpp>
#include <asio/post.hpp>
#include <utility>

namespace mxlab::world {

namespace {
/// Asio adds to time points; those at the end of time would wrap around.
constexpr Duration kLongestWait = std::chrono::hours(24 * 365);
/// Between so many wake-ups the sockets have their turn.
constexpr int kMostAtOnce = 100;
}  // namespace

TimePoint RealClock::now() const {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

SteadyPoint RealClock::steady_now() const {
  return SteadyPoint(
      std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

std::uint64_t RealClock::start_wait(SteadyPoint at, Wakeup wakeup) {
  if (!timer_) return 0;
  const std::uint64_t id = waits_.add(at, std::move(wakeup));
  set_timer();
  return id;
}

void RealClock::cancel_wait(std::uint64_t id) {
  Wakeup wakeup = waits_.remove(id);
  if (!wakeup) return;
  asio::post(io_, [w = std::move(wakeup)]() mutable { w(asio::error::operation_aborted); });
  set_timer();
}

void RealClock::forget_wait(std::uint64_t id) {
  const Wakeup dropped = waits_.remove(id);
  if (dropped) set_timer();
}

/// Set too early, the timer only looks once in vain; it must not keep an idle io_context alive.
void RealClock::set_timer() {
  if (!timer_) return;
  if (waits_.empty()) {
    if (std::exchange(set_, false)) timer_->cancel();
    return;
  }
  if (set_ && set_for_ <= waits_.earliest()) return;
  set_ = true;
  set_for_ = std::min(waits_.earliest(), steady_now() + kLongestWait);
  timer_->expires_at(std::chrono::steady_clock::time_point(set_for_.time_since_epoch()));
  timer_->async_wait([this](error_code error) {
    if (!error) wake_who_is_due();
  });
}

void RealClock::wake_who_is_due() {
  set_ = false;
  const auto due = [this] {
    return timer_ && !waits_.empty() && waits_.earliest() <= steady_now();
  };
  for (int i = 0; i < kMostAtOnce && due(); ++i) waits_.take_earliest()(error_code());
  set_timer();
}

// Who still waits dies with the io_context, and not before: like everybody who waits for a socket.
void RealClock::shut_down() {
  timer_.reset();
  while (!waits_.empty())
    asio::post(io_, [w = waits_.take_earliest()]() mutable { w(error_code()); });
}

}  // namespace mxlab::world
