// real_interfaces.cpp - this machine's addresses, and which interfaces lead to the world.
#include <cstring>
#include <fstream>
#include <ifaddrs.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <set>
#include <sstream>
#include <system_error>

#include "relay/world/real_network.hpp"

namespace mxlab::world {

namespace {
constexpr int kMostRoutes = 100000;

/// proc(5): name, destination, gateway, flags, …, mask, all in hexadecimal.
void add_v4_defaults(std::set<std::string>& names) {
  std::ifstream routes("/proc/net/route");
  std::string line;
  for (int i = 0; i < kMostRoutes && std::getline(routes, line); ++i) {
    std::istringstream fields(line);
    std::string name, destination, gateway, flags, skip, mask;
    fields >> name >> destination >> gateway >> flags >> skip >> skip >> skip >> mask;
    if (destination == "00000000" && mask == "00000000") names.insert(name);
  }
}

/// Destination, its prefix length, source, its prefix length, next hop, metric, two counters,
/// flags, name. A reject route (RTF_REJECT) leads nowhere.
void add_v6_defaults(std::set<std::string>& names) {
  std::ifstream routes("/proc/net/ipv6_route");
  std::string line;
  for (int i = 0; i < kMostRoutes && std::getline(routes, line); ++i) {
    std::istringstream fields(line);
    std::string destination, length, skip, name;
    unsigned long flags = 0;
    fields >> destination >> length >> skip >> skip >> skip >> skip >> skip >> skip >> std::hex >>
        flags >> name;
    bool leads = (flags & RTF_REJECT) == 0 && name != "lo";
    if (length == "00" && destination == std::string(32, '0') && leads) names.insert(name);
  }
}

Address address_of(const sockaddr& raw) {
  if (raw.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &raw, sizeof v4);
    return asio::ip::address_v4(ntohl(v4.sin_addr.s_addr));
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &raw, sizeof v6);
  asio::ip::address_v6::bytes_type bytes;
  std::memcpy(bytes.data(), v6.sin6_addr.s6_addr, bytes.size());
  return asio::ip::address_v6(bytes, v6.sin6_scope_id);
}
}  // namespace

std::vector<InterfaceAddress> RealNetwork::interfaces() const {
  std::set<std::string> defaults;
  add_v4_defaults(defaults);
  add_v6_defaults(defaults);
  ifaddrs* raw = nullptr;
  if (::getifaddrs(&raw) != 0) throw std::system_error(errno, std::system_category(), "getifaddrs");
  std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> list(raw, &::freeifaddrs);
  std::vector<InterfaceAddress> all;
  for (const ifaddrs* i = list.get(); i != nullptr; i = i->ifa_next) {
    if (i->ifa_addr == nullptr || (i->ifa_flags & IFF_UP) == 0) continue;
    int family = i->ifa_addr->sa_family;
    if (family == AF_INET || family == AF_INET6)
      all.push_back({i->ifa_name, address_of(*i->ifa_addr), defaults.contains(i->ifa_name)});
  }
  return all;
}

}  // namespace mxlab::world
