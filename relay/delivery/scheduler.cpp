#include "relay/delivery/scheduler.hpp"

#include <algorithm>

#include "relay/world/spawn.hpp"

namespace mxlab::delivery {
namespace {
using namespace std::chrono_literals;

constexpr std::size_t kMaxInflight = 5000;  // OpenSMTPD scheduler limit max-inflight
constexpr std::size_t kBatch = 500;
constexpr std::size_t kPage = 1000;
// The wall clock may be set while we sleep; this bounds how long nobody notices.
constexpr Duration kLongestSleep = 1h;
// After the disk refused to tell what is due.
constexpr Duration kTroublePause = 5s;

}  // namespace

Scheduler::Scheduler(Context& context, std::shared_ptr<const Accounts>& accounts)
    : context_(context),
      recorder_(context,
                [this](const std::vector<queue::EnvelopeId>& ids) {
                  for (queue::EnvelopeId id : ids)
                    if (inflight_.erase(id) != 0)
                      context_.counters.add("scheduler.envelope.inflight", -1);
                  notify();
                }),
      outbound_(context, recorder_,
                [this](std::vector<queue::EnvelopeId> ids) {
                  if (ids.empty()) return;
                  world::spawn(context_.world, revive(this, std::move(ids)));
                }),
      local_(context, recorder_, accounts),
      reports_(context, recorder_, accounts),
      changed_(context.world.clock) {}

void Scheduler::stop() {
  stopping_ = true;
  notify();
}

void Scheduler::pause_relaying(bool paused) {
  relaying_paused_ = paused;
  held_.clear();
  notify();
}

void Scheduler::pause_local(bool paused) {
  local_paused_ = paused;
  held_.clear();
  notify();
}

bool Scheduler::paused(queue::EnvelopeKind kind) const {
  if (kind == queue::EnvelopeKind::kRelay) return relaying_paused_;
  return kind == queue::EnvelopeKind::kLocal && local_paused_;
}

std::vector<queue::EnvelopeId> Scheduler::excluded() const {
  std::vector<queue::EnvelopeId> ids = held_;
  for (const auto& [id, since] : inflight_) ids.push_back(id);
  return ids;
}

std::optional<TimePoint> Scheduler::inflight_since(queue::EnvelopeId id) const {
  auto at = inflight_.find(id);
  if (at == inflight_.end()) return std::nullopt;
  return at->second;
}

awaitable<void> Scheduler::run() {
  auto& clock = context_.world.clock;
  while (!stopping_) {
    std::vector<Envelope> due;
    std::optional<TimePoint> wake;
    bool trouble = false;
    try {
      if (inflight_.size() < kMaxInflight)
        due = co_await context_.queue.due(clock.now(), excluded(), kBatch);
      if (due.empty()) wake = co_await context_.queue.next_wake(excluded());
    } catch (const std::system_error& error) {
      context_.world.journal.warn(std::string("scheduler: cannot read the queue: ") + error.what());
      trouble = true;
    }
    if (!due.empty()) {
      co_await dispatch(std::move(due));
      continue;
    }
    Duration sleep = trouble ? Duration(kTroublePause) : Duration(kLongestSleep);
    if (wake) sleep = std::clamp<Duration>(*wake - clock.now(), 0ns, sleep);
    co_await changed_.wait_until(clock.steady_now() + sleep);
  }
}

/// Ends what has expired; starts the rest.
awaitable<void> Scheduler::dispatch(std::vector<Envelope> due) {
  const TimePoint now = context_.world.clock.now();
  std::vector<Envelope> ready;
  std::vector<Result> over;
  for (Envelope& envelope : due) {
    if (paused(envelope.kind)) {
      held_.push_back(envelope.id);
    } else if (expired(envelope, lifetime_of(envelope, *context_.config), now)) {
      over.push_back(
          {std::move(envelope), ResultKind::kExpired, {}, "-", "-", std::string(16, '0')});
    } else {
      ready.push_back(std::move(envelope));
    }
  }
  if (!over.empty()) co_await recorder_.record(std::move(over));
  start(std::move(ready));
}

void Scheduler::start(std::vector<Envelope> ready) {
  const TimePoint now = context_.world.clock.now();
  std::map<queue::MessageId, std::vector<Envelope>> relayed;
  for (Envelope& envelope : ready) {
    inflight_[envelope.id] = now;
    context_.counters.add("scheduler.envelope.inflight");
    context_.world.journal.record({world::FactKind::kQueue, queue::to_hex(envelope.id), "attempt"});
    switch (envelope.kind) {
      case queue::EnvelopeKind::kRelay:
        relayed[envelope.id.message()].push_back(std::move(envelope));
        break;
      case queue::EnvelopeKind::kLocal:
        local_.deliver(std::move(envelope));
        break;
      case queue::EnvelopeKind::kBounce:
        reports_.add(std::move(envelope));
        break;
    }
  }
  for (const auto& [message, envelopes] : relayed) outbound_.deliver(envelopes);
}

awaitable<std::size_t> Scheduler::schedule_all() {
  std::vector<queue::EnvelopeId> ids;
  queue::EnvelopeId after{};
  for (;;) {
    auto page = co_await context_.queue.list(std::nullopt, after, kPage);
    for (const Envelope& envelope : page) ids.push_back(envelope.id);
    if (page.size() < kPage) break;
    after = page.back().id;
  }
  co_return co_await hurry(std::move(ids));
}

awaitable<void> Scheduler::revive(Scheduler* self, std::vector<queue::EnvelopeId> ids) try {
  co_await self->hurry(std::move(ids));
} catch (const std::system_error& error) {
  self->context_.world.journal.warn(std::string("scheduler: cannot reschedule: ") + error.what());
}

awaitable<std::size_t> Scheduler::hurry(std::vector<queue::EnvelopeId> ids) {
  queue::Transaction transaction;
  const TimePoint now = context_.world.clock.now();
  for (queue::EnvelopeId id : ids) {
    if (inflight_.contains(id)) continue;
    auto envelope = co_await context_.queue.find(id);
    if (!envelope || inflight_.contains(id)) continue;
    transaction.deferred.push_back(
        rescheduled(*envelope, lifetime_of(*envelope, *context_.config), now));
  }
  const std::size_t count = transaction.deferred.size();
  if (count > 0) co_await context_.queue.commit(std::move(transaction));
  notify();
  co_return count;
}

}  // namespace mxlab::delivery
