// log_line.hpp - one line of the log: made harmless, taken apart, written as text or JSON.
//
// Pure. A line is `SESSION PART EVENT key=value key="two words"`, or free text. Whatever a peer put
// into it, it stays one line of printable characters and of bounded length.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "relay/world/time.hpp"

namespace mxlab::daemon {

inline constexpr std::size_t kMaxLogLine = 4000;
inline constexpr std::size_t kMaxLogFields = 40;

enum class Severity { kWarning, kInfo, kDebug };

struct LogEntry {
  Severity severity = Severity::kInfo;
  world::TimePoint at{};
  std::string text;  // harmless()
};

/// Control characters and broken UTF-8 become \xHH, what is too long is cut and says so.
std::string harmless(std::string_view text);

/// What can be read out of a line; all of it may be empty.
struct LogParts {
  std::string session;  // 16 hexadecimal digits
  std::string part;     // smtp, mta
  std::string event;    // connected, delivery, …
  std::vector<std::pair<std::string, std::string>> fields;
};
LogParts take_apart(std::string_view text);

std::string_view severity_word(Severity severity);
/// syslog(3): LOG_WARNING, LOG_INFO, LOG_DEBUG.
int syslog_priority(Severity severity);

/// {"time":…,"severity":…,"message":…,"session":…,"part":…,"event":…, every field}; no line end.
std::string json_line(const LogEntry& entry);

}  // namespace mxlab::daemon
