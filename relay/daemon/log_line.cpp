#include "relay/daemon/log_line.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <syslog.h>

namespace mxlab::daemon {
namespace {

constexpr std::size_t kSessionDigits = 16;

/// The length of the well-formed UTF-8 character at the front (RFC 3629 4); 0 when there is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xc2 ? 0
                             : first < 0xe0 ? 2
                             : first < 0xf0 ? 3
                             : first < 0xf5 ? 4
                                            : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  if (first == 0xe0 && byte(1) < 0xa0) return 0;  // overlong
  if (first == 0xed && byte(1) > 0x9f) return 0;  // surrogates
  if (first == 0xf0 && byte(1) < 0x90) return 0;  // overlong
  if (first == 0xf4 && byte(1) > 0x8f) return 0;  // beyond U+10FFFF
  return length;
}

/// Of a well-formed character: C0, DEL, C1 (U+0080 … U+009F): terminals obey them.
bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first < 0x20 || first == 0x7f;
  return first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0;
}

bool is_session(std::string_view word) {
  return word.size() == kSessionDigits &&
         word.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Words are separated by blanks; a value may be quoted or in angle brackets and hold some.
class Words {
 public:
  explicit Words(std::string_view text) : rest_(text) {}
  bool empty() {
    while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
    return rest_.empty();
  }
  std::string_view peek() const { return rest_.substr(0, rest_.find(' ')); }
  std::string_view next() {
    const std::size_t equals = rest_.find_first_of("= ");
    std::size_t end = rest_.find(' ');
    if (equals != std::string_view::npos && rest_[equals] == '=' && equals + 1 < rest_.size()) {
      const char open = rest_[equals + 1];
      const char close = open == '"' ? '"' : open == '<' ? '>' : ' ';
      const std::size_t closing = rest_.find(close, equals + 2);
      if (close != ' ' && closing != std::string_view::npos) end = closing + 1;
    }
    const std::string_view word = rest_.substr(0, end);
    rest_.remove_prefix(word.size());
    return word;
  }

 private:
  std::string_view rest_;
};

std::string_view unwrapped(std::string_view value) {
  const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
  const bool bracketed = value.size() >= 2 && value.front() == '<' && value.back() == '>';
  return quoted || bracketed ? value.substr(1, value.size() - 2) : value;
}

/// RFC 3339, UTC, milliseconds.
std::string timestamp(world::TimePoint at) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(at - seconds).count();
  const auto day = std::chrono::floor<std::chrono::days>(seconds);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(seconds - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count(), millis);
}

}  // namespace

std::string harmless(std::string_view text) {
  constexpr std::string_view kCut = " [cut]";
  const auto plain = [](char c) { return c >= 0x20 && c < 0x7f; };
  if (text.size() < kMaxLogLine && std::all_of(text.begin(), text.end(), plain))
    return std::string(text);
  std::string out;
  out.reserve(std::min(text.size(), kMaxLogLine));
  while (!text.empty()) {
    if (out.size() + 4 + kCut.size() > kMaxLogLine) return out.append(kCut);
    const std::size_t length = utf8_length(text);
    if (length == 0 || is_control(text.substr(0, length))) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
      text.remove_prefix(1);
      continue;
    }
    out += text.substr(0, length);
    text.remove_prefix(length);
  }
  return out;
}

LogParts take_apart(std::string_view text) {
  LogParts parts;
  Words words(text);
  if (!words.empty() && is_session(words.peek())) {
    parts.session = words.next();
    if (!words.empty()) parts.part = words.next();
    if (!words.empty() && words.peek().find('=') == std::string_view::npos)
      parts.event = words.next();
  }
  while (!words.empty() && parts.fields.size() < kMaxLogFields) {
    const std::string_view word = words.next();
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos || equals == 0) continue;
    const std::string_view key = word.substr(0, equals);
    if (key.find_first_not_of("abcdefghijklmnopqrstuvwxyz_-") != std::string_view::npos) continue;
    parts.fields.emplace_back(key, unwrapped(word.substr(equals + 1)));
  }
  return parts;
}

std::string_view severity_word(Severity severity) {
  switch (severity) {
    case Severity::kWarning:
      return "warning";
    case Severity::kInfo:
      return "info";
    case Severity::kDebug:
      break;
  }
  return "debug";
}

int syslog_priority(Severity severity) {
  switch (severity) {
    case Severity::kWarning:
      return LOG_WARNING;
    case Severity::kInfo:
      return LOG_INFO;
    case Severity::kDebug:
      break;
  }
  return LOG_DEBUG;
}

std::string json_line(const LogEntry& entry) {
  nlohmann::ordered_json line;
  line["time"] = timestamp(entry.at);
  line["severity"] = severity_word(entry.severity);
  line["message"] = entry.text;
  LogParts parts = take_apart(entry.text);
  if (!parts.session.empty()) line["session"] = parts.session;
  if (!parts.part.empty()) line["part"] = parts.part;
  if (!parts.event.empty()) line["event"] = parts.event;
  for (auto& [key, value] : parts.fields)
    if (!line.contains(key)) line[key] = std::move(value);
  return line.dump();
}

}  // namespace mxlab::daemon
