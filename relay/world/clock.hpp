// clock.hpp - time, and the one place where a coroutine may wait.
//
// Product code never keeps a completion handler of its own: whoever waits, waits on a Clock (or on
// a Stream, Listener or socket). So a world can end a host by dropping what it holds, and every
// suspended coroutine dies with it, in both worlds alike.
#pragma once
#include <asio/associated_cancellation_slot.hpp>
#include <asio/async_result.hpp>
#include <asio/awaitable.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/use_awaitable.hpp>
#include <cstdint>

#include "relay/world/completion.hpp"
#include "relay/world/time.hpp"

namespace mxlab::world {

using asio::awaitable;

class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall time. May jump either way; the simulator can skew it alone.
  virtual TimePoint now() const = 0;
  /// Steady time.
  virtual SteadyPoint steady_now() const = 0;
  /// Calls the wake-up (posted, never inline) at the given time, or with operation_aborted when
  /// cancelled. SteadyPoint::max() waits for the cancellation alone.
  virtual std::uint64_t start_wait(SteadyPoint at, Wakeup wakeup) = 0;
  /// Ends a wait early; unknown or finished ids are ignored.
  virtual void cancel_wait(std::uint64_t id) = 0;
  /// The same where nobody cares to hear of it; the wake-up may be dropped uncalled.
  virtual void forget_wait(std::uint64_t id) { cancel_wait(id); }

  template <class Token>
  auto async_wait_until(SteadyPoint at, Token&& token) {
    return asio::async_initiate<Token, void(error_code)>(
        [this, at](auto handler) {
          auto slot = asio::get_associated_cancellation_slot(handler);
          auto id = start_wait(at, Wakeup([h = std::move(handler), slot](error_code ec) mutable {
                                 if (slot.is_connected()) slot.clear();
                                 std::move(h)(ec);
                               }));
          if (slot.is_connected())
            slot.assign([this, id](asio::cancellation_type) { cancel_wait(id); });
        },
        token);
  }
  awaitable<void> sleep_until(SteadyPoint at) {
    co_await async_wait_until(at, asio::use_awaitable);
  }
  awaitable<void> sleep_for(Duration span) { co_await sleep_until(steady_now() + span); }
};

/// One coroutine waits, others notify. A notification that comes before the wait is kept; several
/// before one wait count as one.
class Signal {
 public:
  explicit Signal(Clock& clock) : clock_(clock) {}
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

  void notify() {
    raised_ = true;
    if (waiting_ != 0) clock_.cancel_wait(waiting_);
  }
  /// Returns true when notified, false when `until` came first.
  awaitable<bool> wait_until(SteadyPoint until) {
    if (!raised_)
      co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(
          [this, until](auto handler) {
            waiting_ = clock_.start_wait(
                until, Wakeup([h = std::move(handler)](error_code) mutable { std::move(h)(); }));
          },
          asio::use_awaitable);
    waiting_ = 0;
    co_return std::exchange(raised_, false);
  }
  awaitable<void> wait() { co_await wait_until(SteadyPoint::max()); }

 private:
  Clock& clock_;
  std::uint64_t waiting_ = 0;
  bool raised_ = false;
};

}  // namespace mxlab::world
