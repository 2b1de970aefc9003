// relay_hosts.cpp - the values that an action takes out of its tables once, not at every look-up.
#include "relay/config/table.hpp"
#include "relay/config/units.hpp"

namespace mxlab::config {

std::vector<RelayUrl> relay_hosts(const Table& table) {
  std::vector<RelayUrl> hosts;
  for (const std::string& value : table.values()) {
    auto parsed = parse_relay_url(value);
    if (auto* url = std::get_if<RelayUrl>(&parsed)) hosts.push_back(std::move(*url));
  }
  return hosts;
}

std::vector<std::string> source_addresses(const Table& table) {
  std::vector<std::string> addresses;
  for (const std::string& value : table.values())
    if (const auto network = parse_network(value))
      addresses.push_back(network->address.to_string());
  return addresses;
}

}  // namespace mxlab::config
