// sometimes.hpp - what must happen sometimes over a whole campaign, so that no check is vacuous.
//
// An invariant that never met its danger has proved nothing. Each property is a moment that one of
// the worlds must have had; a campaign in which one never came is not believed.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/run/lab.hpp"

namespace mxlab::sim {

/// In this order; bit n of seen() is the n-th.
enum class Property : unsigned {
  kBackupHolds,
  kBackupHandsOver,
  kTwoBackupsHold,
  kPowerCutWhileHolding,
  kStartsWithMail,
  kCrashBeforeAnswer,
  kCrashAfterAnswer,
  kCrashWhileDelivering,
  kCopied,
  kDiskCallFails,
  kRefusedForSpace,
  kRefusedByDisk,
  kDeferred,
  kRefused,
  kReported,
  kExpired,
  kReportDropped,
  kTls,
  kNameUnknown,
  kClockJumps,
  kAnswerLost,
};

/// The words for them in a swarm's `sometimes:`, in that order.
std::vector<std::string_view> sometimes_words();

class Sometimes {
 public:
  /// Reads the trace from now on; the lab outlives it.
  explicit Sometimes(Lab& lab);

  /// Asked at the end of the run.
  std::uint64_t seen();

 private:
  struct RelayState {
    std::optional<TimePoint> accepted, answered;  // the latest of each
    std::int64_t held = 0;                        // envelopes
    std::int64_t in_flight = 0;
  };
  void read(const Event& event);
  void read_death(const Event& event, const RelayState& relay);
  void read_queue(const Event& event, RelayState& relay);
  void read_sent(const Event& event, RelayState& relay);
  void read_held(const Event& event, RelayState& relay);
  void see(Property property) { seen_ |= std::uint64_t{1} << static_cast<unsigned>(property); }

  Lab& lab_;
  std::vector<RelayState> relays_;  // by host; empty states for those who are none
  std::uint64_t seen_ = 0;
};

}  // namespace mxlab::sim
