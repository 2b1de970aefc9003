// deadline.hpp - a guard: while it lives, its stream may take until a point in time, not longer.
//
// When the time is up, the stream is closed (or only what is pending on it cancelled), and whoever
// waits on it wakes up with an error. That works inside a TLS handshake too.
#pragma once
#include <memory>

#include "relay/world/clock.hpp"
#include "relay/world/stream.hpp"

namespace mxlab::smtp {

class Deadline {
 public:
  enum class Then { kClose, kCancel };

  Deadline(world::Clock& clock, world::Stream& stream, world::SteadyPoint until,
           Then then = Then::kClose);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  bool expired() const;
  /// The time is up now.
  void expire();

 private:
  struct State;
  world::Clock& clock_;
  std::shared_ptr<State> state_;
  std::uint64_t wait_;
};

}  // namespace mxlab::smtp
