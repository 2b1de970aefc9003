// process.hpp - one life of a host's process: its io_context, and the World that it sees.
//
// The order of its end is what makes a power cut safe: the io_context goes first, while the
// program's object and the World still stand, and takes the suspended coroutines with it.
#pragma once
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <memory>

#include "sim/world/host.hpp"
#include "sim/world/sim_network.hpp"

namespace mxlab::sim {

class SimClock final : public world::Clock {
 public:
  explicit SimClock(Host& host) : host_(host) {}
  TimePoint now() const override;
  world::SteadyPoint steady_now() const override;
  std::uint64_t start_wait(world::SteadyPoint at, world::Wakeup wakeup) override;
  void cancel_wait(std::uint64_t id) override;

 private:
  Host& host_;
};

/// Jobs run in place, after a virtual latency, one at a time.
class SimStorage final : public world::Storage {
 public:
  explicit SimStorage(Host& host) : host_(host) {}
  void run(std::function<void()> job, world::Completion<> done) override;

 private:
  Host& host_;
  TimePoint free_at_{};
};

class SimJournal final : public world::Journal {
 public:
  explicit SimJournal(Host& host) : host_(host) {}
  void record(const world::Fact& fact) override;

 private:
  Host& host_;
};

class Process {
 public:
  explicit Process(Host& host);
  ~Process();

  World& world() { return world_; }
  asio::io_context& io() { return *io_; }
  void hold(std::shared_ptr<void> program) { program_ = std::move(program); }
  /// Runs one ready handler, if there is one.
  bool poll() { return io_->poll_one() != 0; }

 private:
  std::unique_ptr<asio::io_context> io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  SimClock clock_;
  SimNetwork network_;
  SimStorage storage_;
  SimJournal journal_;
  World world_;
  std::shared_ptr<void> program_;
};

}  // namespace mxlab::sim
