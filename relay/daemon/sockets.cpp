#include "relay/daemon/sockets.hpp"

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/v6_only.hpp>
#include <cstring>
#include <fmt/format.h>
#include <set>
#include <sys/socket.h>

#include "relay/listeners.hpp"
#include "relay/world/real_world.hpp"

namespace mxlab::daemon {
namespace {
using asio::ip::tcp;

constexpr std::uint16_t kFirstFreePort = 1024;

/// The wanted addresses; interfaces are looked up on this machine.
std::map<world::Endpoint, relay::ListenRef> wanted(const config::Config& config) {
  asio::io_context io(1);
  world::RealClock clock(io);
  world::RealRandom random;
  const world::RealNetwork network(io, clock, random);
  return relay::listening_endpoints(config, network);
}

std::set<world::Endpoint> addresses_of(const std::vector<int>& sockets) {
  std::set<world::Endpoint> addresses;
  for (int socket : sockets) {
    tcp::endpoint endpoint;
    auto size = static_cast<socklen_t>(endpoint.capacity());
    if (::getsockname(socket, endpoint.data(), &size) != 0) continue;
    if (endpoint.data()->sa_family != AF_INET && endpoint.data()->sa_family != AF_INET6) continue;
    endpoint.resize(size);
    addresses.insert({endpoint.address(), endpoint.port()});
  }
  return addresses;
}

int bind_one(asio::io_context& io, const world::Endpoint& local) try {
  const tcp::endpoint endpoint(local.address, local.port);
  tcp::acceptor acceptor(io, endpoint.protocol());
  acceptor.set_option(tcp::acceptor::reuse_address(true));
  if (local.address.is_v6()) acceptor.set_option(asio::ip::v6_only(true));
  acceptor.bind(endpoint);
  return acceptor.release();
} catch (const std::system_error& error) {
  throw relay::ListenError(fmt::format("listen on {}: {}{}", to_string(local),
                                       error.code().message(),
                                       relay::advice_for_start(error.code())));
}

}  // namespace

std::vector<int> bind_privileged(const config::Config& config, const std::vector<int>& inherited) {
  asio::io_context io(1);
  const auto there = addresses_of(inherited);
  std::vector<int> sockets;
  for (const auto& [endpoint, listen] : wanted(config))
    if (endpoint.port < kFirstFreePort && !there.contains(endpoint))
      sockets.push_back(bind_one(io, endpoint));
  return sockets;
}

void check_addresses(const config::Config& config) { wanted(config); }

}  // namespace mxlab::daemon
