// counters.hpp - the counters behind smtpctl monitor and smtpctl show stats.
//
// Every change is told to the journal as well, so that who reads the trace and who asks the relay
// see the same numbers.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "relay/control/histogram.hpp"
#include "relay/world/journal.hpp"

namespace mxlab::control {

/// The ten running totals that a monitor asks for (OpenSMTPD control_digest_update).
struct Digest {
  std::int64_t connects = 0, disconnects = 0;
  std::int64_t enqueued = 0, dequeued = 0;
  std::int64_t ok = 0, temporary = 0, permanent = 0, loop = 0;
  std::int64_t expired = 0, removed = 0, bounced = 0;
};

/// The thirteen columns of one monitor row, in their order: client curr conn disc, envelope curr
/// enq deq, ok tmpfail prmfail loop, expire remove bounce.
using Columns = std::array<std::int64_t, 13>;

/// Gauges as they stand, all else as the change since `before` (zeros: since the daemon's start).
Columns columns(const Digest& now, const Digest& before);

/// From arrival to delivery; how long the disk took for a batch of the queue.
inline constexpr const char* kDelayKey = "delivery.delay";
inline constexpr const char* kCommitKey = "queue.commit";

class Counters {
 public:
  explicit Counters(world::Journal& journal);

  /// Changes a counter by its key in smtpctl show stats: "smtp.session", "scheduler.delivery.ok".
  void add(std::string_view key, std::int64_t change = 1);
  /// How long something took: kDelayKey or kCommitKey.
  void observe(std::string_view key, world::Duration span);
  const Digest& digest() const { return digest_; }
  const std::map<std::string, std::int64_t, std::less<>>& values() const { return values_; }
  const std::map<std::string, Histogram, std::less<>>& histograms() const { return histograms_; }

 private:
  world::Journal& journal_;
  std::map<std::string, std::int64_t, std::less<>> values_;
  std::map<std::string, Histogram, std::less<>> histograms_;
  Digest digest_;
};

/// Applies one change to a digest; keys that no column shows are ignored. Shared with those who
/// rebuild a digest from a journal.
void apply(Digest& digest, std::string_view key, std::int64_t change);

}  // namespace mxlab::control
