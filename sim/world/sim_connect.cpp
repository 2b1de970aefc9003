// sim_connect.cpp - connect(2) as Linux does it: SYNs, who answers them, and when it gives up.
#include <array>
#include <asio/error.hpp>
#include <utility>

#include "sim/world/sim_network.hpp"
#include "sim/world/simulation.hpp"

namespace mxlab::sim {

namespace {
using Ref = std::shared_ptr<Connector>;

/// As captured on Linux 6.18: SYNs at these seconds, then ETIMEDOUT.
constexpr std::array<int, 11> kSynSeconds{0, 1, 2, 3, 4, 5, 7, 11, 19, 36, 69};
constexpr Duration kConnectTimeout = std::chrono::milliseconds(134700);
/// Nobody answers ARP: EHOSTUNREACH, as captured.
constexpr Duration kNeighbourTimeout = std::chrono::milliseconds(3100);

void send_syn(const Ref& c);

Simulation& simulation_of(const Connector& c) { return c.host->simulation; }

void record(const Connector& c, EventKind kind, std::string_view text) {
  simulation_of(c).trace().record(c.host->index, kind, {c.local, c.peer, c.number}, text);
}

void end_connect(Connector& c) {
  c.over = true;
  simulation_of(c).timeline().cancel(c.syn_timer);
  simulation_of(c).timeline().cancel(c.neighbour_timer);
  c.host->sockets->connectors.erase(c.number);
}

void fail(const Ref& c, error_code error) {
  if (c->over) return;
  record(*c, EventKind::kConnectFailed, error.message());
  end_connect(*c);
  c->host->post(std::move(c->done), error);
}

/// The client's process is still there and still wants it.
bool wanted(const Connector& c) {
  return !c.over && c.host->powered && c.host->life == c.life && c.host->up;
}

/// Something comes back for a SYN sent now, on a path that needs so many flights.
void answer_after(const Ref& c, int flights, error_code error) {
  Simulation& simulation = simulation_of(*c);
  Host* target = simulation.route(*c->host, c->peer.address);
  Host& peer = target != nullptr ? *target : *c->host;
  TimePoint when = simulation.now();
  for (int i = 0; i < flights; ++i) when = simulation.wires().arrival(peer, *c->host, 0, when);
  simulation.timeline().add(when, Timeline::kNobody, Action([c, error] {
                              simulation_of(*c).count_packet();
                              if (wanted(*c)) fail(c, error);
                            }));
}

void await_neighbour(const Ref& c) {
  if (c->neighbour_timer != 0) return;
  Simulation& simulation = simulation_of(*c);
  c->neighbour_timer =
      simulation.timeline().add(simulation.now() + kNeighbourTimeout, c->host->index,
                                Action([c] { fail(c, asio::error::host_unreachable); }));
}

/// The SYN-ACK is there: the client's end is connected, whatever the server's process does.
void take_syn_ack(const Ref& c, const std::shared_ptr<Connection>& connection) {
  simulation_of(*c).count_packet();
  TcpRef client(connection, &connection->client);
  if (!wanted(*c)) {
    connection->server.place.reset();
    return;
  }
  record(*c, EventKind::kConnected, {});
  attach(client);
  end_connect(*c);
  c->stream = make_stream(client);
  transmit(client, Segment::Kind::kEstablished);
  c->host->post(std::move(c->done), error_code());
}

void take_syn(const Ref& c, Host& server) {
  Simulation& simulation = simulation_of(*c);
  simulation.count_packet();
  if (!server.powered || server.doomed()) return;
  if (simulation.verdict(server, c->host, c->local.port, c->peer.port) != Verdict::kPass) return;
  auto listener = server.sockets->listener_at(c->peer);
  if (!listener) return answer_after(c, 1, asio::error::connection_refused);
  if (listener->full()) {
    simulation.trace().record(server.index, EventKind::kBacklogFull,
                              {c->local, c->peer, c->number});
    return;
  }
  auto connection = make_connection({c->host, c->local}, {&server, c->peer}, c->number);
  connection->server.place = std::make_unique<BacklogPlace>(std::move(listener));
  TimePoint when = simulation.wires().arrival(server, *c->host, 0, simulation.now());
  simulation.timeline().add(when, Timeline::kNobody,
                            Action([c, connection] { take_syn_ack(c, connection); }));
}

void schedule_next_syn(const Ref& c) {
  Simulation& simulation = simulation_of(*c);
  bool more = c->syns < kSynSeconds.size();
  Duration offset = more ? Duration(std::chrono::seconds(kSynSeconds[c->syns])) : kConnectTimeout;
  c->syn_timer = simulation.timeline().add(c->began + offset, c->host->index, Action([c, more] {
                                             if (more) return send_syn(c);
                                             fail(c, asio::error::timed_out);
                                           }));
}

void pass_syn(const Ref& c, Host& target) {
  Simulation& simulation = simulation_of(*c);
  if (simulation.wires().loses(*c->host, target)) return;
  TimePoint when = simulation.wires().arrival(*c->host, target, 0, simulation.now());
  simulation.timeline().add(when, Timeline::kNobody, Action([c, &target] { take_syn(c, target); }));
}

void send_syn(const Ref& c) {
  ++c->syns;
  schedule_next_syn(c);
  if (c->host->doomed()) return;
  Simulation& simulation = simulation_of(*c);
  Host* target = simulation.route(*c->host, c->peer.address);
  Verdict verdict = simulation.verdict(*c->host, target, c->peer.port, c->local.port);
  record(*c, EventKind::kSyn, to_string(verdict));
  if (verdict == Verdict::kUnreachable) return await_neighbour(c);
  simulation.timeline().cancel(std::exchange(c->neighbour_timer, 0));
  if (verdict == Verdict::kPass) return pass_syn(c, *target);
  if (verdict == Verdict::kReject) return answer_after(c, 2, asio::error::connection_refused);
  if (verdict == Verdict::kProhibit) return answer_after(c, 2, asio::error::host_unreachable);
}
}  // namespace

std::shared_ptr<Connection> make_connection(const Side& client, const Side& server,
                                            std::uint64_t number) {
  auto connection = std::make_shared<Connection>();
  TcpEnd& a = connection->client;
  TcpEnd& b = connection->server;
  a.host = client.host, b.host = server.host;
  a.local = client.local, b.local = server.local;
  a.other = &b, b.other = &a;
  b.server = true;
  for (TcpEnd* end : {&a, &b}) {
    end->power_cycle = end->host->power_cycle;
    end->connection = number;
  }
  return connection;
}

std::shared_ptr<Connector> make_connector(Host& host, const Address& source, const Endpoint& peer) {
  auto c = std::make_shared<Connector>();
  c->host = &host;
  c->local = {source, host.sockets->ephemeral_port(host)};
  c->peer = peer;
  c->life = host.life;
  c->number = host.simulation.next_connection();
  c->began = host.simulation.now();
  return c;
}

void begin_connect(const std::shared_ptr<Connector>& connector, world::Wakeup done) {
  connector->done = std::move(done);
  connector->host->sockets->connectors.emplace(connector->number, connector);
  send_syn(connector);
}

void abort_connect(Connector& connector) {
  if (connector.over) return;
  auto keep = connector.host->sockets->connectors.at(connector.number);
  end_connect(connector);
  connector.host->post(std::move(connector.done), asio::error::operation_aborted);
}

}  // namespace mxlab::sim
