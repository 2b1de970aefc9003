#include "tests/queue/machine.hpp"

#include <asio/post.hpp>
#include <cstdlib>

namespace mxlab::queue::testing {

std::uint64_t JumpingClock::start_wait(world::SteadyPoint at, world::Wakeup wakeup) {
  waits_.emplace(++last_id_, Wait{at, std::move(wakeup)});
  return last_id_;
}

void JumpingClock::wake(std::map<std::uint64_t, Wait>::iterator wait, world::error_code error) {
  asio::post(io_, [wakeup = std::move(wait->second.wakeup), error]() mutable { wakeup(error); });
  waits_.erase(wait);
}

void JumpingClock::cancel_wait(std::uint64_t id) {
  if (auto wait = waits_.find(id); wait != waits_.end())
    wake(wait, make_error_code(std::errc::operation_canceled));
}

bool JumpingClock::jump() {
  auto next = waits_.end();
  for (auto i = waits_.begin(); i != waits_.end(); ++i)
    if (i->second.at != world::SteadyPoint::max() &&
        (next == waits_.end() || i->second.at < next->second.at))
      next = i;
  if (next == waits_.end()) return false;
  now_ = std::max(now_, next->second.at);
  wake(next, {});
  return true;
}

void Machine::Delayed::run(std::function<void()> job, world::Completion<> done) {
  auto work = [this, job = std::move(job), done = std::move(done)](world::error_code) mutable {
    job();
    asio::post(io_, [done = std::move(done)]() mutable { done(); });
  };
  clock_.start_wait(clock_.steady_now() + std::chrono::milliseconds(1),
                    world::Wakeup(std::move(work)));
}

[[noreturn]] static void no_network() {
  throw std::system_error(std::make_error_code(std::errc::network_unreachable));
}
std::unique_ptr<world::Listener> Machine::NoNetwork::listen(world::Endpoint, int) { no_network(); }
asio::awaitable<std::unique_ptr<world::Stream>> Machine::NoNetwork::connect(world::Endpoint) {
  no_network();
  co_return nullptr;
}
asio::awaitable<std::unique_ptr<world::Stream>> Machine::NoNetwork::connect_from(world::Address,
                                                                                 world::Endpoint) {
  no_network();
  co_return nullptr;
}
std::unique_ptr<world::Listener> Machine::NoNetwork::listen_local(std::string, unsigned) {
  no_network();
}
asio::awaitable<std::unique_ptr<world::Stream>> Machine::NoNetwork::connect_local(std::string) {
  no_network();
  co_return nullptr;
}
std::unique_ptr<world::DatagramSocket> Machine::NoNetwork::open_datagrams(world::Endpoint) {
  no_network();
}

Machine::Machine(world::Disk& disk, QueueOptions options)
    : world_{io_.get_executor(), clock_, network_, disk, storage_, storage_, random_, journal_},
      queue_(std::make_unique<Queue>(world_, std::move(options))) {}

Machine::Machine(sim::SimDisk& disk, QueueOptions options)
    : Machine(static_cast<world::Disk&>(disk), std::move(options)) {
  dead_ = [&disk] { return disk.dead(); };
}

// The frames of suspended coroutines lie in the clock's waits and in the io_context's queue.
Machine::~Machine() { clock_.clear(); }

void Machine::spawn(asio::awaitable<void> work) {
  asio::co_spawn(io_, std::move(work), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
}

void Machine::run_until(const std::function<bool()>& done) {
  while (!done() && !dead_()) {
    if (io_.stopped()) io_.restart();
    if (io_.poll_one() == 0 && !clock_.jump()) return;
  }
}

bool Machine::run() {
  run_until([] { return false; });
  return !dead_();
}

void Machine::await(asio::awaitable<void> work) {
  auto returning = [](asio::awaitable<void> inner) -> asio::awaitable<bool> {
    co_await std::move(inner);
    co_return true;
  };
  await(returning(std::move(work)));
}

Recovery Machine::boot() {
  auto recovery = await(queue_->open());
  spawn(queue_->run());
  return recovery;
}

void Machine::shut() {
  queue_->stop();
  run();
}

}  // namespace mxlab::queue::testing
