// relay_url.cpp - `[proto://[label@]]host[:port]`, as smtpd(8)'s text_to_relayhost(). Pure.
//
// Two differences, both on purpose: what follows the host must be a port (smtpd ignores it), and an
// IPv6 address without brackets is refused instead of being cut at its first colon.
#include <algorithm>
#include <array>
#include <charconv>

#include "relay/config/config.hpp"
#include "relay/config/units.hpp"
#include "relay/config/words.hpp"

namespace mxlab::config {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kMaxUrl = 1023;  // smtpd(8)'s own buffer
constexpr std::size_t kMaxLabel = 63;
constexpr std::string_view kSeparator = "://";

struct Scheme {
  std::string_view word;
  RelayProtocol protocol;
  RelayTls tls;
  std::uint16_t port;  // 0: must be given
};
// Encryption that somebody asks for is verified; `tls no-verify` takes that back.
constexpr std::array kSchemes{Scheme{"smtp", RelayProtocol::kSmtp, RelayTls::kOpportunistic, 25},
                              Scheme{"smtp+tls", RelayProtocol::kSmtp, RelayTls::kVerified, 25},
                              Scheme{"smtp+notls", RelayProtocol::kSmtp, RelayTls::kNever, 25},
                              Scheme{"lmtp", RelayProtocol::kLmtp, RelayTls::kNever, 0},
                              Scheme{"smtps", RelayProtocol::kSmtps, RelayTls::kVerified, 465}};
constexpr std::array kSchemeWords{"smtp"sv, "smtp+tls"sv, "smtp+notls"sv, "lmtp"sv, "smtps"sv};

/// A mistake in the URL; never leaves this file.
struct Fault {
  std::string text;
};

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

// Takes "proto://" away.
Scheme take_scheme(std::string_view& rest) {
  const std::size_t end = rest.find(kSeparator);
  if (end == std::string_view::npos) return kSchemes.front();
  const std::string word = lowered(rest.substr(0, end));
  rest.remove_prefix(end + kSeparator.size());
  const auto found = std::find_if(kSchemes.begin(), kSchemes.end(),
                                  [&](const Scheme& scheme) { return scheme.word == word; });
  if (found == kSchemes.end())
    throw Fault{"unknown protocol " + quoted(word) + ": " +
                did_you_mean(word, kSchemeWords, "it may be " + listed(kSchemeWords))};
  return *found;
}

std::string take_label(std::string_view& rest, const Scheme& scheme) {
  const std::size_t at = rest.find('@');
  if (at == std::string_view::npos) return {};
  const std::string label(rest.substr(0, at));
  rest.remove_prefix(at + 1);
  if (label.empty()) throw Fault{"the label before @ is empty"};
  if (label.size() > kMaxLabel) throw Fault{"the label before @ is too long"};
  if (scheme.tls != RelayTls::kVerified)
    throw Fault{"a log-in needs smtp+tls:// or smtps://: passwords must not travel in the clear"};
  return label;
}

std::string literal(std::string_view text) {
  const std::optional<Network> address = parse_network(text);
  if (!address || text.find('/') != std::string_view::npos)
    throw Fault{"not an address: " + quoted(text)};
  return address->address.to_string();
}

std::string take_host(std::string_view& rest) {
  if (rest.starts_with('[')) {
    const std::size_t end = rest.find(']');
    if (end == std::string_view::npos) throw Fault{"the [ before the address is never closed"};
    const std::string_view inside = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    return literal(inside);
  }
  const std::size_t end = rest.find(':');
  const std::string_view host = rest.substr(0, end);
  if (end != std::string_view::npos && rest.find(':', end + 1) != std::string_view::npos)
    throw Fault{"an IPv6 address is written in brackets: [2001:db8::1]"};
  rest.remove_prefix(host.size());
  if (host.empty()) throw Fault{"the host is missing"};
  if (host.find_first_not_of("0123456789.") == std::string_view::npos) return literal(host);
  if (!valid_host_name(host)) throw Fault{"not a valid host name: " + quoted(host)};
  return std::string(host);
}

std::uint16_t take_port(std::string_view rest, const Scheme& scheme) {
  if (rest.empty()) {
    if (scheme.port == 0) throw Fault{"lmtp:// needs a port: lmtp://host:24"};
    return scheme.port;
  }
  const std::string_view digits = rest.substr(1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  if (!rest.starts_with(':') || !whole || port == 0)
    throw Fault{"not a port: " + quoted(rest) + "; a number from 1 to 65535 follows a colon"};
  return port;
}

RelayUrl read_url(std::string_view text) {
  if (text.size() > kMaxUrl) throw Fault{"the URL is too long"};
  const Scheme scheme = take_scheme(text);
  RelayUrl url;
  url.protocol = scheme.protocol;
  url.tls = scheme.tls;
  if (text.ends_with('/')) text.remove_suffix(1);
  url.label = take_label(text, scheme);
  url.host = take_host(text);
  url.port = take_port(text, scheme);
  return url;
}

}  // namespace

std::variant<RelayUrl, std::string> parse_relay_url(std::string_view text) try {
  return read_url(text);
} catch (const Fault& fault) {
  return fault.text;
}

}  // namespace mxlab::config
