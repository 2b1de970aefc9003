#include "relay/delivery/format.hpp"

#include <algorithm>
#include <charconv>

#include "relay/config/units.hpp"
#include "relay/smtp/address.hpp"
#include "relay/smtp/ascii.hpp"

namespace mxlab::delivery {
namespace {

constexpr std::size_t kMaxPath = 1000;
constexpr std::size_t kMaxFileName = 255;
constexpr std::string_view kDangerous = "!#$%&'*/?^`{|}~";  // smtpd(8), MAILADDR_ESCAPE

/// A token taken apart: "rcpt.user", "0:2", "lowercase|strip".
struct Token {
  std::string name;
  std::optional<std::string> range;
  std::string modifiers;
};

std::optional<Token> read_token(std::string_view text) {
  Token token;
  if (const auto open = text.find('['); open != std::string_view::npos) {
    const auto close = text.find(']', open);
    if (close == std::string_view::npos) return std::nullopt;
    token.range = std::string(text.substr(open + 1, close - open - 1));
    token.name = config::lowered(text.substr(0, open));
    text.remove_prefix(close + 1);
    if (!text.empty() && !text.starts_with(':')) return std::nullopt;
  } else {
    token.name = config::lowered(text.substr(0, text.find(':')));
    text.remove_prefix(token.name.size());
  }
  if (!text.empty()) token.modifiers = config::lowered(text.substr(1));
  return token;
}

std::optional<std::string> part_of(std::string_view address, std::string_view part) {
  if (part.empty()) return std::string(address);
  if (part == ".user") return std::string(smtp::local_part_of(address));
  if (part == ".domain") return std::string(smtp::domain_of(address));
  return std::nullopt;
}

std::optional<std::string> value_of(const std::string& name, const FormatValues& values) {
  if (name == "user.username") return values.user;
  if (name == "user.directory") return values.home;
  if (name == "mbox.from") return values.sender.empty() ? "MAILER-DAEMON" : values.sender;
  const std::string word = name.substr(0, name.find('.'));
  const std::string part = name.substr(word.size());
  if (word == "sender") return part_of(values.sender, part);
  if (word == "rcpt") return part_of(values.recipient, part);
  if (word == "dest") return part_of(values.destination, part);
  return std::nullopt;
}

/// user+tag@domain becomes user@domain.
void strip(std::string& text, char delimiter) {
  const auto tag = text.find(delimiter);
  if (tag == std::string::npos) return;
  const auto at = text.find('@', tag);
  text.erase(tag, at == std::string::npos ? std::string::npos : at - tag);
}

bool modify(std::string& text, std::string_view modifiers, const FormatValues& values, bool& raw) {
  while (!modifiers.empty()) {
    const auto end = std::min(modifiers.find('|'), modifiers.size());
    const std::string_view word = modifiers.substr(0, end);
    if (word == "lowercase")
      text = config::lowered(text);
    else if (word == "uppercase")
      text = smtp::to_upper(text);
    else if (word == "strip")
      strip(text, values.delimiter);
    else if (word == "raw")
      raw = true;
    else
      return false;
    modifiers.remove_prefix(std::min(end + 1, modifiers.size()));
  }
  return true;
}

std::optional<long> number_of(std::string_view text, long otherwise) {
  if (text.empty()) return otherwise;
  long number = 0;
  const char* end = text.data() + text.size();
  auto [at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || at != end) return std::nullopt;
  return number;
}

/// "[0]", "[1:]", "[0:6]", "[-3:]": offsets from the start, or from the end; both ends count.
std::optional<std::string> cut(const std::string& text, const std::string& range) {
  const long size = static_cast<long>(text.size());
  const auto colon = range.find(':');
  auto from = number_of(range.substr(0, colon), 0);
  if (range.empty() || range == ":" || !from) return std::nullopt;
  if (colon == std::string::npos && *from < 0) *from += size;
  auto to = colon == std::string::npos ? from : number_of(range.substr(colon + 1), size - 1);
  if (!to) return std::nullopt;
  if (*from < 0) *from += size;
  if (*to < 0) *to += size - 1;
  *to = std::min(*to, size - 1);
  if (*from < 0 || *to < *from) return std::nullopt;
  return text.substr(static_cast<std::size_t>(*from), static_cast<std::size_t>(*to - *from + 1));
}

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }

std::optional<std::string> expand_token(std::string_view text, const FormatValues& values) {
  auto token = read_token(text);
  if (!token) return std::nullopt;
  auto value = value_of(token->name, values);
  if (!value) return std::nullopt;
  bool raw = false;
  if (!modify(*value, token->modifiers, values, raw)) return std::nullopt;
  const bool trusted = token->name == "user.directory";
  if (!trusted && !raw) *value = sanitized(std::move(*value));
  if (token->range) value = cut(*value, *token->range);
  if (!value) return std::nullopt;
  if (trusted ? value->empty() : !is_safe_file_name(*value)) return std::nullopt;
  return value;
}

}  // namespace

bool is_safe_file_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxFileName && !name.starts_with('.') &&
         name.find('/') == std::string_view::npos &&
         std::none_of(name.begin(), name.end(), is_control);
}

std::string sanitized(std::string text) {
  for (char& c : text)
    if (kDangerous.find(c) != std::string_view::npos) c = ':';
  return text;
}

std::optional<std::string> expand_format(std::string_view format, const FormatValues& values) {
  std::string path;
  if (format.starts_with("~/")) {
    path = values.home;
    format.remove_prefix(1);
  }
  for (std::size_t i = 0; i < format.size(); ++i) {
    const std::string_view rest = format.substr(i);
    if (rest.starts_with("%%")) {
      path += format[i++];
    } else if (rest.starts_with("%{")) {
      const auto end = rest.find('}');
      if (end == std::string_view::npos) return std::nullopt;
      auto value = expand_token(rest.substr(2, end - 2), values);
      if (!value) return std::nullopt;
      path += *value;
      i += end;
    } else {
      path += format[i];
    }
    if (path.size() > kMaxPath) return std::nullopt;
  }
  return path;
}

}  // namespace mxlab::delivery
