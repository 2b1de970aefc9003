// real_clock.hpp - the system's clocks; all waits on one timer of Asio's, set for the earliest.
#pragma once
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <optional>

#include "relay/world/clock.hpp"
#include "relay/world/timer_heap.hpp"

namespace mxlab::world {

class RealClock final : public Clock {
 public:
  explicit RealClock(asio::io_context& io) : io_(io), timer_(io) {}

  TimePoint now() const override;
  SteadyPoint steady_now() const override;
  std::uint64_t start_wait(SteadyPoint at, Wakeup wakeup) override;
  void cancel_wait(std::uint64_t id) override;
  void forget_wait(std::uint64_t id) override;

  /// Before the io_context goes: no timer may outlive it. From now on waits are ignored.
  void shut_down();

 private:
  void set_timer();
  void wake_who_is_due();

  asio::io_context& io_;
  std::optional<asio::steady_timer> timer_;
  SteadyPoint set_for_ = SteadyPoint::max();  // what the timer waits for
  bool set_ = false;
  TimerHeap waits_;
};

}  // namespace mxlab::world
