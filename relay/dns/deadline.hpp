// deadline.hpp - a time limit for a coroutine that waits on a stream or a socket: it closes it.
//
// The wait then ends with operation_aborted. Lives in the coroutine's frame, beside what it closes,
// and is forgotten by the clock when it goes.
#pragma once
#include <memory>

#include "relay/world/clock.hpp"

namespace mxlab::dns {

class Deadline {
 public:
  /// `target` has close(), and outlives this.
  template <class Target>
  Deadline(world::Clock& clock, world::SteadyPoint at, Target& target)
      : clock_(clock), state_(std::make_shared<State>()) {
    wait_ = clock.start_wait(at, world::Wakeup([state = state_, &target](world::error_code error) {
                               if (error || !state->armed) return;
                               state->passed = true;
                               target.close();
                             }));
  }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;
  ~Deadline() {
    state_->armed = false;  // a wake-up may be under way already
    clock_.cancel_wait(wait_);
  }

  /// Whether the time was up and the target has been closed.
  bool passed() const { return state_->passed; }

 private:
  struct State {
    bool armed = true;
    bool passed = false;
  };
  world::Clock& clock_;
  std::shared_ptr<State> state_;
  std::uint64_t wait_ = 0;
};

}  // namespace mxlab::dns
