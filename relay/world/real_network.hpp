// real_network.hpp - the system's sockets.
#pragma once
#include <asio/io_context.hpp>

#include "relay/world/adopted_sockets.hpp"
#include "relay/world/network.hpp"
#include "relay/world/world.hpp"

namespace mxlab::world {

class RealNetwork final : public Network {
 public:
  RealNetwork(asio::io_context& io, Clock& clock, Random& random)
      : io_(io), clock_(clock), random_(random) {}

  /// Takes over a listening socket that this process was started with; listen() and listen_local()
  /// use it when its address is asked for. Throws as AdoptedSockets::add().
  void adopt(int descriptor) { adopted_.add(descriptor); }

  std::unique_ptr<Listener> listen(Endpoint local, int backlog) override;
  awaitable<std::unique_ptr<Stream>> connect(Endpoint peer) override;
  awaitable<std::unique_ptr<Stream>> connect_from(Address source, Endpoint peer) override;
  std::unique_ptr<Listener> listen_local(std::string path, unsigned mode) override;
  awaitable<std::unique_ptr<Stream>> connect_local(std::string path) override;
  std::unique_ptr<DatagramSocket> open_datagrams(Endpoint local) override;
  std::vector<InterfaceAddress> interfaces() const override;

 private:
  asio::io_context& io_;
  Clock& clock_;
  Random& random_;
  AdoptedSockets adopted_;
};

/// A real datagram socket; see real_datagrams.cpp.
std::unique_ptr<DatagramSocket> open_real_datagrams(asio::io_context& io, Random& random,
                                                    Endpoint local);

}  // namespace mxlab::world
