// units.hpp - times, sizes, host names and reply texts as smtpd.conf(5) writes them. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "relay/config/config.hpp"

namespace mxlab::config {

/// "30s", "4d": digits and one of s m h d, at least one second; as smtpd's delaytonum().
std::optional<Duration> parse_duration(std::string_view text);

/// "35M", "1.5G", "4096": bytes, with the units of scan_scaled(3).
std::optional<std::uint64_t> parse_size(std::string_view text);

/// Letters, digits, '-' and '_' in labels of 1 to 63, 253 characters at most.
bool valid_host_name(std::string_view name);

/// What is wrong with a filter's reply text; empty: nothing.
std::string reply_text_fault(std::string_view text);

/// 192.0.2.1, 192.0.2.0/24, 2001:db8::/32, [2001:db8::1], or "local".
struct Network {
  world::Address address;
  unsigned prefix = 0;
};
std::optional<Network> parse_network(std::string_view text);
bool contains(const Network& network, const world::Address& address);
/// ::ffff:192.0.2.1 becomes 192.0.2.1.
world::Address unmapped(const world::Address& address);

std::string lowered(std::string_view text);

}  // namespace mxlab::config
