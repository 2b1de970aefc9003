// profile.hpp - how a sending mail system behaves: values only, no code of its own.
//
// When it tries again, how long it waits in each phase, when it leaves a host, when it gives up.
// The sender obeys a profile; scenarios choose one by name (`like: opensmtpd`).
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/smtp/client_session.hpp"
#include "relay/world/time.hpp"

namespace mxlab::sim {

using world::Duration;
using world::TimePoint;
using namespace std::chrono_literals;

enum class RetryKind {
  kQuadratic,  // at creation + base·n²
  kList,       // after gaps[0], gaps[1], …; the last one repeats
  kDoubling,   // after base, 2·base, 4·base, …, at most cap
};

struct RetrySchedule {
  RetryKind kind = RetryKind::kQuadratic;
  Duration base = 400s;
  std::vector<Duration> gaps;  // kList
  Duration cap = 24h;          // kDoubling
};

struct Retry {
  std::uint32_t failures = 0;  // what counts as failed from now on
  TimePoint at{};
};
/// The next attempt after so many failed ones. A quadratic schedule skips the attempts that are
/// past already, as OpenSMTPD's scheduler does.
Retry next_retry(const RetrySchedule& schedule, TimePoint creation, std::uint32_t failures,
                 TimePoint now);

enum class EqualOrder { kAsAnswered, kShuffled };

struct SenderProfile {
  std::string name;
  RetrySchedule retry;
  RetrySchedule report_retry{RetryKind::kQuadratic, 10s, {}, 24h};  // a report of our own
  Duration lifetime = 96h;
  Duration report_lifetime = 168h;
  std::vector<Duration> warn_marks{4h};  // a delay report when the next attempt is beyond
  smtp::ClientTimeouts timeouts;
  Duration keepalive = 10s;              // how long a session lingers after its last mail
  Duration connect_delay = 2s;           // between connections towards one destination
  Duration first_tick = 1s, tick = 10s;  // without a usable host: given up at 1 s, 11 s, 21 s …
  Duration penalty_unit = 15s;           // a host that failed is left alone for unit·p² …
  Duration longest_penalty = 1h;         // … at most this
  Duration report_delay = 1s;            // reports wait so long, to be gathered
  EqualOrder equal_order = EqualOrder::kAsAnswered;
  std::size_t mails_per_session = 100;
  std::size_t max_sessions = 20;  // at once, towards one destination
};

/// OpenSMTPD 6.8 and 7.x.
SenderProfile opensmtpd();
/// Nothing when there is no such profile.
std::optional<SenderProfile> find_profile(std::string_view name);

}  // namespace mxlab::sim
