// address.hpp - IP addresses and ports. Names never cross the seam; the resolver is product code.
#pragma once
#include <asio/ip/address.hpp>
#include <compare>
#include <cstdint>
#include <string>

namespace mxlab::world {

using Address = asio::ip::address;

struct Endpoint {
  Address address;
  std::uint16_t port = 0;
  std::strong_ordering operator<=>(const Endpoint&) const = default;
  bool operator==(const Endpoint&) const = default;
};

/// "192.0.2.1:25", "[2001:db8::1]:25".
inline std::string to_string(const Endpoint& e) {
  std::string host = e.address.to_string();
  return (e.address.is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(e.port);
}

}  // namespace mxlab::world
