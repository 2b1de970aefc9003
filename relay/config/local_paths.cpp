// local_paths.cpp - checks paths and destinations of local delivery before any mail needs them.
#include "relay/config/local_paths.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "relay/config/units.hpp"
#include "relay/config/words.hpp"

namespace mxlab::config {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kMaxPath = 1023;
constexpr std::size_t kMaxSocketPath = 107;  // sun_path of unix(7), less its end

constexpr std::array kNames{"sender"sv,      "sender.user"sv,   "sender.domain"sv,  "rcpt"sv,
                            "rcpt.user"sv,   "rcpt.domain"sv,   "dest"sv,           "dest.user"sv,
                            "dest.domain"sv, "user.username"sv, "user.directory"sv, "mbox.from"sv};
constexpr std::array kModifiers{"lowercase"sv, "uppercase"sv, "strip"sv, "raw"sv};

bool among(Words words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// "1", "-3", "0:2": which characters are taken.
bool valid_range(std::string_view text) {
  const auto number = [](std::string_view part) {
    if (part.starts_with('-')) part.remove_prefix(1);
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return number(text);
  const std::string_view from = text.substr(0, colon), to = text.substr(colon + 1);
  return (from.empty() || number(from)) && (to.empty() || number(to)) && text != ":";
}

// What stands between %{ and }.
std::string specifier_fault(std::string_view inside) {
  const std::string shown = "%{" + std::string(inside) + "}";
  std::string_view name = inside.substr(0, inside.find_first_of("[:"));
  if (!among(kNames, name))
    return "unknown format specifier " + shown + ": " +
           did_you_mean(name, kNames, "it may be " + listed(kNames));
  std::string_view rest = inside.substr(name.size());
  if (rest.starts_with('[')) {
    const std::size_t end = rest.find(']');
    if (end == std::string_view::npos || !valid_range(rest.substr(1, end - 1)))
      return "bad range in format specifier " + shown;
    rest.remove_prefix(end + 1);
  }
  if (rest.empty()) return {};
  if (rest.front() != ':') return "unexpected text in format specifier " + shown;
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::string_view modifier = rest.substr(0, rest.find('|'));
    if (!among(kModifiers, modifier))
      return "unknown modifier in format specifier " + shown + ": " +
             did_you_mean(modifier, kModifiers, "it may be " + listed(kModifiers));
    rest.remove_prefix(modifier.size());
  }
  return {};
}

}  // namespace

std::string maildir_path_fault(std::string_view path) {
  if (path.size() > kMaxPath) return "the path is too long";
  if (!path.starts_with('/') && !path.starts_with("~/") && !path.starts_with("%{user.directory}"))
    return "the path of a maildir must be absolute or begin with ~/: " + std::string(path);
  if (path.find("/../") != std::string_view::npos || path.ends_with("/.."))
    return "the path of a maildir must not climb with ..: " + std::string(path);
  for (std::size_t at = path.find("%{"); at != std::string_view::npos;
       at = path.find("%{", at + 2)) {
    const std::size_t end = path.find('}', at);
    if (end == std::string_view::npos) return "this %{ is never closed: " + std::string(path);
    if (std::string fault = specifier_fault(path.substr(at + 2, end - at - 2)); !fault.empty())
      return fault;
  }
  return {};
}

std::optional<HostAndPort> parse_host_and_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon), digits = text.substr(colon + 1);
  HostAndPort parsed;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), parsed.port);
  if (error != std::errc() || end != digits.data() + digits.size() || parsed.port == 0)
    return std::nullopt;
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  const bool address = bracketed || host.find_first_not_of("0123456789.") == std::string_view::npos;
  if (!address) {
    if (!valid_host_name(host)) return std::nullopt;
    parsed.host = std::string(host);
    return parsed;
  }
  const auto literal = parse_network(host);
  if (!literal || host.find('/') != std::string_view::npos) return std::nullopt;
  parsed.host = literal->address.to_string();
  return parsed;
}

std::string lmtp_destination_fault(std::string_view text) {
  if (text.starts_with('/'))
    return text.size() > kMaxSocketPath ? "the path of the socket is too long" : std::string();
  if (parse_host_and_port(text)) return {};
  return "neither a socket nor host:port: " + std::string(text);
}

}  // namespace mxlab::config
