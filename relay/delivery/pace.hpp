// pace.hpp - how fast a destination may open connections. Pure: time is passed in.
//
// Two seconds lie between connections of one destination (OpenSMTPD conn-delay-relay): so nobody
// storms a host that has just come back. While a host answers well and much mail waits, a window
// opens instead: one session, two, four … without delay, up to the limits; a 421 halves it. A delay
// that the operator has set is always obeyed.
#pragma once
#include <cstddef>

#include "relay/config/config.hpp"
#include "relay/world/time.hpp"

namespace mxlab::delivery {

using world::Duration;
using world::SteadyPoint;

class Pace {
 public:
  /// A message was answered for well.
  void answered();
  /// The peer said 421: it has enough of us.
  void refused();
  /// How many sessions may be open without a delay between them.
  std::size_t window() const { return window_; }
  /// Is the mail that waits worth another session at once?
  bool hurries(std::size_t tasks, std::size_t sessions, const config::MtaLimits& limits) const;

  void connected(SteadyPoint now, const config::MtaLimits& limits);
  /// The last attempt cost the peer nothing: the next need not wait.
  void connected_nowhere() { next_ = {}; }
  /// The operator says that the hosts are back: he does not mean "in two seconds".
  void told_to_hurry(const config::MtaLimits& limits);
  SteadyPoint next() const { return next_; }

 private:
  std::size_t window_ = 1, answers_ = 0;
  SteadyPoint next_{};
};

}  // namespace mxlab::delivery
