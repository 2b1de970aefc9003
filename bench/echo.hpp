// echo.hpp - two simulated hosts that talk as fast as they can: how many network events a second.
#pragma once
#include <array>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <chrono>

#include "sim/world/simulation.hpp"

namespace mxlab::bench {

inline const world::Endpoint kServer{asio::ip::make_address("192.0.2.2"), 25};

/// A client and a server without a program, and no trace kept.
struct TwoHosts {
  sim::Simulation simulation{1};
  sim::Host& client = simulation.add_host("client", {asio::ip::make_address("192.0.2.1")});
  sim::Host& server = simulation.add_host("server", {kServer.address});
  TwoHosts() {
    const auto nothing = [](world::World&) { return std::shared_ptr<void>(); };
    simulation.trace().keep(sim::Keep::kNothing);
    simulation.boot(client, nothing);
    simulation.boot(server, nothing);
  }
  /// Real seconds until nothing is left to happen.
  double run() {
    auto begin = std::chrono::steady_clock::now();
    simulation.run();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }
};

inline world::awaitable<void> pass_on(std::unique_ptr<world::Stream> stream, int rounds) {
  std::array<char, 64> line{};
  for (int i = 0; i < rounds; ++i) {
    std::size_t n = co_await stream->async_read_some(asio::buffer(line), asio::use_awaitable);
    co_await stream->async_write_some(asio::buffer(line, n), asio::use_awaitable);
  }
}
inline world::awaitable<void> serve_echo(world::World& world, int connections, int rounds) {
  auto listener = world.network.listen(kServer, 100);
  for (int i = 0; i < connections; ++i)
    asio::co_spawn(world.executor, pass_on(co_await listener->accept(), rounds), asio::detached);
}
inline world::awaitable<void> ask_echo(world::World& world, int rounds) {
  auto stream = co_await world.network.connect(kServer);
  std::array<char, 64> line{};
  for (int i = 0; i < rounds; ++i) {
    co_await stream->async_write_some(asio::buffer(line, 32), asio::use_awaitable);
    co_await stream->async_read_some(asio::buffer(line), asio::use_awaitable);
  }
}

struct EchoResult {
  double network_events = 0, handlers = 0, seconds = 0;
};

inline EchoResult run_echo(int connections, int rounds) {
  TwoHosts hosts;
  sim::Quality quality;
  quality.split = 0;  // a short write would end the echo early
  hosts.simulation.wires().set_quality(quality);
  asio::co_spawn(hosts.server.world().executor,
                 serve_echo(hosts.server.world(), connections, rounds), asio::detached);
  for (int i = 0; i < connections; ++i)
    asio::co_spawn(hosts.client.world().executor, ask_echo(hosts.client.world(), rounds),
                   asio::detached);
  EchoResult result;
  result.seconds = hosts.run();
  result.network_events = static_cast<double>(hosts.simulation.network_events());
  result.handlers = static_cast<double>(hosts.simulation.handlers());
  return result;
}

}  // namespace mxlab::bench
