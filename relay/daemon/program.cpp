#include "relay/daemon/program.hpp"

#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <csignal>
#include <fmt/format.h>

#include "relay/daemon/service.hpp"
#include "relay/listeners.hpp"
#include "relay/world/spawn.hpp"

namespace mxlab::daemon {
namespace {
using namespace std::chrono_literals;

// Running transactions get so long; systemd's own patience is 90 s (TimeoutStopSec).
constexpr world::Duration kGrace = 30s;
// timeout(1), and a Ctrl-C that a wrapper hands on, signal twice for one request.
constexpr world::Duration kSameRequest = 1s;
constexpr world::Duration kStartPoll = 10ms;
constexpr world::Duration kStatusInterval = 10s;

std::int64_t value_of(const control::Counters& counters, const std::string& key) {
  const auto at = counters.values().find(key);
  return at == counters.values().end() ? 0 : at->second;
}

}  // namespace

/// Outlives every coroutine that uses it.
struct Program::State {
  State(world::RealWorld& r, Preparation p)
      : real(r), relay(r.world(), p.options), started(std::move(p.started)) {
    signals.emplace(r.io(), SIGINT, SIGTERM, SIGHUP);
    relay.begin_with(std::move(p.settings));
  }
  world::World& world() { return real.world(); }

  world::RealWorld& real;
  relay::Relay relay;
  std::optional<asio::signal_set> signals;  // ends before the io_context
  std::function<void()> started;
  std::exception_ptr failure;
  std::optional<world::SteadyPoint> told_to_end;
};

Program::Program(world::Disk& disk, Log& log, EventLog& events, Preparation preparation)
    : log_(log), real_(std::make_unique<world::RealWorld>(disk, events)) {
  log_.hold_back([this] { asio::post(real_->io(), [this] { log_.flush(); }); });
  for (int socket : preparation.sockets) real_->adopt(socket);
  state_ = std::make_shared<State>(*real_, std::move(preparation));
  real_->hold(state_);
}

Program::~Program() {
  state_->signals.reset();
  log_.hold_back({});
  real_.reset();
}

void Program::run() {
  world::World& world = real_->world();
  world::spawn(world, live(state_.get()));
  world::spawn(world, announce_start(state_.get()));
  world::spawn(world, obey_signals(state_.get()));
  if (service::is_expected()) world::spawn(world, report_status(state_.get()));
  // Twice as often as systemd asks, so that one late turn is no death.
  if (auto limit = service::watchdog_limit())
    world::spawn(world, keep_alive(state_.get(), *limit / 2));
  real_->run();
  log_.flush();
  if (state_->failure) std::rethrow_exception(state_->failure);
}

world::awaitable<void> Program::live(State* state) {
  try {
    co_await state->relay.run();
  } catch (const std::exception&) {
    state->failure = std::current_exception();
  }
  state->real.stop();
}

world::awaitable<void> Program::announce_start(State* state) {
  while (!state->relay.started()) co_await state->world().clock.sleep_for(kStartPoll);
  state->started();
  service::ready();
}

world::awaitable<void> Program::obey_signals(State* state) {
  for (;;) {
    const int signal = co_await state->signals->async_wait(asio::use_awaitable);
    if (signal == SIGHUP) {
      world::spawn(state->world(), reload(state));
      continue;
    }
    const world::SteadyPoint now = state->world().clock.steady_now();
    if (!state->told_to_end) {
      state->told_to_end = now;
      world::spawn(state->world(), end(state));
    } else if (now >= *state->told_to_end + kSameRequest) {
      // The second time means now; what is not in the queue was never accepted.
      state->world().journal.warn("mxrelayd: told to end twice, ending at once");
      co_return state->real.stop();
    }
  }
}

world::awaitable<void> Program::reload(State* state) {
  service::reloading();
  const auto trouble = co_await state->relay.reload();
  service::ready();
  service::status(trouble ? "The last reload failed, see the log" : "Configuration reloaded");
}

world::awaitable<void> Program::end(State* state) {
  service::stopping();
  co_await state->relay.shut_down(kGrace);
}

world::awaitable<void> Program::report_status(State* state) {
  for (;;) {
    co_await state->world().clock.sleep_for(kStatusInterval);
    const auto& counters = state->relay.counters();
    service::status(fmt::format(
        "{} envelopes queued, {} sessions in, {} out", value_of(counters, "scheduler.envelope"),
        value_of(counters, "smtp.session"), value_of(counters, "mta.session")));
  }
}

/// Only while the event loop turns, which is why this line runs, and the storage thread answers,
/// which is why the next one does.
world::awaitable<void> Program::keep_alive(State* state, world::Duration interval) {
  for (;;) {
    co_await world::on_storage(state->world(), [] {});
    service::alive();
    co_await state->world().clock.sleep_for(interval);
  }
}

}  // namespace mxlab::daemon
