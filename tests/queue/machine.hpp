// machine.hpp - one life of a process with a queue, on virtual time, over whichever disk.
//
// The smallest world in which the queue runs: a clock that jumps, storage that takes a
// millisecond, no network.
// The machine stops between two handlers when its disk has died; its destruction is the crash.
#pragma once
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "relay/queue/queue.hpp"
#include "sim/world/rng.hpp"
#include "sim/world/sim_disk.hpp"

namespace mxlab::queue::testing {

/// The disk died before a coroutine came to its end.
struct Died {};

class JumpingClock final : public world::Clock {
 public:
  explicit JumpingClock(asio::io_context& io) : io_(io) {}
  TimePoint now() const override { return TimePoint(now_.time_since_epoch()); }
  world::SteadyPoint steady_now() const override { return now_; }
  std::uint64_t start_wait(world::SteadyPoint at, world::Wakeup wakeup) override;
  void cancel_wait(std::uint64_t id) override;
  /// Jumps to the next wait that has an end; false when there is none.
  bool jump();
  void clear() { waits_.clear(); }

 private:
  struct Wait {
    world::SteadyPoint at;
    world::Wakeup wakeup;
  };
  void wake(std::map<std::uint64_t, Wait>::iterator wait, world::error_code error);

  asio::io_context& io_;
  world::SteadyPoint now_{std::chrono::hours(24 * 365 * 50)};
  std::uint64_t last_id_ = 0;
  std::map<std::uint64_t, Wait> waits_;
};

class Machine {
 public:
  Machine(world::Disk& disk, QueueOptions options);
  Machine(sim::SimDisk& disk, QueueOptions options);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  Queue& queue() { return *queue_; }
  world::World& world() { return world_; }
  std::string& warnings() { return journal_.warnings; }

  /// Starts a coroutine; its exceptions end the test program.
  void spawn(asio::awaitable<void> work);
  /// Runs until all that was spawned waits for ever, or the disk is dead (false).
  bool run();

  /// Runs one coroutine to its end and returns what it returns.
  template <class Result>
  Result await(asio::awaitable<Result> work) {
    std::optional<Result> result;
    std::exception_ptr error;
    asio::co_spawn(io_, std::move(work), [&](std::exception_ptr e, Result r) {
      error = e;
      if (!e) result.emplace(std::move(r));
    });
    run_until([&] { return result || error; });
    if (error) std::rethrow_exception(error);
    if (!result) throw Died();
    return std::move(*result);
  }
  void await(asio::awaitable<void> work);

  /// Opens the queue and starts its committer.
  Recovery boot();
  /// Stops it cleanly.
  void shut();

 private:
  /// A disk takes a moment, in which others run: who answers too early is seen.
  class Delayed final : public world::Storage {
   public:
    Delayed(asio::io_context& io, world::Clock& clock) : io_(io), clock_(clock) {}
    void run(std::function<void()> job, world::Completion<> done) override;

   private:
    asio::io_context& io_;
    world::Clock& clock_;
  };
  class Warnings final : public world::Journal {
   public:
    void record(const world::Fact& fact) override {
      if (fact.subject == "warn") warnings.append(fact.text).append("\n");
    }
    std::string warnings;
  };
  class NoNetwork final : public world::Network {
   public:
    std::unique_ptr<world::Listener> listen(world::Endpoint, int) override;
    asio::awaitable<std::unique_ptr<world::Stream>> connect(world::Endpoint) override;
    asio::awaitable<std::unique_ptr<world::Stream>> connect_from(world::Address,
                                                                 world::Endpoint) override;
    std::unique_ptr<world::Listener> listen_local(std::string, unsigned) override;
    asio::awaitable<std::unique_ptr<world::Stream>> connect_local(std::string) override;
    std::unique_ptr<world::DatagramSocket> open_datagrams(world::Endpoint) override;
    std::vector<world::InterfaceAddress> interfaces() const override { return {}; }
  };
  void run_until(const std::function<bool()>& done);

  std::function<bool()> dead_ = [] { return false; };
  asio::io_context io_;
  JumpingClock clock_{io_};
  NoNetwork network_;
  Delayed storage_{io_, clock_};
  sim::Rng random_{1};
  Warnings journal_;
  world::World world_;
  std::unique_ptr<Queue> queue_;
};

}  // namespace mxlab::queue::testing
