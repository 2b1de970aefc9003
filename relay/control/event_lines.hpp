// event_lines.hpp - the journal as lines of JSON: what `mxrelayd --events` writes.
//
//   {"t":1763856000123456789,"kind":"sent","subject":"0123456789abcdef","text":"250 2.0.0 …"}
// `t` is wall time in nanoseconds since 1970. `kind` is one of log, stat, sent, received, queue and
// trace (world::FactKind), or "started" once the relay serves. A stat has a "value", the change.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "relay/world/journal.hpp"
#include "relay/world/time.hpp"

namespace mxlab::control {

/// One event; its texts are its own.
struct EventLine {
  world::TimePoint at{};
  std::string kind, subject, text;
  std::int64_t value = 0;
};

inline constexpr std::string_view kStartedEvent = "started";

/// One line with its line feed. Bytes that are no UTF-8 become U+FFFD.
std::string event_line(world::TimePoint at, const world::Fact& fact);
/// The same for an event that is no fact of a journal.
std::string event_line(world::TimePoint at, std::string_view kind);

/// Throws FrameError when the line is no event.
EventLine parse_event_line(std::string_view line);
/// Which fact of a journal it is; nothing when it is none.
std::optional<world::FactKind> fact_kind(const EventLine& event);

}  // namespace mxlab::control
