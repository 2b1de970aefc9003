#include "relay/smtp/address.hpp"

#include <algorithm>
#include <asio/ip/address_v4.hpp>
#include <asio/ip/address_v6.hpp>

#include "relay/smtp/ascii.hpp"
#include "relay/smtp/utf8.hpp"

namespace mxlab::smtp {
namespace {

bool is_8bit(char c) { return (static_cast<unsigned char>(c) & 0x80) != 0; }

// Where addresses are taken apart, a byte beyond ASCII is a letter (RFC 6531 3.3); whether any may
// be there is asked of the whole address.
bool is_atext(char c) {  // RFC 5322 3.2.3
  return is_8bit(c) || is_alpha(c) || is_digit(c) ||
         (c != '\0' && std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos);
}

bool is_label_char(char c) {
  return is_8bit(c) || is_alpha(c) || is_digit(c) || c == '-' || c == '_';
}

// RFC 1035 2.3.4 counts the octets of ASCII labels; how long another gets is known when it is
// looked up.
bool is_label(std::string_view text) {
  return !text.empty() && (text.size() <= kMaxLabel || !is_ascii(text)) && text.front() != '-' &&
         text.back() != '-' && std::ranges::all_of(text, is_label_char);
}

/// Labels of letters, digits, '-', '_' and whatever is beyond ASCII.
bool is_name(std::string_view text) {
  if (text.empty() || text.size() > kMaxDomain) return false;
  for (;;) {
    const std::size_t dot = text.find('.');
    if (!is_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_written_in(Charset charset, std::string_view text) {
  return charset == Charset::kAscii ? is_ascii(text) : is_clean_utf8(text);
}

/// The length of the dot-string at the start of the text.
std::size_t dot_string_length(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && (is_atext(text[end]) || text[end] == '.')) ++end;
  std::string_view found = text.substr(0, end);
  const bool misplaced_dot =
      found.starts_with('.') || found.ends_with('.') || found.find("..") != std::string_view::npos;
  return misplaced_dot ? 0 : end;
}

/// The length of the quoted string at the start of the text; 0 when it has no end.
std::size_t quoted_string_length(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') return i + 1;
    if (text[i] == '\\') ++i;
    if (i >= text.size() || !(is_printable(text[i]) || is_8bit(text[i]))) return 0;
  }
  return 0;
}

/// The length of the domain or address literal at the start of the text.
std::size_t domain_length(std::string_view text) {
  std::size_t end = 0;
  if (text.starts_with('[')) {
    end = text.find(']');
    end = end == std::string_view::npos ? 0 : end + 1;
    return is_address_literal(text.substr(0, end)) ? end : 0;
  }
  while (end < text.size() && (is_label_char(text[end]) || text[end] == '.')) ++end;
  return end;
}

struct Measured {
  std::size_t length = 0;
  std::optional<PathError> error;
};

/// The mailbox at the start of the text.
Measured measure_mailbox(std::string_view text) {
  const std::size_t local =
      text.starts_with('"') ? quoted_string_length(text) : dot_string_length(text);
  if (local == 0 || local >= text.size() || text[local] != '@') return {0, PathError::kSyntax};
  const std::size_t domain = domain_length(text.substr(local + 1));
  if (domain > kMaxDomain) return {0, PathError::kTooLong};
  const std::size_t length = local + 1 + domain;
  std::string_view name = text.substr(local + 1, domain);
  if (!name.starts_with('[') && !is_name(name)) return {0, PathError::kSyntax};
  if (length + 2 > kMaxPath) return {0, PathError::kTooLong};
  return {length, {}};
}

/// The length of "@one.example,@two.example:"; RFC 5321 Appendix C: accepted and ignored.
std::optional<std::size_t> source_route_length(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && text[at] == '@') {
    const std::size_t domain = domain_length(text.substr(at + 1));
    std::string_view name = text.substr(at + 1, domain);
    if (!name.starts_with('[') && !is_name(name)) return {};
    at += 1 + domain;
    if (at >= text.size() || (text[at] != ',' && text[at] != ':')) return {};
    if (text[at++] == ':') return at;
  }
  return at == 0 ? std::optional<std::size_t>(0) : std::nullopt;
}

}  // namespace

std::variant<Path, PathError> parse_path(std::string_view text, PathKind kind, Charset charset) {
  if (!text.starts_with('<')) return PathError::kSyntax;
  text.remove_prefix(1);
  if (kind == PathKind::kReverse && text.starts_with('>'))
    return Path{"", std::string(text.substr(1))};
  constexpr std::string_view kPostmaster = "Postmaster>";
  if (kind == PathKind::kForward && starts_ignoring_case(text, kPostmaster))
    return Path{std::string(text.substr(0, kPostmaster.size() - 1)),
                std::string(text.substr(kPostmaster.size()))};
  if (charset == Charset::kAscii && !is_ascii(text.substr(0, text.find_first_of("> "))))
    return PathError::kNotAscii;
  auto route = source_route_length(text);
  if (!route) return PathError::kSyntax;
  text.remove_prefix(*route);
  const Measured mailbox = measure_mailbox(text);
  if (mailbox.error) return *mailbox.error;
  if (mailbox.length >= text.size() || text[mailbox.length] != '>') return PathError::kSyntax;
  if (!is_written_in(charset, text.substr(0, mailbox.length))) return PathError::kNotAscii;
  return Path{std::string(text.substr(0, mailbox.length)),
              std::string(text.substr(mailbox.length + 1))};
}

std::optional<PathError> check_mailbox(std::string_view text, Charset charset) {
  if (!is_written_in(charset, text)) return PathError::kNotAscii;
  const Measured mailbox = measure_mailbox(text);
  if (mailbox.error) return mailbox.error;
  if (mailbox.length != text.size()) return PathError::kSyntax;
  return {};
}

bool is_domain(std::string_view text) { return is_ascii(text) && is_name(text); }

bool is_address_literal(std::string_view text) {
  if (text.size() < 3 || text.size() > kMaxDomain || text.front() != '[' || text.back() != ']')
    return false;
  std::string inside(text.substr(1, text.size() - 2));
  std::error_code ec;
  if (!starts_ignoring_case(inside, "IPv6:")) {
    asio::ip::make_address_v4(inside, ec);
    return !ec && std::ranges::all_of(inside, [](char c) { return is_digit(c) || c == '.'; });
  }
  inside.erase(0, 5);
  // No zone index: make_address_v6 would ask the system which interface it names.
  if (inside.find('%') != std::string::npos) return false;
  asio::ip::make_address_v6(inside, ec);
  return !ec && inside.find('\0') == std::string::npos;
}

bool is_helo_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxDomain && std::ranges::all_of(text, [](char c) {
    return (is_label_char(c) && !is_8bit(c)) || c == '.' || c == ':' || c == '[' || c == ']';
  });
}

std::string_view domain_of(std::string_view address) {
  const std::size_t at = address.rfind('@');
  return at == std::string_view::npos ? std::string_view() : address.substr(at + 1);
}

std::string_view local_part_of(std::string_view address) {
  return address.substr(0, address.rfind('@'));
}

bool same_domain(std::string_view a, std::string_view b) { return equals_ignoring_case(a, b); }

bool is_bare_postmaster(std::string_view address) {
  return equals_ignoring_case(address, "Postmaster");
}

}  // namespace mxlab::smtp
