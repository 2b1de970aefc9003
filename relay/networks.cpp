#include "relay/networks.hpp"

#include <algorithm>
#include <asio/ip/address_v6.hpp>

#include "relay/config/units.hpp"

namespace mxlab::relay {

world::Address network_of(const world::Address& address) {
  const world::Address plain = config::unmapped(address);
  if (plain.is_v4()) return plain;
  auto bytes = plain.to_v6().to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
  return asio::ip::address_v6(bytes);
}

}  // namespace mxlab::relay
