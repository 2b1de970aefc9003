// fate.hpp - what becomes of one letter that is sent while the primary is down. Pure.
//
// The sender's schedule is its profile's (sim::next_retry), the backup's is the relay's own
// (queue::next_attempt). No host remembers anything between letters, and every
// machine that is up takes a letter at once: hours are what counts here, not seconds.
#pragma once
#include <optional>

#include "sim/study/senders.hpp"
#include "sim/world/rng.hpp"

namespace mxlab::study {

/// How the primary is down, as its senders see it.
enum class Down {
  kRefused,   // the host answers, nobody listens
  kDropped,   // no answer at all: no power, no line, a firewall
  kSilent,    // it accepts connections and says nothing
  kNameless,  // dropped, and the domain's name servers are gone with it
};

struct Backups {
  std::size_t count = 0;
  Duration lifetime = std::chrono::days(4);  // how long each keeps a letter
  Duration probe{};                          // `mta recovery-probe`; zero: only its own schedule
  double shared = 0;  // the chance of each to be down as long as the primary is
};

struct Outage {
  Down down = Down::kRefused;
  Duration length{};  // it begins at the epoch
  Backups backups;
};

/// A letter, and the chance that its world holds.
struct Letter {
  Duration sent{};  // after the outage's begin
  bool null_sender = false;
  sim::Rng chance{0};
};

enum class End {
  kDelivered,
  kBounced,  // returned, and a person is told
  kLost,     // given up, and nobody is told
};

struct Fate {
  End end = End::kDelivered;
  TimePoint at{};        // when that was
  bool noticed = false;  // its author was told of a delay
  bool held = false;     // a backup took it
};

Fate fate_of(const Sender& sender, const Outage& outage, Letter letter);

}  // namespace mxlab::study
