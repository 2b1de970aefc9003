// proxy_header.hpp - the PROXY protocol, version 2: who really connected, told by a proxy in front.
//
// The binary form alone (haproxy's proxy-protocol.txt 2.2). Pure: bytes in, addresses out. What
// follows the addresses (TLVs) is skipped. The header is at most kMaxProxyHeader long; a longer one
// is refused, since nothing that we need is that big.
#pragma once
#include <optional>
#include <string_view>

#include "relay/world/address.hpp"

namespace mxlab::smtp {

inline constexpr std::size_t kProxyPreamble = 16;
inline constexpr std::size_t kMaxProxyHeader = 4096;

/// How many bytes follow the preamble; nothing when it is not one, or too long.
std::optional<std::size_t> proxy_length(std::string_view preamble);

/// Both ends as the proxy saw them; equal to nothing for LOCAL (the proxy itself is the client: a
/// health check) and for families that have no addresses.
struct ProxyAddresses {
  std::optional<world::Endpoint> source, destination;
};

/// The whole header, preamble included. Nothing when it is not one.
std::optional<ProxyAddresses> parse_proxy_header(std::string_view header);

}  // namespace mxlab::smtp
