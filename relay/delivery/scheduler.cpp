#include "relay/delivery/scheduler.hpp"

#include <algorithm>

#include "relay/world/spawn.hpp"

namespace mxlab::delivery {
namespace {
using namespace std::chrono_literals;

constexpr std::size_t kBatch = 500;
// The wall clock may be set while we sleep; this bounds how long nobody notices.
constexpr Duration kLongestSleep = 15min;
// A clock that is set back by less is only being adjusted.
constexpr Duration kClockTolerance = 1min;
// After the disk refused to tell what is due.
constexpr Duration kTroublePause = 5s;

}  // namespace

Scheduler::Scheduler(Context& context, std::shared_ptr<const Accounts>& accounts)
    : context_(context),
      recorder_(context, [this](const std::vector<queue::EnvelopeId>& ids,
                                std::optional<TimePoint> wake) { released(ids, wake); }),
      outbound_(
          context, recorder_,
          [this](std::vector<queue::EnvelopeId> ids) {
            if (ids.empty()) return;
            world::spawn(context_.world, revive(this, std::move(ids)));
          },
          [this](std::string domain) { return schedule_domain(std::move(domain)); }),
      local_(context, recorder_, accounts),
      reports_(context, recorder_, accounts),
      changed_(context.world.clock) {}

/// What an operator ordered meanwhile comes first; until that is done the envelope stays in flight.
void Scheduler::released(const std::vector<queue::EnvelopeId>& ids, std::optional<TimePoint> wake) {
  for (queue::EnvelopeId id : ids) {
    if (auto order = afterwards_.extract(id))
      world::spawn(context_.world, carry_out(this, id, order.mapped()));
    else if (inflight_.erase(id) != 0)
      context_.counters.add("scheduler.envelope.inflight", -1);
  }
  if (wake) wake_at(*wake);
  if (more_ && room() > 0) changed_.notify();
}

void Scheduler::wake_at(TimePoint at) {
  if (wake_ && *wake_ <= at) return;
  wake_ = at;
  changed_.notify();
}

void Scheduler::notify() {
  look_ = true;
  changed_.notify();
}

void Scheduler::take(std::vector<Envelope> fresh) {
  if (look_ || more_ || stopping_ || room() < fresh.size()) return notify();
  dispatch(std::move(fresh));
}

/// How many may be fetched: none until a tenth of all is free, so that a long queue is not asked
/// for its next envelope after each one.
std::size_t Scheduler::room() const {
  const std::size_t most = context_.config->max_inflight;
  const std::size_t free = most - std::min(most, inflight_.size());
  return free >= std::clamp<std::size_t>(most / 10, 1, kBatch) ? std::min(free, kBatch) : 0;
}

void Scheduler::stop() {
  stopping_ = true;
  notify();
}

void Scheduler::finish() {
  stop();
  outbound_.stop();
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

/// Whom the queue need not show us: who is in flight, and who waits for a paused agent and has not
/// expired meanwhile.
std::vector<queue::EnvelopeId> Scheduler::excluded(TimePoint now) const {
  std::vector<queue::EnvelopeId> ids;
  for (const auto& [id, expiry] : held_)
    if (expiry > now) ids.push_back(id);
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
  clock_offset_ = clock.now().time_since_epoch() - clock.steady_now().time_since_epoch();
  while (!stopping_) {
    std::string trouble;
    try {
      co_await heed_clock();
      co_await work();
    } catch (const std::system_error& error) {
      trouble = error.what();
    }
    if (trouble.empty()) continue;
    context_.world.journal.warn("scheduler: cannot read the queue: " + trouble);
    co_await changed_.wait_until(clock.steady_now() + kTroublePause);
  }
}

/// Starts what is due, or sleeps until something may be.
awaitable<void> Scheduler::work() {
  auto& clock = context_.world.clock;
  if (may_be_due()) {
    if (auto most = room(); most > 0) co_return co_await look(most);
    more_ = true;
    co_return co_await changed_.wait();  // until an attempt ends
  }
  // Nothing waits: whatever comes will notify.
  if (!wake_) co_return co_await changed_.wait();
  Duration sleep = std::clamp<Duration>(*wake_ - clock.now(), 0ns, kLongestSleep);
  co_await changed_.wait_until(clock.steady_now() + sleep);
}

bool Scheduler::may_be_due() const {
  return look_ || more_ || (wake_ && *wake_ <= context_.world.clock.now());
}

/// Fetches and starts what is due. What is said to us meanwhile is kept: it may be newer than the
/// answer.
awaitable<void> Scheduler::look(std::size_t most) {
  auto& clock = context_.world.clock;
  look_ = more_ = false;
  wake_.reset();
  std::exception_ptr trouble;
  try {
    auto due = co_await context_.queue.due(clock.now(), excluded(clock.now()), most);
    more_ = due.size() == most;
    dispatch(std::move(due));
    if (more_) co_return;
    if (auto wake = co_await next_wake(); wake && (!wake_ || *wake < *wake_)) wake_ = wake;
  } catch (const std::system_error&) {
    trouble = std::current_exception();
  }
  if (!trouble) co_return;
  look_ = true;
  std::rethrow_exception(trouble);
}

awaitable<std::optional<TimePoint>> Scheduler::next_wake() {
  auto wake = co_await context_.queue.next_wake(excluded(context_.world.clock.now()));
  for (const auto& [id, expiry] : held_) wake = std::min(wake.value_or(expiry), expiry);
  co_return wake;
}

/// The queue's times are wall times. Was the clock set back, they lie too far ahead, and everything
/// would stand still for as long: each pending envelope is tried now instead.
awaitable<void> Scheduler::heed_clock() {
  auto& clock = context_.world.clock;
  auto offset = clock.now().time_since_epoch() - clock.steady_now().time_since_epoch();
  const bool set_back = offset < clock_offset_ - kClockTolerance;
  if (set_back) {
    context_.world.journal.warn("scheduler: the clock was set back, trying all mail now");
    co_await give(Order::kSchedule, {});
  }
  clock_offset_ = offset;
}

/// Ends what has expired; starts the rest.
void Scheduler::dispatch(std::vector<Envelope> due) {
  const TimePoint now = context_.world.clock.now();
  std::vector<Envelope> ready, over;
  for (Envelope& envelope : due) {
    if (inflight_.contains(envelope.id)) continue;  // taken while the queue was asked
    const Lifetime lifetime = lifetime_of(envelope, *context_.config);
    if (expired(envelope, lifetime, now))
      over.push_back(std::move(envelope));
    else if (paused(envelope.kind))
      hold(envelope, lifetime);
    else
      ready.push_back(std::move(envelope));
  }
  end(std::move(over));
  start(std::move(ready));
}

/// Its agent is paused; nobody need look before it expires.
void Scheduler::hold(const Envelope& envelope, const Lifetime& lifetime) {
  held_[envelope.id] = envelope.creation + lifetime.ttl;
  wake_at(envelope.creation + lifetime.ttl);
}

/// In flight until that is durable, so that a disk which refuses does not stop everybody else.
void Scheduler::end(std::vector<Envelope> over) {
  if (over.empty()) return;
  std::vector<Result> results;
  for (Envelope& envelope : over) {
    held_.erase(envelope.id);
    mark_inflight(envelope);
    results.push_back(
        {std::move(envelope), ResultKind::kExpired, {}, "-", "-", std::string(16, '0')});
  }
  world::spawn(context_.world, recorder_.record(std::move(results)));
}

void Scheduler::mark_inflight(const Envelope& envelope) {
  inflight_[envelope.id] = context_.world.clock.now();
  context_.counters.add("scheduler.envelope.inflight");
}

void Scheduler::start(std::vector<Envelope> ready) {
  std::map<queue::MessageId, std::vector<Envelope>> relayed;
  for (Envelope& envelope : ready) {
    mark_inflight(envelope);
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

awaitable<void> Scheduler::revive(Scheduler* self, std::vector<queue::EnvelopeId> ids) try {
  std::vector<Envelope> envelopes;
  for (queue::EnvelopeId id : ids)
    if (auto envelope = co_await self->context_.queue.find(id))
      envelopes.push_back(std::move(*envelope));
  co_await self->hurry(std::move(envelopes));
} catch (const std::system_error& error) {
  self->context_.world.journal.warn(std::string("scheduler: cannot reschedule: ") + error.what());
}

}  // namespace mxlab::delivery
