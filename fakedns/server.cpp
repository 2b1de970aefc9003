#include "fakedns/server.hpp"

#include "relay/dns/deadline.hpp"
#include "relay/dns/tcp.hpp"
#include "relay/world/spawn.hpp"

namespace mxlab::fakedns {
namespace {

using world::awaitable;
using world::Duration;

constexpr int kBacklog = 128;
constexpr int kMaxConnections = 256;
constexpr int kMaxDelayed = 10'000;  // replies held back at a time; more are dropped, as UDP may
constexpr Duration kIdleLimit = std::chrono::seconds(10);  // RFC 7766 6.2.3: "a few seconds"
constexpr Duration kAcceptPause = std::chrono::seconds(1);

}  // namespace

Server::Server(world::World& world, const ZoneSet& zones, const Lies& lies)
    : world_(world), zones_(zones), lies_(lies), remembered_(zones) {}

world::Endpoint Server::start(world::Endpoint local) {
  auto listener = world_.network.listen(local, kBacklog);
  local.port = listener->local().port;
  std::shared_ptr<world::DatagramSocket> socket = world_.network.open_datagrams(local);
  world::spawn(world_, accept_loop(std::move(listener)));
  world::spawn(world_, serve_datagrams(std::move(socket)));
  return local;
}

Server::Planned Server::plan(std::string_view query, world::Endpoint asker, Transport transport) {
  const Answer& truth = remembered_.answer(query, transport);
  const Lie lie = truth.name.empty() ? Lie{} : lies_.find(truth.name, truth.type);
  if (lie.kind == LieKind::kNone) {
    tell(truth, asker, transport);
    return {wire_for(query, truth), lie.delay};
  }
  auto reply = answer(query, zones_, transport, lie.kind);
  tell(reply, asker, transport);
  return {std::move(reply.wire), lie.delay};
}

void Server::tell(const Answer& reply, const world::Endpoint& asker, Transport transport) const {
  if (!on_question) return;
  on_question({.asker = asker,
               .transport = transport,
               .name = reply.name,
               .type = reply.type,
               .summary = reply.summary});
}

awaitable<void> Server::serve_datagrams(std::shared_ptr<world::DatagramSocket> socket) {
  for (;;) {
    world::Datagram query;
    try {
      query = co_await socket->receive();
    } catch (const std::system_error& error) {
      // An asker that no longer listens is no reason to stop; a closed socket is.
      if (error.code() == asio::error::connection_refused) continue;
      co_return;
    }
    auto planned = plan(query.payload, query.peer, Transport::kUdp);
    if (planned.wire.empty()) continue;
    world::Datagram reply{query.peer, std::move(planned.wire)};
    if (planned.delay == Duration::zero())
      socket->send(std::move(reply));
    else if (delayed_ < kMaxDelayed)
      world::spawn(world_, send_later(socket, std::move(reply), planned.delay));
  }
}

awaitable<void> Server::send_later(std::shared_ptr<world::DatagramSocket> socket,
                                   world::Datagram reply, Duration delay) {
  ++delayed_;
  co_await world_.clock.sleep_for(delay);
  --delayed_;
  socket->send(std::move(reply));
}

awaitable<void> Server::accept_loop(std::unique_ptr<world::Listener> listener) {
  for (;;) {
    std::unique_ptr<world::Stream> stream;
    try {
      stream = co_await listener->accept();
    } catch (const std::system_error& error) {
      if (error.code() == asio::error::operation_aborted) co_return;
    }
    if (!stream)
      co_await world_.clock.sleep_for(kAcceptPause);  // out of file descriptors, most likely
    else if (connections_ < kMaxConnections)
      world::spawn(world_, serve_stream(std::move(stream)));
  }
}

awaitable<void> Server::serve_stream(std::unique_ptr<world::Stream> stream) {
  ++connections_;
  try {
    co_await converse(*stream);
  } catch (const std::system_error&) {
    // The asker has gone, or was silent for too long.
  }
  stream->close();
  --connections_;
}

awaitable<void> Server::converse(world::Stream& stream) {
  for (;;) {
    auto query = co_await read_within_limit(stream);
    auto planned = plan(query, stream.peer(), Transport::kTcp);
    if (planned.delay != Duration::zero()) co_await world_.clock.sleep_for(planned.delay);
    if (!planned.wire.empty()) co_await dns::write_message(stream, std::move(planned.wire));
  }
}

awaitable<std::string> Server::read_within_limit(world::Stream& stream) {
  dns::Deadline deadline(world_.clock, world_.clock.steady_now() + kIdleLimit, stream);
  co_return co_await dns::read_message(stream);
}

}  // namespace mxlab::fakedns
