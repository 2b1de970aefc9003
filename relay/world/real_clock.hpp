// real_clock.hpp - the system's clocks; one timer of Asio's for each wait.
#pragma once
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <map>

#include "relay/world/clock.hpp"

namespace mxlab::world {

class RealClock final : public Clock {
 public:
  explicit RealClock(asio::io_context& io) : io_(io) {}

  TimePoint now() const override;
  SteadyPoint steady_now() const override;
  std::uint64_t start_wait(SteadyPoint at, Wakeup wakeup) override;
  void cancel_wait(std::uint64_t id) override;

  /// Before the io_context goes: no timer may outlive it. From now on waits are ignored.
  void shut_down();

 private:
  asio::io_context& io_;
  std::map<std::uint64_t, asio::steady_timer> timers_;
  std::uint64_t last_id_ = 0;
  bool shut_down_ = false;
};

}  // namespace mxlab::world
