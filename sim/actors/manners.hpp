// manners.hpp - how an actor answers: as mail hosts do, or as the scenario wants.
//
// Belongs to the lab and may be changed at any time, also while the host is down; sessions that are
// open obey the change from their next command on.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "relay/world/time.hpp"

namespace mxlab::sim {

class Manners {
 public:
  /// `at`: connect ehlo helo starttls mail rcpt data dot. `reply`: an SMTP reply ("451 4.3.0
  /// later"), or "close" (hangs up without a word; at the dot: keeps nothing), "lose" (dot: keeps
  /// the message, then hangs up without a word), "silence" (says nothing any more), "normal".
  /// `recipient` (rcpt): for this one alone; empty: for all. An empty `at` means every point.
  void set_answer(const std::string& at, const std::string& reply,
                  const std::string& recipient = "");
  /// Every reply takes this long.
  void slow(world::Duration delay) { delay_ = delay; }
  /// The disk is full: 452 4.3.1 to MAIL.
  void full(bool full) { full_ = full; }
  /// All is normal again.
  void reset() { *this = Manners(); }

  /// Empty: as usual.
  std::string answer(std::string_view at, const std::string& recipient = "") const;
  world::Duration delay() const { return delay_; }
  bool is_full() const { return full_; }

 private:
  std::map<std::string, std::map<std::string, std::string>, std::less<>> answers_;  // at, recipient
  world::Duration delay_{};
  bool full_ = false;
};

}  // namespace mxlab::sim
