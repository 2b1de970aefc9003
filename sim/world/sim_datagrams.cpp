// sim_datagrams.cpp - UDP: loss, delay, duplicates, and ICMP port unreachable.
#include <algorithm>
#include <asio/error.hpp>
#include <utility>

#include "sim/world/sim_network.hpp"
#include "sim/world/simulation.hpp"

namespace mxlab::sim {

namespace {
class SimDatagramSocket final : public world::DatagramSocket {
 public:
  SimDatagramSocket(Host& host, Endpoint local, std::shared_ptr<DatagramQueue> queue)
      : host_(host), local_(std::move(local)), queue_(std::move(queue)) {}
  ~SimDatagramSocket() override { close(); }

  world::awaitable<world::Datagram> receive() override;
  void send(world::Datagram datagram) override;
  void close() override;
  Endpoint local() const override { return local_; }

 private:
  Host& host_;
  Endpoint local_;
  std::shared_ptr<DatagramQueue> queue_;
};

struct Flight {
  Host* from;
  Host* to;
  Endpoint source;
  Endpoint destination;
  std::string payload;
};

void wake_receiver(Host& host, DatagramQueue& queue, error_code error) {
  if (queue.receiver) host.post(std::move(queue.receiver), error);
}

void record(const Flight& flight, Host& at, EventKind kind) {
  at.simulation.trace().record(at.index, kind,
                               {flight.source, flight.destination, 0, flight.payload});
}

DatagramQueue* queue_at(Host& host, const Endpoint& to) {
  auto& all = host.sockets->datagrams;
  auto exact = all.find(to);
  if (exact != all.end()) return exact->second.get();
  auto any = all.find({to.address.is_v4() ? Address(asio::ip::address_v4::any())
                                          : Address(asio::ip::address_v6::any()),
                       to.port});
  return any == all.end() ? nullptr : any->second.get();
}

/// The sender's kernel has heard that nobody listens there.
void take_port_unreachable(const Flight& flight) {
  Host& host = *flight.from;
  host.simulation.count_packet();
  DatagramQueue* queue = host.powered ? queue_at(host, flight.source) : nullptr;
  if (queue == nullptr) return;
  record(flight, host, EventKind::kPortUnreachable);
  queue->refused = true;
  wake_receiver(host, *queue, {});
}

void refuse(std::shared_ptr<Flight> flight, int flights) {
  Simulation& simulation = flight->from->simulation;
  TimePoint when = simulation.now();
  for (int i = 0; i < flights; ++i)
    when = simulation.wires().arrival(*flight->to, *flight->from, 0, when);
  simulation.timeline().add(when, Timeline::kNobody,
                            Action([flight] { take_port_unreachable(*flight); }));
}

void arrive(const std::shared_ptr<Flight>& flight) {
  Host& host = *flight->to;
  host.simulation.count_packet();
  if (!host.powered || host.doomed()) return;
  DatagramQueue* queue = queue_at(host, flight->destination);
  if (queue == nullptr) {
    auto back =
        host.simulation.verdict(host, flight->from, flight->source.port, flight->destination.port);
    if (back == Verdict::kPass) refuse(flight, 1);
    return;
  }
  record(*flight, host, EventKind::kDatagram);
  if (queue->waiting.size() >= DatagramQueue::kMostWaiting) return;
  queue->waiting.push_back({flight->source, flight->payload});
  wake_receiver(host, *queue, {});
}

void fly(const std::shared_ptr<Flight>& flight) {
  Simulation& simulation = flight->from->simulation;
  Wires& wires = simulation.wires();
  const Quality& quality = wires.quality(*flight->from, *flight->to);
  bool loopback = flight->from == flight->to;
  if (wires.loses(*flight->from, *flight->to))
    return record(*flight, *flight->from, EventKind::kDatagramLost);
  int copies = !loopback && wires.rng().chance(quality.duplicate) ? 2 : 1;
  for (int i = 0; i < copies; ++i) {
    TimePoint when =
        wires.arrival(*flight->from, *flight->to, flight->payload.size(), simulation.now());
    simulation.timeline().add(when, Timeline::kNobody, Action([flight] { arrive(flight); }));
  }
}

world::awaitable<world::Datagram> SimDatagramSocket::receive() {
  auto queue = queue_;
  Host& host = host_;
  while (queue->open && queue->waiting.empty() && !queue->refused)
    co_await wait_for(
        [queue](world::Wakeup done) { queue->receiver = std::move(done); },
        [queue, &host] { wake_receiver(host, *queue, asio::error::operation_aborted); });
  if (!queue->open) throw std::system_error(asio::error::operation_aborted);
  if (std::exchange(queue->refused, false))
    throw std::system_error(asio::error::connection_refused);
  world::Datagram datagram = std::move(queue->waiting.front());
  queue->waiting.pop_front();
  co_return datagram;
}

void SimDatagramSocket::send(world::Datagram datagram) {
  if (!queue_->open || host_.doomed()) return;
  Endpoint source = local_;
  for (const Address& own : host_.addresses)
    if (source.address.is_unspecified() && own.is_v4() == datagram.peer.address.is_v4())
      source.address = own;
  if (local_.address.is_unspecified() && datagram.peer.address.is_loopback())
    source.address = datagram.peer.address;
  if (source.address.is_unspecified()) return;  // no route: lost
  Simulation& simulation = host_.simulation;
  Host* to = simulation.route(host_, datagram.peer.address);
  Verdict verdict = simulation.verdict(host_, to, datagram.peer.port, local_.port);
  auto flight = std::make_shared<Flight>(
      Flight{&host_, to, source, datagram.peer, std::move(datagram.payload)});
  if (verdict == Verdict::kPass) return fly(flight);
  record(*flight, host_, EventKind::kDatagramLost);
  if (verdict == Verdict::kReject) refuse(flight, 2);
}

void SimDatagramSocket::close() {
  if (!std::exchange(queue_->open, false)) return;
  wake_receiver(host_, *queue_, asio::error::operation_aborted);
  host_.sockets->datagrams.erase(local_);
}
}  // namespace

std::unique_ptr<world::DatagramSocket> make_datagram_socket(Host& host, Endpoint local) {
  check_bindable(host, local.address);
  auto& all = host.sockets->datagrams;
  constexpr std::uint16_t kFirst = 1024;
  bool any_port = local.port == 0;
  while (local.port == 0 || (any_port && all.contains(local)))
    local.port = static_cast<std::uint16_t>(kFirst + host.random.below(65536 - kFirst));
  if (all.contains(local)) throw std::system_error(asio::error::address_in_use);
  auto queue = std::make_shared<DatagramQueue>();
  all.emplace(local, queue);
  return std::make_unique<SimDatagramSocket>(host, std::move(local), std::move(queue));
}

}  // namespace mxlab::sim
