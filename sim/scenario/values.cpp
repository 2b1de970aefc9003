#include "sim/scenario/values.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace mxlab::scenario {

namespace {

struct Unit {
  std::string_view name;
  Duration length;
};
// From long to short; "ms" before "m" and "s" so that the longer name is tried first.
constexpr std::array kUnits = {
    Unit{"d", std::chrono::hours(24)},        Unit{"h", std::chrono::hours(1)},
    Unit{"ms", std::chrono::milliseconds(1)}, Unit{"us", std::chrono::microseconds(1)},
    Unit{"m", std::chrono::minutes(1)},       Unit{"s", std::chrono::seconds(1)}};
constexpr std::size_t kMaxFraction = 9;                                       // nanoseconds
constexpr std::size_t kMaxHostName = 253, kMaxLabel = 63, kMaxMailbox = 254;  // RFC 5321 4.5.3.1
constexpr std::size_t kMaxReply = 500;                                        // RFC 5321 4.5.3.1.5

std::string_view take_digits(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto digits = text.substr(0, end);
  text.remove_prefix(end);
  return digits;
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text = trim(text.substr(prefix.size()));
  return true;
}

/// "0.25" of a unit, exactly.
std::optional<Duration> fraction_of(Duration unit, std::string_view digits) {
  if (digits.empty() || digits.size() > kMaxFraction) return std::nullopt;
  Duration result{}, part = unit;
  for (const char c : digits) {
    part /= 10;  // what is less than a nanosecond does not count
    result += part * (c - '0');
  }
  return result;
}

/// One "1.5h"; the rest stays in text.
std::optional<Duration> take_duration(std::string_view& text, Duration& shorter_than) {
  const auto whole = take_digits(text);
  std::string_view fraction;
  const bool has_fraction = text.starts_with('.');
  if (has_fraction) {
    text.remove_prefix(1);
    fraction = take_digits(text);
  }
  const auto unit = std::find_if(kUnits.begin(), kUnits.end(),
                                 [&](const Unit& u) { return text.starts_with(u.name); });
  const auto number = parse_number(whole);
  if (unit == kUnits.end() || !number || unit->length >= shorter_than) return std::nullopt;
  if (*number > static_cast<std::uint64_t>(kLongest / unit->length)) return std::nullopt;
  text.remove_prefix(unit->name.size());
  shorter_than = unit->length;
  const Duration result = unit->length * static_cast<std::int64_t>(*number);
  if (!has_fraction) return result;
  const auto rest = fraction_of(unit->length, fraction);
  return rest ? std::optional(result + *rest) : std::nullopt;
}

/// "3", "+1", ">= 1", "1..3": the number itself, without its time.
bool parse_range(std::string_view text, Expected& out) {
  const auto number = [](std::string_view digits) -> std::optional<std::int64_t> {
    const auto n = parse_number(trim(digits));
    return n ? std::optional(static_cast<std::int64_t>(*n)) : std::nullopt;
  };
  const auto set = [&out](std::optional<std::int64_t> low, std::optional<std::int64_t> high) {
    if (!low || !high) return false;
    out.low = *low;
    out.high = *high;
    return out.low <= out.high;
  };
  const auto no_limit = static_cast<std::int64_t>(kLargestNumber);
  if (take(text, ">=") || take(text, "at least ")) return set(number(text), no_limit);
  if (take(text, "<=") || take(text, "at most ")) return set(0, number(text));
  if (text.starts_with('+') || text.starts_with('-')) {
    out.change = true;
    const auto size = number(text.substr(1));
    const std::int64_t sign = text[0] == '-' ? -1 : 1;
    return size && set(sign * *size, sign * *size);
  }
  if (const auto dots = text.find(".."); dots != std::string_view::npos) {
    return set(number(text.substr(0, dots)), number(text.substr(dots + 2)));
  }
  return set(number(text), number(text));
}

}  // namespace

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  if (!is_digits(text)) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
    if (value > kLargestNumber) return std::nullopt;
  }
  return value;
}

std::optional<Duration> parse_duration(std::string_view text) {
  text = trim(text);
  if (text == "0") return Duration{};
  if (text.empty()) return std::nullopt;
  Duration total{}, shorter_than = Duration::max();
  while (!text.empty()) {
    const auto part = take_duration(text, shorter_than);
    if (!part) return std::nullopt;
    total += *part;
    if (total > kLongest) return std::nullopt;
    text = trim(text);
  }
  return total;
}

std::string to_text(Duration duration) {
  if (duration == Duration{}) return "0s";
  std::string out = duration < Duration{} ? "-" : "";
  Duration left = duration < Duration{} ? -duration : duration;
  for (const std::string_view name : {"d", "h", "m", "s", "ms", "us"}) {
    const auto unit =
        std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& u) { return u.name == name; });
    if (left < unit->length) continue;
    out += fmt::format("{}{}", left / unit->length, name);
    left %= unit->length;
  }
  return out;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t unit = 1;
  if (text.ends_with('k')) unit = 1024;
  if (text.ends_with('m')) unit = 1024 * 1024;
  if (unit > 1) text.remove_suffix(1);
  const auto number = parse_number(text);
  if (!number || *number > kLargestNumber / unit) return std::nullopt;
  return *number * unit;
}

std::optional<double> parse_share(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  const auto whole = parse_number(take_digits(text));
  if (!whole) return std::nullopt;
  double percent = static_cast<double>(*whole);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const auto digits = take_digits(text);
    if (digits.empty() || digits.size() > kMaxFraction) return std::nullopt;
    double scale = 0.1;
    for (const char c : digits) {
      percent += scale * (c - '0');
      scale /= 10;
    }
  }
  if (!text.empty() || percent > 100) return std::nullopt;
  return percent / 100;
}

std::optional<Expected> parse_expected(std::string_view text) {
  text = trim(text);
  Expected out;
  out.text = std::string(text);
  const std::size_t at = text.rfind(" at ");
  if (at != std::string_view::npos) {
    std::string_view time = trim(text.substr(at + 4));
    if (const auto sign = time.find("+-"); sign != std::string_view::npos) {
      const auto tolerance = parse_duration(time.substr(sign + 2));
      if (!tolerance) return std::nullopt;
      out.tolerance = *tolerance;
      time = trim(time.substr(0, sign));
    }
    out.at = parse_duration(time);
    if (!out.at) return std::nullopt;
    text = trim(text.substr(0, at));
  }
  if (!parse_range(text, out)) return std::nullopt;
  return out;
}

bool is_mailbox(std::string_view text) {
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || text.size() > kMaxMailbox) return false;
  const auto is_bad = [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == 0x7F || c == '<' || c == '>';
  };
  return std::none_of(text.begin(), text.end(), is_bad) && is_host_name(text.substr(at + 1));
}

bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > kMaxHostName) return false;
  std::size_t label = 0;
  for (const char c : text) {
    const bool ordinary = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (c == '.' ? label == 0 : !ordinary) return false;
    label = c == '.' ? 0 : label + 1;
    if (label > kMaxLabel) return false;
  }
  return label > 0;
}

bool is_reply(std::string_view text) {
  if (text.size() < 3 || text.size() > kMaxReply || !is_digits(text.substr(0, 3))) return false;
  if (text[0] < '2' || text[0] > '5') return false;
  if (text.size() > 3 && text[3] != ' ') return false;
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; });
}

}  // namespace mxlab::scenario
