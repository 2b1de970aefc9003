// texts.hpp - what smtpctl prints, to the blank: monitor, show queue, show stats, durations.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "relay/control/counters.hpp"
#include "relay/world/time.hpp"

namespace mxlab::control {

/// The two header lines of smtpctl monitor, each with its line end.
std::string monitor_header();
/// One row with its line end.
std::string monitor_row(const Columns& columns);

/// One envelope as smtpctl show queue lists it (SEMANTICS of the fourteen fields: smtpctl(8)).
struct QueueRow {
  std::string envelope_id;  // 16 hex digits
  std::string source;       // local, inet4, inet6
  std::string kind;         // mta, mda, bounce
  std::string flags;        // comma list of bounce auth internal suspend hold
  std::string sender, recipient, destination;
  std::int64_t creation = 0;  // epoch seconds
  std::int64_t expiration = 0;
  std::int64_t last_try = 0;
  std::uint32_t retry = 0;
  std::string state;                    // pending, inflight, offline
  std::optional<std::int64_t> seconds;  // until the next attempt, or since this one began
  std::string error;
};

/// Control characters as vis(3) shows them: what others wrote must not steer a terminal.
std::string visible(const std::string& text);

/// Fourteen fields, thirteen bars, no line end. A null sender prints as "@".
std::string queue_row(const QueueRow& row);

/// "1d2h3m4s" without zero parts; "0s" for zero.
std::string duration_text(world::Duration span);

/// smtpctl show stats: key=value sorted by key, with uptime and uptime.human.
std::string stats_text(const std::map<std::string, std::int64_t, std::less<>>& values,
                       world::Duration uptime);

}  // namespace mxlab::control
