#include "relay/world/real_network.hpp"

#include <asio/ip/tcp.hpp>
#include <asio/ip/v6_only.hpp>
#include <netinet/in.h>
#include <utility>

#include "relay/world/real_sockets.hpp"

namespace mxlab::world {

namespace {
using asio::ip::tcp;
using TcpStream = SocketStream<tcp>;
using TcpListener = SocketListener<tcp>;

tcp::acceptor bound(asio::io_context& io, const tcp::endpoint& local) {
  tcp::acceptor acceptor(io, local.protocol());
  acceptor.set_option(tcp::acceptor::reuse_address(true));
  if (local.address().is_v6()) acceptor.set_option(asio::ip::v6_only(true));
  acceptor.bind(local);
  return acceptor;
}

/// The kernel chooses the port at connect(2), where it need only be unique towards that peer.
void bind_address(tcp::socket& socket, const Address& source) {
  int on = 1;
  ::setsockopt(socket.native_handle(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  socket.bind(tcp::endpoint(source, 0));
}
}  // namespace

std::unique_ptr<Listener> RealNetwork::listen(Endpoint local, int backlog) {
  const tcp::endpoint endpoint(local.address, local.port);
  auto loan = adopted_.lend(local);
  auto acceptor =
      loan ? tcp::acceptor(io_, endpoint.protocol(), loan->descriptor) : bound(io_, endpoint);
  acceptor.listen(backlog);
  return std::make_unique<TcpListener>(std::move(acceptor), clock_, loan ? loan->lease : nullptr);
}

awaitable<std::unique_ptr<Stream>> RealNetwork::connect(Endpoint peer) {
  tcp::socket socket(io_);
  co_await socket.async_connect(tcp::endpoint(peer.address, peer.port), asio::use_awaitable);
  co_return std::make_unique<TcpStream>(std::move(socket));
}

awaitable<std::unique_ptr<Stream>> RealNetwork::connect_from(Address source, Endpoint peer) {
  if (source.is_v4() != peer.address.is_v4())
    throw std::system_error(asio::error::address_family_not_supported);
  const tcp::endpoint to(peer.address, peer.port);
  tcp::socket socket(io_, to.protocol());
  bind_address(socket, source);
  co_await socket.async_connect(to, asio::use_awaitable);
  co_return std::make_unique<TcpStream>(std::move(socket));
}

std::unique_ptr<DatagramSocket> RealNetwork::open_datagrams(Endpoint local) {
  return open_real_datagrams(io_, random_, std::move(local));
}

}  // namespace mxlab::world
