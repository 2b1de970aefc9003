// resolv_conf.cpp - resolv.conf(5): which servers the host asks.
#include <sstream>

#include "relay/dns/resolver.hpp"

namespace mxlab::dns {

std::vector<Endpoint> parse_resolv_conf(std::string_view text) {
  constexpr std::size_t kMaxServers = 3;  // MAXNS in resolv.conf(5)
  constexpr std::uint16_t kPort = 53;
  std::vector<Endpoint> servers;
  std::istringstream lines{std::string(text)};
  for (std::string line; servers.size() < kMaxServers && std::getline(lines, line);) {
    std::istringstream words(line);
    std::string keyword, value;
    words >> keyword >> value;
    if (keyword != "nameserver") continue;
    asio::error_code invalid;
    auto address = asio::ip::make_address(value, invalid);
    if (!invalid) servers.push_back({address, kPort});
  }
  // resolv.conf(5): without any nameserver line, the one on the local machine.
  if (servers.empty()) servers.push_back({asio::ip::address_v4::loopback(), kPort});
  return servers;
}

}  // namespace mxlab::dns
