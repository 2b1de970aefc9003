#include "relay/delivery/destination.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "relay/config/units.hpp"
#include "relay/delivery/facts.hpp"
#include "relay/smtp/address.hpp"

namespace mxlab::delivery {
namespace {
using namespace std::chrono_literals;

// OpenSMTPD limit.c and mta.c.
constexpr Duration kFirstTick = 1s;  // without a usable route, tasks are given up at 1 s, 11 s,
constexpr Duration kTick = 10s;      // 21 s … after the destination's start
// A task waits so long for a busy session before it gets one of its own.
constexpr Duration kPatience = 5s;
// Under steady traffic a destination never ends: so often it asks DNS again, and gives hosts that
// have failed another chance.
constexpr Duration kRoundLife = 5min;

/// RFC 5321 5.1: hosts of equal preference are tried in an order of chance.
void shuffle_equals(Route& route, world::Random& random) {
  for (std::size_t begin = 0; begin < route.size();) {
    std::size_t end = begin;
    while (end < route.size() && route[end].preference == route[begin].preference) ++end;
    for (std::size_t i = end - begin; i > 1; --i)
      std::swap(route[begin + i - 1], route[begin + random.next() % i]);
    begin = end;
  }
}

}  // namespace

Destination::Destination(Context& context, Recorder& recorder, Way way)
    : context_(context),
      recorder_(recorder),
      way_(std::move(way)),
      started_(context.world.clock.steady_now()),
      changed_(context.world.clock) {}

void Destination::add(Task task) {
  task.since = context_.world.clock.steady_now();
  count_task(task, 1);
  tasks_.push_back(std::move(task));
  notify_all();
}

void Destination::stop() {
  stopping_ = true;
  give_back();
  notify_all();
}

/// Tasks that will not be attempted are no longer in flight.
void Destination::give_back() {
  for (const Task& task : tasks_) {
    std::vector<queue::EnvelopeId> ids;
    for (const Envelope& envelope : task.envelopes) ids.push_back(envelope.id);
    recorder_.release(ids);
  }
  tasks_.clear();
}

void Destination::count_task(const Task& task, std::int64_t change) {
  context_.counters.add("mta.task", change);
  context_.counters.add("mta.envelope", change * static_cast<std::int64_t>(task.envelopes.size()));
}

void Destination::notify_all() {
  changed_.notify();
  for (world::Signal* idle : idle_) idle->notify();
}

const config::MtaLimits& Destination::limits() const {
  return limits_for(*context_.config, way_.key.domain);
}

awaitable<void> Destination::run(std::shared_ptr<Destination> self) {
  while (!self->idle()) {
    if (self->stopping_) self->give_back();
    if (self->idle()) break;
    if (self->needs_facts() && !co_await self->find_route()) continue;
    if (self->wants_session())
      co_await connect_next(self);
    else
      co_await self->changed_.wait_until(self->next_look());
  }
}

bool Destination::needs_facts() const {
  if (tasks_.empty()) return false;
  const bool old = context_.world.clock.steady_now() >= round_.since + kRoundLife;
  return round_.route.empty() || (round_.answered && old);
}

/// More tasks than sessions; or one that has waited long, because the peer is slow.
bool Destination::wants_session() const {
  if (tasks_.empty() || sessions_ >= limits().per_relay) return false;
  if (tasks_.size() > sessions_) return true;
  return idle_.empty() && context_.world.clock.steady_now() >= patience_ends();
}

world::SteadyPoint Destination::patience_ends() const {
  return std::max(tasks_.front().since, last_taken_) + kPatience;
}

world::SteadyPoint Destination::next_look() const {
  if (tasks_.empty()) return world::SteadyPoint::max();
  const auto end = patience_ends();
  return context_.world.clock.steady_now() < end ? end : world::SteadyPoint::max();
}

awaitable<bool> Destination::find_route() {
  auto decided = route(co_await gather_facts(context_, way_));
  auto* none = std::get_if<NoRoute>(&decided);
  if (none != nullptr && sessions_ == 0) {
    co_await fail_all(none->permanent, none->failure);
    co_return false;
  }
  Round next;
  // While sessions work, a route that is only old is better than none.
  next.route = none == nullptr ? std::get<Route>(std::move(decided)) : std::move(round_.route);
  next.since = context_.world.clock.steady_now();
  next.answered = sessions_ > 0;
  round_ = std::move(next);
  shuffle_equals(round_.route, context_.world.random);
  co_return true;
}

bool Destination::all_blocked() const {
  return std::all_of(round_.route.begin(), round_.route.end(), [&](const Hop& hop) {
    return context_.hosts.blocked(hop.source, way_.key.domain);
  });
}

queue::Failure Destination::no_route_left() const {
  if (all_blocked()) return {"All routes to destination blocked", "4.4.4", {}};
  queue::Failure failure{"Network error on destination MXs", "4.4.1", {}};
  // What the operator has demanded of the peer is what he must hear about.
  const bool demanding = !way_.hosts.empty() || way_.action.tls;
  if (demanding && !round_.last_trouble.empty()) failure.text += " (" + round_.last_trouble + ")";
  return failure;
}

awaitable<void> Destination::give_up_at_next_tick() {
  // RFC 6531 3.7.3: every host was asked, and none takes such mail.
  if (round_.only_utf8_lacking && std::ranges::all_of(round_.route, [&](const Hop& hop) {
        return round_.failed.contains({hop.source, hop.address});
      })) {
    round_ = {};
    co_return co_await fail_all(
        true, {"SMTPUTF8 is needed, and no host of the destination offers it", "5.6.7", {}});
  }
  auto& clock = context_.world.clock;
  auto tick = started_ + kFirstTick;
  if (auto now = clock.steady_now(); now >= tick) tick += ((now - tick) / kTick + 1) * kTick;
  freed_ = false;
  while (clock.steady_now() < tick) {
    co_await changed_.wait_until(tick);
    if (stopping_ || (freed_ && pick())) co_return;
  }
  context_.world.journal.info(
      fmt::format("smtp-out: No valid route for {}",
                  way_.key.domain.empty() ? way_.description : way_.key.domain));
  for (const Task& task : tasks_)
    for (const Envelope& envelope : task.envelopes)
      context_.hosts.remember(config::lowered(smtp::domain_of(envelope.destination)), envelope.id,
                              clock.steady_now(), context_.config->max_deferred);
  auto failure = no_route_left();
  if (way_.key.backup && recovery_ != nullptr && !all_blocked())
    recovery_->lost(way_.key.domain, round_.route);
  round_ = {};
  co_await fail_all(false, std::move(failure));
}

awaitable<void> Destination::fail_all(bool permanent, queue::Failure failure) {
  std::vector<Result> results;
  for (const Task& task : tasks_) {
    count_task(task, -1);
    for (const Envelope& envelope : task.envelopes) {
      Result result;
      result.envelope = envelope;
      result.kind = permanent ? ResultKind::kPermanent : ResultKind::kTemporary;
      result.failure = failure;
      result.relay = way_.key.domain.empty() ? way_.description : way_.key.domain;
      results.push_back(std::move(result));
    }
  }
  tasks_.clear();
  co_await recorder_.record(std::move(results));
}

void Destination::reconsider() {
  std::erase_if(round_.failed, [&](const Place& place) {
    return context_.hosts.usable({place.first, place.second}, context_.world.clock.steady_now());
  });
  freed_ = true;
  pace_.told_to_hurry(limits());
  notify_all();
}

RelaySnapshot Destination::describe() const {
  RelaySnapshot shown;
  const auto now = context_.world.clock.steady_now();
  shown.description = way_.description;
  shown.domain = way_.key.domain;
  shown.tasks = static_cast<std::uint32_t>(tasks_.size());
  shown.connections = static_cast<std::uint32_t>(sessions_ + (connecting_since_ ? 1 : 0));
  shown.references = shown.tasks + shown.connections;
  const auto last = std::max(last_taken_, connecting_since_.value_or(world::SteadyPoint{}));
  if (last != world::SteadyPoint{}) shown.last_connection = now - last;
  if (pace_.next() > now) shown.timeout = pace_.next() - now;
  if (round_.route.empty() && !tasks_.empty()) shown.waiting.emplace_back("MX");
  if (connecting_since_) shown.waiting.emplace_back("connector");
  if (!round_.answered) shown.connector.emplace_back("NEW");
  if (!round_.route.empty() && !pick()) shown.connector.emplace_back("ERROR_ROUTE_NET");
  if (!round_.route.empty() && all_blocked()) shown.connector.emplace_back("ERROR_BLOCKED");
  if (auto hop = pick(); hop && !has_room(*hop)) shown.connector.emplace_back("LIMIT_ROUTE");
  if (pace_.next() > now) shown.connector.emplace_back("WAIT");
  return shown;
}

}  // namespace mxlab::delivery
