#include "relay/smtp/deadline.hpp"

namespace mxlab::smtp {

/// Shared with the wake-up, which may be on its way when the guard is gone.
struct Deadline::State {
  world::Stream* stream;
  Then then;
  bool expired = false;

  void expire() {
    expired = true;
    if (stream == nullptr) return;
    if (then == Then::kClose)
      stream->close();
    else
      stream->cancel();
  }
};

Deadline::Deadline(world::Clock& clock, world::Stream& stream, world::SteadyPoint until, Then then)
    : clock_(clock), state_(std::make_shared<State>(&stream, then)) {
  auto wake_up = [state = state_](world::error_code error) {
    if (!error) state->expire();
  };
  wait_ = clock.start_wait(until, world::Wakeup(std::move(wake_up)));
}

Deadline::~Deadline() {
  state_->stream = nullptr;
  clock_.forget_wait(wait_);
}

bool Deadline::expired() const { return state_->expired; }

void Deadline::expire() { state_->expire(); }

}  // namespace mxlab::smtp
