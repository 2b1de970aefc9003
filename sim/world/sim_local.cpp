// sim_local.cpp - local sockets (unix(7)): connections within one host, found by path.
//
// They are carried as TCP over loopback is, without its handshake. A process that is killed leaves
// the socket's file, at which nobody listens; a power cut leaves nothing, as in /run.
#include <cerrno>
#include <utility>

#include "sim/world/process.hpp"
#include "sim/world/sim_network.hpp"
#include "sim/world/simulation.hpp"

namespace mxlab::sim {

namespace {
[[noreturn]] void fail(int error, const std::string& path) {
  throw std::system_error(error, std::system_category(), path);
}

void check_length(const std::string& path) {
  if (path.size() > world::kLongestLocalPath) fail(ENAMETOOLONG, path);
}

TcpRef connect_to(ListenSocket& listener) {
  Host& host = *listener.host;
  auto connection = make_connection({&host, {}}, {&host, {}}, host.simulation.next_connection());
  const world::Credentials ourselves{0, 0, static_cast<std::int32_t>(host.life)};
  connection->client.peer_process = connection->server.peer_process = ourselves;
  TcpRef client(connection, &connection->client);
  attach(client);
  enqueue(listener, TcpRef(connection, &connection->server));
  return client;
}
}  // namespace

std::unique_ptr<world::Listener> SimNetwork::listen_local(std::string path, unsigned) {
  check_length(path);
  if (host_.sockets->local_listeners.contains(path)) fail(EADDRINUSE, path);
  auto socket = make_listen_socket(host_, world::kLocalBacklog);
  socket->path = path;
  host_.socket_files.insert(path);
  host_.sockets->local_listeners.emplace(std::move(path), socket);
  return make_listener(std::move(socket));
}

world::awaitable<std::unique_ptr<world::Stream>> SimNetwork::connect_local(std::string path) {
  constexpr Duration kBreath = std::chrono::milliseconds(10);
  check_length(path);
  for (;;) {
    if (!host_.socket_files.contains(path)) fail(ENOENT, path);
    auto found = host_.sockets->local_listeners.find(path);
    if (found == host_.sockets->local_listeners.end()) fail(ECONNREFUSED, path);
    if (!found->second->full()) co_return make_stream(connect_to(*found->second));
    // A full backlog: connect(2) would wait as long as it takes. The caller has the deadline.
    co_await host_.world().clock.sleep_for(kBreath);
  }
}

}  // namespace mxlab::sim
