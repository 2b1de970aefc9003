// sim_network.hpp - world::Network over the simulated kernels.
#pragma once
#include <memory>
#include <vector>

#include "relay/world/network.hpp"
#include "sim/world/host.hpp"
#include "sim/world/sockets.hpp"

namespace mxlab::sim {

class SimNetwork final : public world::Network {
 public:
  explicit SimNetwork(Host& host) : host_(host) {}
  std::unique_ptr<world::Listener> listen(Endpoint local, int backlog) override;
  world::awaitable<std::unique_ptr<world::Stream>> connect(Endpoint peer) override;
  world::awaitable<std::unique_ptr<world::Stream>> connect_from(Address source,
                                                                Endpoint peer) override;
  std::unique_ptr<world::Listener> listen_local(std::string path, unsigned mode) override;
  world::awaitable<std::unique_ptr<world::Stream>> connect_local(std::string path) override;
  std::unique_ptr<world::DatagramSocket> open_datagrams(Endpoint local) override;
  std::vector<world::InterfaceAddress> interfaces() const override;

 private:
  Host& host_;
};

/// The process's handle on an attached end; closes it when destroyed.
std::unique_ptr<world::Stream> make_stream(TcpRef end);

/// The address of `host` from which it talks to `peer`; throws network_unreachable.
Address source_for(const Host& host, const Address& peer);
/// Throws address_not_available unless the host may bind to it.
void check_bindable(const Host& host, const Address& local);

/// Datagrams that wait for the process, and the process that waits for them.
struct DatagramQueue {
  static constexpr std::size_t kMostWaiting = 1000;  // what does not fit is lost, as in a kernel
  std::deque<world::Datagram> waiting;
  bool refused = false;  // ICMP port unreachable has arrived
  bool open = true;
  world::Wakeup receiver;
};
std::unique_ptr<world::DatagramSocket> make_datagram_socket(Host& host, Endpoint local);

/// One connect(2), from the first SYN to its outcome.
struct Connector {
  Host* host = nullptr;
  std::uint64_t life = 0;    // of the host
  std::uint64_t number = 0;  // of the connection to be
  Endpoint local, peer;
  world::Wakeup done;
  std::unique_ptr<world::Stream> stream;  // once connected
  TimePoint began{};
  std::size_t syns = 0;
  std::uint64_t syn_timer = 0;
  std::uint64_t neighbour_timer = 0;  // runs while nobody answers ARP
  bool over = false;
};
std::shared_ptr<Connector> make_connector(Host& host, const Address& source, const Endpoint& peer);
void begin_connect(const std::shared_ptr<Connector>& connector, world::Wakeup done);
/// Ends it with operation_aborted, if it is not over.
void abort_connect(Connector& connector);

/// co_await wait_for(start, cancel): an operation that the world completes,
/// and that asio's cancellation slots can end early.
template <class Start, class Cancel>
world::awaitable<void> wait_for(Start start, Cancel cancel) {
  return asio::async_initiate<const asio::use_awaitable_t<>&, void(error_code)>(
      [start = std::move(start), cancel = std::move(cancel)](auto handler) mutable {
        auto slot = asio::get_associated_cancellation_slot(handler);
        if (slot.is_connected())
          slot.assign([cancel = std::move(cancel)](asio::cancellation_type) mutable { cancel(); });
        start(world::Wakeup([h = std::move(handler), slot](error_code error) mutable {
          if (slot.is_connected()) slot.clear();
          std::move(h)(error);
        }));
      },
      asio::use_awaitable);
}

}  // namespace mxlab::sim
