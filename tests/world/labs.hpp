// labs.hpp - both worlds behind one door, so that each test of the contract runs in either.
#pragma once
#include <asio/awaitable.hpp>
#include <gtest/gtest.h>
#include <memory>
#include <string>

#include "relay/world/real_disk.hpp"
#include "relay/world/real_world.hpp"
#include "sim/world/simulation.hpp"

namespace mxlab::test {

using world::awaitable;
using world::Endpoint;
using world::World;

/// A client's and a server's world; in the real one they are the same, on loopback.
class Lab {
 public:
  virtual ~Lab() = default;
  virtual World& client() = 0;
  virtual World& server() = 0;
  virtual world::Address server_address() const = 0;
  /// Runs `main` on the client's executor to its end; fails the test if it throws or hangs.
  virtual void run(awaitable<void> main) = 0;

  Endpoint any_port() const { return {server_address(), 0}; }
};

class RealLab final : public Lab {
 public:
  World& client() override { return world_.world(); }
  World& server() override { return world_.world(); }
  world::Address server_address() const override { return asio::ip::make_address("127.0.0.1"); }
  void run(awaitable<void> main) override;

 private:
  struct Silence final : world::Journal {
    void record(const world::Fact&) override {}
  };
  world::RealDisk disk_;
  Silence journal_;
  world::RealWorld world_{disk_, journal_};
};

class SimLab final : public Lab {
 public:
  explicit SimLab(std::uint64_t seed = 1);
  World& client() override { return client_host->world(); }
  World& server() override { return server_host->world(); }
  world::Address server_address() const override { return asio::ip::make_address("192.0.2.2"); }
  void run(awaitable<void> main) override;
  /// Starts it and lets time run only as the test says.
  void start(awaitable<void> main);
  double seconds() const { return std::chrono::duration<double>(simulation.elapsed()).count(); }

  sim::Simulation simulation;
  sim::Host* client_host;
  sim::Host* server_host;
};

/// Ends with the process that it was booted as.
inline std::shared_ptr<void> nothing(World&) { return nullptr; }

awaitable<void> write_all(world::Stream& stream, std::string text);
/// What one read gives; "" for the end of the stream.
awaitable<std::string> read_some(world::Stream& stream);
awaitable<std::string> read_exactly(world::Stream& stream, std::size_t size);
/// Reads to the end of the stream.
awaitable<std::string> read_to_end(world::Stream& stream);
/// The error with which the operation ends; none when it succeeds.
awaitable<world::error_code> error_of(awaitable<void> operation);
awaitable<void> connect_and_drop(World& world, Endpoint peer);

}  // namespace mxlab::test
