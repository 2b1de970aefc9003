#include "tests/world/labs.hpp"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>

namespace mxlab::test {

namespace {
constexpr auto kHang = std::chrono::seconds(30);

struct Outcome {
  bool done = false;
  std::string error;
};

void spawn(World& world, awaitable<void> main, Outcome& outcome) {
  asio::co_spawn(world.executor, std::move(main), [&outcome](std::exception_ptr error) {
    outcome.done = true;
    if (error) try {
        std::rethrow_exception(error);
      } catch (const std::exception& e) {
        outcome.error = e.what();
      }
  });
}

void judge(const Outcome& outcome) {
  EXPECT_TRUE(outcome.done) << "the test's coroutine hangs";
  EXPECT_EQ(outcome.error, "");
}
}  // namespace

void RealLab::run(awaitable<void> main) {
  Outcome outcome;
  spawn(client(), std::move(main), outcome);
  auto deadline = std::chrono::steady_clock::now() + kHang;
  world_.io().restart();
  while (!outcome.done && world_.io().run_one_until(deadline) != 0) {
  }
  judge(outcome);
}

SimLab::SimLab(std::uint64_t seed)
    : simulation(seed),
      client_host(&simulation.add_host("client", {asio::ip::make_address("192.0.2.1")})),
      server_host(&simulation.add_host("server", {asio::ip::make_address("192.0.2.2")})) {
  simulation.boot(*client_host, nothing);
  simulation.boot(*server_host, nothing);
}

void SimLab::run(awaitable<void> main) {
  Outcome outcome;
  spawn(client(), std::move(main), outcome);
  // A test's coroutine may await things of both hosts, which no product's does: its end can be
  // posted to the client's executor from the server's handler.
  do simulation.wake(*client_host);
  while (!outcome.done && simulation.step());
  judge(outcome);
}

void SimLab::start(awaitable<void> main) {
  asio::co_spawn(client().executor, std::move(main), asio::detached);
}

awaitable<void> write_all(world::Stream& stream, std::string text) {
  co_await asio::async_write(stream, asio::buffer(text), asio::use_awaitable);
}

awaitable<std::string> read_some(world::Stream& stream) {
  std::string buffer(1000, '\0');
  try {
    buffer.resize(co_await stream.async_read_some(asio::buffer(buffer), asio::use_awaitable));
  } catch (const std::system_error& error) {
    if (error.code() != asio::error::eof) throw;
    buffer.clear();
  }
  co_return buffer;
}

awaitable<std::string> read_exactly(world::Stream& stream, std::size_t size) {
  std::string buffer(size, '\0');
  co_await asio::async_read(stream, asio::buffer(buffer), asio::use_awaitable);
  co_return buffer;
}

awaitable<std::string> read_to_end(world::Stream& stream) {
  std::string all;
  for (;;) {
    std::string piece = co_await read_some(stream);
    if (piece.empty()) co_return all;
    all += piece;
  }
}

awaitable<world::error_code> error_of(awaitable<void> operation) {
  try {
    co_await std::move(operation);
  } catch (const std::system_error& error) {
    co_return error.code();
  }
  co_return world::error_code();
}

awaitable<void> connect_and_drop(World& world, Endpoint peer) {
  co_await world.network.connect(std::move(peer));
}

}  // namespace mxlab::test
