#include "sim/world/process.hpp"

#include <asio/error.hpp>
#include <asio/post.hpp>
#include <utility>

#include "sim/world/simulation.hpp"

namespace mxlab::sim {

TimePoint SimClock::now() const { return host_.simulation.now() + host_.clock_skew; }

world::SteadyPoint SimClock::steady_now() const { return host_.simulation.steady_now(); }

std::uint64_t SimClock::start_wait(world::SteadyPoint at, world::Wakeup wakeup) {
  if (!host_.up) return 0;
  auto wake = [&host = host_, w = std::move(wakeup)](bool cancelled) mutable {
    host.post(std::move(w), cancelled ? error_code(asio::error::operation_aborted) : error_code());
  };
  Simulation& simulation = host_.simulation;
  return simulation.timeline().add(simulation.time_of(at), host_.index, Action(std::move(wake)));
}

void SimClock::cancel_wait(std::uint64_t id) {
  if (Action wake = host_.simulation.timeline().cancel(id)) wake(true);
}

void SimStorage::run(std::function<void()> job, world::Completion<> done) {
  if (!host_.up) return;
  Simulation& simulation = host_.simulation;
  Duration mean = host_.storage_latency;
  free_at_ = std::max(free_at_, simulation.now()) + host_.random.between(mean / 2, mean + mean / 2);
  auto work = [&host = host_, j = std::move(job), d = std::move(done)]() mutable {
    if (host.doomed()) return;
    j();
    host.post(std::move(d));
  };
  simulation.timeline().add(free_at_, host_.index, Action(std::move(work)));
}

void SimJournal::record(const world::Fact& fact) {
  if (!host_.up || host_.doomed()) return;
  host_.simulation.trace().record(host_.index, fact);
}

Process::Process(Host& host)
    : io_(std::make_unique<asio::io_context>(ASIO_CONCURRENCY_HINT_UNSAFE)),
      work_(asio::make_work_guard(*io_)),
      clock_(host),
      network_(host),
      storage_(host),
      journal_(host),
      world_{io_->get_executor(), clock_,  network_, host.disk(), storage_, storage_,
             host.random,         journal_} {}

Process::~Process() {
  work_.reset();
  io_.reset();
  program_.reset();
}

}  // namespace mxlab::sim
