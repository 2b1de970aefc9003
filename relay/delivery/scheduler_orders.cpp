// scheduler_orders.cpp - what an operator orders about queued envelopes: now, never, not yet.
//
// The queue is walked page by page, one commit for each page, however long it is. An envelope in
// flight belongs to its attempt: the order is remembered and carried out when that has ended. A
// crash in between forgets such an order, and the envelope with it stays: nothing is lost by that.
#include <fmt/format.h>

#include "relay/control/texts.hpp"
#include "relay/delivery/scheduler.hpp"
#include "relay/smtp/address.hpp"
#include "relay/world/spawn.hpp"

namespace mxlab::delivery {
namespace {

constexpr std::size_t kPage = 500;

}  // namespace

/// Whoever says "now" knows, or hopes, that the hosts are back: a penalty would make the attempt
/// fail at once, and cost a step of the retry schedule.
awaitable<std::size_t> Scheduler::schedule(Selection which) {
  for (const RouteSnapshot& route : outbound_.snapshot().routes)
    if (route.disabled) outbound_.resume_route(route.id);
  return give(Order::kSchedule, which);
}

awaitable<std::size_t> Scheduler::remove(Selection which) { return give(Order::kRemove, which); }

awaitable<std::size_t> Scheduler::suspend(Selection which, bool suspended) {
  return give(suspended ? Order::kSuspend : Order::kResume, which);
}

awaitable<std::size_t> Scheduler::give(Order order, Selection which) {
  std::size_t count = 0;
  queue::EnvelopeId after{};
  for (;;) {
    auto page = co_await page_of(which, after);
    if (page.empty()) co_return count;
    after = page.back().id;
    const bool last = page.size() < kPage;
    count += order == Order::kSchedule ? co_await hurry(std::move(page))
                                       : co_await obey(order, std::move(page));
    if (last) co_return count;
  }
}

/// The relayed mail of one domain, whose host is back.
awaitable<std::size_t> Scheduler::schedule_domain(std::string domain) {
  std::size_t count = 0;
  queue::EnvelopeId after{};
  for (;;) {
    auto page = co_await context_.queue.list(std::nullopt, after, kPage);
    if (page.empty()) co_return count;
    after = page.back().id;
    std::erase_if(page, [&](const Envelope& envelope) {
      return envelope.kind != queue::EnvelopeKind::kRelay ||
             !smtp::same_domain(smtp::domain_of(envelope.destination), domain);
    });
    if (!page.empty()) count += co_await hurry(std::move(page));
  }
}

awaitable<std::vector<Envelope>> Scheduler::page_of(Selection which, queue::EnvelopeId after) {
  if (!which.envelope) co_return co_await context_.queue.list(which.message, after, kPage);
  std::vector<Envelope> one;
  if (auto envelope = co_await context_.queue.find(*which.envelope))
    one.push_back(std::move(*envelope));
  co_return one;
}

/// Envelopes as just read; those whose attempt has begun since then are left alone, and so is what
/// an operator has paused.
awaitable<std::size_t> Scheduler::hurry(std::vector<Envelope> envelopes) {
  queue::Transaction transaction;
  const TimePoint now = context_.world.clock.now();
  for (const Envelope& envelope : envelopes)
    if (!inflight_.contains(envelope.id) && !envelope.suspended)
      transaction.deferred.push_back(
          rescheduled(envelope, lifetime_of(envelope, *context_.config), now));
  const std::size_t count = transaction.deferred.size();
  if (count > 0) co_await context_.queue.commit(std::move(transaction));
  notify();
  co_return count;
}

/// In flight while the change is on its way to the disk, so that no attempt begins meanwhile.
awaitable<std::size_t> Scheduler::obey(Order order, std::vector<Envelope> envelopes) {
  std::vector<Envelope> now;
  std::vector<queue::EnvelopeId> ids;
  std::size_t count = 0;
  for (Envelope& envelope : envelopes) {
    if (order != Order::kRemove && envelope.suspended == (order == Order::kSuspend)) continue;
    if (inflight_.contains(envelope.id)) {
      count += postpone(order, envelope.id) ? 1 : 0;
      continue;
    }
    mark_inflight(envelope);
    held_.erase(envelope.id);
    ids.push_back(envelope.id);
    now.push_back(std::move(envelope));
  }
  std::exception_ptr trouble;
  try {
    if (!now.empty()) co_await context_.queue.commit(changes_of(order, now));
  } catch (const std::system_error&) {
    trouble = std::current_exception();
  }
  if (!trouble && order == Order::kRemove)
    for (const Envelope& envelope : now) tell_removed(envelope);
  recorder_.release(ids);
  notify();
  if (trouble) std::rethrow_exception(trouble);
  co_return count + now.size();
}

/// False when nothing changes by it. A removal is never taken back.
bool Scheduler::postpone(Order order, queue::EnvelopeId id) {
  auto [at, added] = afterwards_.try_emplace(id, order);
  if (added) return true;
  if (at->second == order || at->second == Order::kRemove) return false;
  at->second = order;
  return true;
}

queue::Transaction Scheduler::changes_of(Order order,
                                         const std::vector<Envelope>& envelopes) const {
  queue::Transaction transaction;
  for (const Envelope& envelope : envelopes) {
    if (order == Order::kRemove)
      transaction.finished.push_back(envelope.id);
    else
      transaction.deferred.push_back(with_suspension(envelope, order == Order::kSuspend));
  }
  return transaction;
}

void Scheduler::tell_removed(const Envelope& envelope) {
  context_.counters.add("scheduler.envelope.removed");
  context_.counters.add("scheduler.envelope", -1);
  auto& journal = context_.world.journal;
  const std::string id = queue::to_hex(envelope.id);
  journal.info(fmt::format(
      "relay: Remove for {}: from=<{}>, to=<{}>, rcpt=<->, delay={}, stat=Removed by administrator",
      id, envelope.sender, envelope.recipient,
      control::duration_text(context_.world.clock.now() - envelope.creation)));
  journal.record({world::FactKind::kQueue, id, "Removed by administrator"});
}

awaitable<void> Scheduler::carry_out(Scheduler* self, queue::EnvelopeId id, Order order) {
  std::optional<Envelope> envelope;
  try {
    envelope = co_await self->context_.queue.find(id);
  } catch (const std::system_error& error) {
    self->context_.world.journal.warn(fmt::format("scheduler: the order for {} is forgotten: {}",
                                                  queue::to_hex(id), error.what()));
  }
  if (envelope) {
    co_await self->recorder_.commit_until_durable(self->changes_of(order, {*envelope}));
    if (order == Order::kRemove) self->tell_removed(*envelope);
  }
  self->recorder_.release({id});
}

}  // namespace mxlab::delivery
