// manners.hpp - how an actor answers: as mail hosts do, or as the scenario wants.
//
// Belongs to the lab and may be changed at any time, also while the host is down; sessions that are
// open obey the change from their next command on.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "relay/world/time.hpp"

namespace mxlab::sim {

/// How often an answer is given.
struct AnswerLimit {
  std::uint32_t times = 0;   // so many times, then as usual; 0: no end
  std::uint32_t beyond = 0;  // only to what comes after so many …
  world::Duration within{};  // … in this time, which slides
};

class Manners {
 public:
  using Now = world::SteadyPoint;
  /// `at`: connect ehlo helo starttls mail rcpt data dot. `reply`: an SMTP reply ("451 4.3.0
  /// later"), or "close" (hangs up without a word; at the dot: keeps nothing), "lose" (dot: keeps
  /// the message, then hangs up without a word), "silence" (says nothing any more), "normal".
  /// `recipient` (rcpt): for this one alone, whatever all others get; empty: for all. An empty `at`
  /// means every point. `limit`: how often; until told otherwise when it is empty.
  void set_answer(const std::string& at, const std::string& reply,
                  const std::string& recipient = "", const AnswerLimit& limit = {});
  /// Every reply takes this long.
  void slow(world::Duration delay) { delay_ = delay; }
  /// The disk is full: 452 4.3.1 to MAIL.
  void full(bool full) { full_ = full; }
  /// All is normal again.
  void reset() { *this = Manners(); }

  /// What would be answered now; empty: as usual.
  std::string answer(std::string_view at, const std::string& recipient, Now now);
  /// The same for somebody who has come and is answered; counts.
  std::string give(std::string_view at, const std::string& recipient, Now now);
  world::Duration delay() const { return delay_; }
  bool is_full() const { return full_; }

 private:
  struct Rule {
    std::string reply;
    AnswerLimit limit;
    std::uint32_t given = 0;
    std::vector<Now> passed{};  // who was within the rate, and when
    bool applies(Now now) const;
  };
  /// Null: as usual.
  Rule* rule(std::string_view at, const std::string& recipient);

  std::map<std::string, std::map<std::string, Rule>, std::less<>> answers_;  // at, recipient
  world::Duration delay_{};
  bool full_ = false;
};

}  // namespace mxlab::sim
