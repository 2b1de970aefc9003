#include "relay/queue/report_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <fmt/format.h>

namespace mxlab::queue {
namespace {

constexpr std::size_t kFold = 76;
constexpr std::size_t kLongestLine = 998;    // RFC 5322 2.1.1, without CRLF
constexpr std::size_t kLongestValue = 4096;  // of a field; replies of strangers have no limit
constexpr std::size_t kLongestWord = 900;
constexpr std::size_t kEncodedLine = 75;  // and the '=' of a soft break

bool is_seven_bit(char c) { return static_cast<unsigned char>(c) < 0x80; }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 0;  // that it takes; 0: the text does not begin with valid UTF-8
};

/// RFC 3629 3: no overlong forms, no surrogates, nothing beyond U+10FFFF.
CodePoint first_code_point(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) return {};
  char32_t value = lead & (0xff >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0) != 0x80) return {};
    value = value << 6 | (next & 0x3f);
  }
  constexpr std::array<char32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < kLeast.at(bytes) || surrogate || value > 0x10ffff) return {};
  return {value, bytes};
}

std::string utf8(char32_t value) {
  auto tail = [&](int shift) { return static_cast<char>(0x80 | (value >> shift & 0x3f)); };
  auto head = [&](int mark, int shift) {
    return static_cast<char>(mark | static_cast<int>(value >> shift));
  };
  if (value < 0x80) return {static_cast<char>(value)};
  if (value < 0x800) return {head(0xc0, 6), tail(0)};
  if (value < 0x10000) return {head(0xe0, 12), tail(6), tail(0)};
  return {head(0xf0, 18), tail(12), tail(6), tail(0)};
}

/// Calls `take` with each line, without its line end.
template <class Take>
void each_line(std::string_view text, Take take) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    take(line);
  }
}

}  // namespace

std::string mail_date(world::TimePoint at) {
  static constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(at - day));
  return fmt::format(
      "{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000",
      kDays.at(std::chrono::weekday(day).c_encoding()), static_cast<unsigned>(date.day()),
      kMonths.at(static_cast<unsigned>(date.month()) - 1), static_cast<int>(date.year()),
      time.hours().count(), time.minutes().count(), time.seconds().count());
}

std::string printable(std::string_view text, Script script) {
  std::string out;
  for (std::string_view rest = text.substr(0, kLongestValue); !rest.empty();) {
    const std::size_t bytes = std::max<std::size_t>(first_code_point(rest).bytes, 1);
    const bool known = bytes > 1 && script == Script::kUtf8;
    const char c = rest.front();
    const char shown = is_control(c) ? ' ' : is_seven_bit(c) ? c : '?';
    if (known)
      out += rest.substr(0, bytes);
    else if (shown != ' ' || (!out.empty() && out.back() != ' '))
      out += shown;
    rest.remove_prefix(known ? bytes : 1);
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

bool is_ascii(std::string_view text) { return std::ranges::all_of(text, is_seven_bit); }

std::string embed_unicode(std::string_view address) {
  std::string out;
  while (!address.empty()) {
    const auto point = first_code_point(address);
    const bool plain = point.value > 0x20 && point.value < 0x7f && point.bytes == 1 &&
                       std::string_view("+=\\").find(address.front()) == std::string_view::npos;
    if (plain)
      out += address.front();
    else if (point.bytes == 0)
      out += '?';
    else
      out += fmt::format("\\x{{{:X}}}", static_cast<std::uint32_t>(point.value));
    address.remove_prefix(std::max<std::size_t>(point.bytes, 1));
  }
  return out;
}

std::string extract_unicode(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto end = text.find('}');
    char32_t value = 0;
    if (text.starts_with("\\x{") && end != std::string_view::npos && end > 3 && end <= 9) {
      std::uint32_t number = 0;
      auto [stop, error] = std::from_chars(text.data() + 3, text.data() + end, number, 16);
      if (error == std::errc() && stop == text.data() + end) value = number;
    }
    const std::string read = value == 0 ? std::string() : utf8(value);
    if (read.empty() || first_code_point(read).bytes == 0) {
      out += text.front();
      text.remove_prefix(1);
    } else {
      out += read;
      text.remove_prefix(end + 1);
    }
  }
  return out;
}

std::string header_field(std::string_view name, std::string_view value, Script script) {
  std::string out = std::string(name) + ":";
  std::size_t column = out.size();
  const std::string text = printable(value, script);
  for (std::string_view rest = text; !rest.empty();) {
    auto word = rest.substr(0, std::min({rest.find(' '), rest.size(), kLongestWord}));
    // A word that is too long is not cut within a character.
    while (word.size() < rest.size() &&
           (static_cast<unsigned char>(rest[word.size()]) & 0xc0) == 0x80)
      word.remove_suffix(1);
    rest.remove_prefix(word.size());
    if (rest.starts_with(' ')) rest.remove_prefix(1);
    const bool fold = column + 1 + word.size() > kFold && column > name.size() + 1;
    out += fold ? "\r\n " : " ";
    out += word;
    column = (fold ? 0 : column) + 1 + word.size();
  }
  return out + "\r\n";
}

std::string decode_xtext(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (text[i] != '+' || high < 0 || low < 0) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::string with_crlf(std::string_view text) {
  std::string out;
  each_line(text, [&](std::string_view line) { out.append(line).append("\r\n"); });
  return out;
}

std::string_view header_section(std::string_view message) {
  std::size_t end = 0;
  while (end < message.size()) {
    auto line = message.substr(end, std::min(message.find('\n', end), message.size()) - end);
    if (line.empty() || line == "\r") break;
    end = std::min(end + line.size() + 1, message.size());
  }
  return message.substr(0, end);
}

bool is_plain(std::string_view text) {
  bool plain = true;
  each_line(text, [&](std::string_view line) {
    plain = plain && line.size() <= kLongestLine &&
            std::all_of(line.begin(), line.end(),
                        [](char c) { return is_seven_bit(c) && c != '\0' && c != '\r'; });
  });
  return plain;
}

std::string quoted_printable(std::string_view text) {
  std::string out;
  each_line(text, [&](std::string_view line) {
    std::size_t column = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const char c = line[i];
      const bool last_space = i + 1 == line.size() && (c == ' ' || c == '\t');
      const bool literal = is_seven_bit(c) && (!is_control(c) || c == '\t') && c != '=';
      const std::string piece = literal && !last_space
                                    ? std::string(1, c)
                                    : fmt::format("={:02X}", static_cast<unsigned char>(c));
      if (column + piece.size() > kEncodedLine) {
        out += "=\r\n";
        column = 0;
      }
      out += piece;
      column += piece.size();
    }
    out += "\r\n";
  });
  return out;
}

}  // namespace mxlab::queue
