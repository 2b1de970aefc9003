// sim_listener.cpp - listening sockets: the kernel fills the backlog, the process empties it.
#include <algorithm>
#include <asio/error.hpp>
#include <utility>

#include "sim/world/sim_network.hpp"
#include "sim/world/simulation.hpp"

namespace mxlab::sim {

namespace {
constexpr int kMaxBacklog = 4096;  // net.core.somaxconn

class SimListener final : public world::Listener {
 public:
  explicit SimListener(std::shared_ptr<ListenSocket> socket) : socket_(std::move(socket)) {}
  ~SimListener() override { close_listener(*socket_); }

  world::awaitable<std::unique_ptr<world::Stream>> accept() override;
  void pause() override { socket_->paused = true; }
  void resume() override;
  void close() override { close_listener(*socket_); }
  Endpoint local() const override { return socket_->local; }

 private:
  std::shared_ptr<ListenSocket> socket_;
};

void finish_accept(ListenSocket& listener, error_code error) {
  if (listener.acceptor) listener.host->post(std::move(listener.acceptor), error);
}

world::awaitable<std::unique_ptr<world::Stream>> SimListener::accept() {
  auto socket = socket_;  // outlives this object, should it be destroyed meanwhile
  while (socket->open && (socket->paused || socket->backlog.empty()))
    co_await wait_for([socket](world::Wakeup done) { socket->acceptor = std::move(done); },
                      [socket] { finish_accept(*socket, asio::error::operation_aborted); });
  if (!socket->open) throw std::system_error(asio::error::operation_aborted);
  TcpRef end = std::move(socket->backlog.front());
  socket->backlog.pop_front();
  end->host->simulation.trace().record(end->host->index, EventKind::kAccepted,
                                       {end->other->local, end->local, end->connection});
  co_return make_stream(std::move(end));
}

void SimListener::resume() {
  socket_->paused = false;
  if (!socket_->backlog.empty()) finish_accept(*socket_, {});
}

bool overlaps(const Endpoint& a, const Endpoint& b) {
  if (a.port != b.port || a.address.is_v4() != b.address.is_v4()) return false;
  return a.address == b.address || a.address.is_unspecified() || b.address.is_unspecified();
}

bool taken(const Sockets& sockets, const Endpoint& local) {
  return std::ranges::any_of(sockets.listeners,
                             [&](const auto& entry) { return overlaps(entry.first, local); });
}
}  // namespace

std::shared_ptr<ListenSocket> make_listen_socket(Host& host, int backlog) {
  auto socket = std::make_shared<ListenSocket>();
  socket->host = &host;
  socket->limit = static_cast<std::size_t>(std::clamp(backlog, 0, kMaxBacklog));
  return socket;
}

std::unique_ptr<world::Listener> make_listener(std::shared_ptr<ListenSocket> socket) {
  return std::make_unique<SimListener>(std::move(socket));
}

std::unique_ptr<world::Listener> SimNetwork::listen(Endpoint local, int backlog) {
  check_bindable(host_, local.address);
  Sockets& sockets = *host_.sockets;
  bool any_port = local.port == 0;
  if (any_port) local.port = sockets.ephemeral_port(host_);
  while (any_port && taken(sockets, local)) local.port = sockets.ephemeral_port(host_);
  if (taken(sockets, local)) throw std::system_error(asio::error::address_in_use);
  auto socket = make_listen_socket(host_, backlog);
  socket->local = local;
  sockets.listeners.emplace(local, socket);
  return make_listener(std::move(socket));
}

std::shared_ptr<ListenSocket> Sockets::listener_at(const Endpoint& to) {
  for (auto& [local, listener] : listeners)
    if (overlaps(local, to)) return listener;
  return nullptr;
}

void establish(const TcpRef& server) {
  if (!server->place) return;
  auto place = std::move(server->place);
  ListenSocket& listener = place->listener();
  if (!listener.open) return send_reset(server);
  enqueue(listener, server);
}

void enqueue(ListenSocket& listener, const TcpRef& server) {
  attach(server);
  listener.backlog.push_back(server);
  server->host->simulation.trace().record(
      server->host->index, EventKind::kEstablished,
      {server->other->local, server->local, server->connection});
  if (!listener.paused) finish_accept(listener, {});
}

void close_listener(ListenSocket& listener) {
  if (!std::exchange(listener.open, false)) return;
  Host& host = *listener.host;
  finish_accept(listener, asio::error::operation_aborted);
  for (TcpRef& end : std::exchange(listener.backlog, {})) {
    detach(*end);
    send_reset(end);
    end->broken = asio::error::connection_reset;
  }
  if (listener.path.empty()) {
    host.sockets->listeners.erase(listener.local);
  } else {
    host.sockets->local_listeners.erase(listener.path);
    host.socket_files.erase(listener.path);
  }
}

}  // namespace mxlab::sim
