// why.hpp - why an envelope is still here, told to a person: what it is, what was tried and what
// was answered, what comes next and at which hosts, and what would release it.
//
// why_facts() gathers (the queue's row, a live look-up of the hosts, penalties, pauses); all else
// is pure.
#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "relay/delivery/route.hpp"
#include "relay/delivery/verdict.hpp"
#include "relay/operator.hpp"

namespace mxlab::relay {

/// One host that the next attempt may use.
struct WhyHop {
  delivery::Hop hop;
  std::optional<world::Duration> resting;  // in penalty: for how much longer
  std::uint32_t penalty = 0;
  std::uint32_t sessions = 0;               // ready ones
  std::optional<world::Duration> trying{};  // a connection that is not ready for mail yet: since
};

struct WhyFacts {
  queue::Envelope envelope;
  delivery::Lifetime lifetime;
  world::TimePoint now{};
  std::optional<world::TimePoint> inflight_since;
  bool agent_paused = false;  // pause mta, pause mda
  bool blocked = false;       // pause mta from … for …
  bool action_exists = true;  // in smtpd.conf as it stands now
  bool flight_full = false;   // scheduler limit max-inflight is reached
  // A relayed envelope alone: where it may go, or why nowhere.
  std::optional<std::variant<std::vector<WhyHop>, delivery::NoRoute>> hosts;
  std::string
      lookup_reason;  // of a failed look-up: "SERVFAIL from 192.0.2.53"; or who is ourselves
};

awaitable<WhyFacts> why_facts(Operator& desk, queue::Envelope envelope);

/// A few lines, no line end after the last.
std::string why_text(const WhyFacts& facts);
/// {"id","state","since","tries","last_attempt","last_error","said_by","next_attempt","expires",
/// "hosts":[…],"release":[…],"text"}
std::string why_object(const WhyFacts& facts);

/// What would release it now, as commands or things to mend; empty: only time.
std::vector<std::string> releases(const WhyFacts& facts);

}  // namespace mxlab::relay
