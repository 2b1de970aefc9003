// networks.hpp - whose neighbourhood is an address from? Pure.
#pragma once
#include "relay/world/address.hpp"

namespace mxlab::relay {

/// What one client can have many of counts as one: an IPv4 address, or the /64 of an IPv6 address
/// (RFC 6177 2: each site gets at least one).
world::Address network_of(const world::Address& address);

}  // namespace mxlab::relay
