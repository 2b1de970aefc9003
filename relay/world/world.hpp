// world.hpp - the seam: everything through which the relay reaches time, network, disk and chance.
//
// Two worlds implement it: relay/world/real_* (sockets, files, the system's clocks) and sim/world
// (virtual time, in-memory wires, a disk that forgets). Product code is compiled once and cannot
// tell which it is given.
#pragma once
#include <asio/any_io_executor.hpp>
#include <exception>
#include <functional>
#include <optional>
#include <type_traits>

#include "relay/world/clock.hpp"
#include "relay/world/disk.hpp"
#include "relay/world/journal.hpp"
#include "relay/world/network.hpp"

namespace mxlab::world {

class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;
};

/// Runs calls that block (disk, SQLite): on one storage thread in the real world, in place after a
/// virtual latency in the simulator. Jobs run one at a time, in the order in which they came.
class Storage {
 public:
  virtual ~Storage() = default;
  /// `done` is posted to the world's executor after the job has returned. The job must not throw.
  virtual void run(std::function<void()> job, Completion<> done) = 0;
};

struct World {
  asio::any_io_executor executor;
  Clock& clock;
  Network& network;
  Disk& disk;
  Storage& storage;
  Storage& compute;  // for what is slow without touching the disk: password hashes
  Random& random;
  Journal& journal;
};

/// Runs `job` where blocking is allowed and returns (or throws) what it does. The job must own, or
/// share ownership of, whatever it touches: the awaiting coroutine may die while it runs.
template <class Job>
awaitable<std::invoke_result_t<Job&>> run_on(Storage& storage, Job job) {
  using Result = std::invoke_result_t<Job&>;
  struct State {
    explicit State(Job j) : job(std::move(j)) {}
    Job job;
    std::exception_ptr error;
    std::conditional_t<std::is_void_v<Result>, bool, std::optional<Result>> result{};
    void run() noexcept try {
      if constexpr (std::is_void_v<Result>)
        job();
      else
        result.emplace(job());
    } catch (...) {
      error = std::current_exception();
    }
  };
  auto state = std::make_shared<State>(std::move(job));
  co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(
      [&storage, state](auto handler) {
        storage.run([state] { state->run(); },
                    Completion<>([h = std::move(handler)]() mutable { std::move(h)(); }));
      },
      asio::use_awaitable);
  if (state->error) std::rethrow_exception(state->error);
  if constexpr (!std::is_void_v<Result>) co_return std::move(*state->result);
}

/// On the storage thread: whatever touches the disk.
template <class Job>
awaitable<std::invoke_result_t<Job&>> on_storage(World& world, Job job) {
  return run_on(world.storage, std::move(job));
}

/// Beside the storage thread: what takes long and touches no disk.
template <class Job>
awaitable<std::invoke_result_t<Job&>> on_compute(World& world, Job job) {
  return run_on(world.compute, std::move(job));
}

}  // namespace mxlab::world
