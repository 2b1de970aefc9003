#include "sim/actors/outbox.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "relay/smtp/address.hpp"
#include "relay/smtp/ascii.hpp"
#include "relay/world/spawn.hpp"
#include "sim/actors/courier.hpp"
#include "sim/actors/report.hpp"
#include "sim/actors/trace_header.hpp"

namespace mxlab::sim {
namespace {

// The wall clock may be set while we sleep; this bounds how long nobody notices.
constexpr Duration kLongestSleep = 1h;

std::string domain_of(const std::string& address) {
  std::string domain(smtp::domain_of(address));
  for (char& c : domain) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return domain;
}

}  // namespace

Outbox::Outbox(SenderContext& context) : context_(context), changed_(context.world.clock) {
  const auto waiting = context.spool.envelopes.size();
  if (waiting > 0) context.counters.add("scheduler.envelope", static_cast<std::int64_t>(waiting));
}

Outbox::~Outbox() = default;

void Outbox::stop() {
  stopping_ = true;
  changed_.notify();
}

void Outbox::pause_relaying(bool paused) {
  relaying_paused_ = paused;
  changed_.notify();
}

void Outbox::pause_local(bool paused) {
  local_paused_ = paused;
  changed_.notify();
}

void Outbox::add(const Submission& submission) {
  auto& outside = context_.world;
  std::uint32_t id = 0;
  do id = static_cast<std::uint32_t>(outside.random.next());
  while (id == 0 || context_.spool.messages.contains(id));
  context_.spool.messages[id] =
      received_locally(context_.name, id, submission.recipients, outside.clock.now()) +
      submission.text;
  std::uint64_t number = 0;
  for (const std::string& recipient : submission.recipients) {
    SpoolEnvelope envelope;
    envelope.id = std::uint64_t{id} << 32 | number++;
    const bool ours = submission.report ? context_.inbox.takes(recipient)
                                        : context_.inbox.is_own_domain(recipient);
    envelope.kind = ours ? MailKind::kLocal : MailKind::kRelay;
    envelope.sender = submission.sender;
    envelope.recipient = recipient;
    envelope.creation = envelope.next_attempt = outside.clock.now();
    context_.counters.add("scheduler.envelope");
    outside.journal.record(
        {world::FactKind::kQueue, SenderSpool::hex(envelope.id), "accepted for " + recipient});
    context_.spool.envelopes[envelope.id] = std::move(envelope);
  }
  changed_.notify();
}

// --- the schedule --------------------------------------------------------------------------------

bool Outbox::held(const SpoolEnvelope& envelope) const {
  if (inflight_.contains(envelope.id)) return true;
  if (envelope.kind == MailKind::kRelay) return relaying_paused_;
  return envelope.kind == MailKind::kLocal && local_paused_;
}

TimePoint Outbox::end_of(const SpoolEnvelope& envelope) const {
  return envelope.creation + (envelope.kind == MailKind::kReport ? context_.profile.report_lifetime
                                                                 : context_.profile.lifetime);
}

awaitable<void> Outbox::run() {
  auto& clock = context_.world.clock;
  while (!stopping_) {
    if (auto due = take_due(); !due.empty()) {
      dispatch(due);
      continue;
    }
    auto wake = next_wake();
    if (!wake) {
      co_await changed_.wait();
      continue;
    }
    const Duration sleep = std::clamp<Duration>(*wake - clock.now(), 0ns, kLongestSleep);
    co_await changed_.wait_until(clock.steady_now() + sleep);
  }
}

std::optional<TimePoint> Outbox::next_wake() const {
  std::optional<TimePoint> wake;
  for (const auto& [id, envelope] : context_.spool.envelopes) {
    if (held(envelope)) continue;
    const TimePoint at = std::min(envelope.next_attempt, end_of(envelope));
    wake = std::min(wake.value_or(at), at);
  }
  return wake;
}

/// What is due, in order of its ids. Whatever has expired is settled on the way.
Outbox::Envelopes Outbox::take_due() {
  const TimePoint now = context_.world.clock.now();
  Envelopes due;
  std::vector<DeliveryResult> over;
  for (const auto& [id, envelope] : context_.spool.envelopes) {
    if (held(envelope)) continue;
    if (now >= end_of(envelope)) {
      over.emplace_back();
      over.back().envelope = id;
      over.back().kind = ResultKind::kExpired;
      over.back().text = "Envelope expired";
      over.back().status = "5.4.7";
    } else if (envelope.next_attempt <= now) {
      due.push_back(envelope);
    }
  }
  if (!over.empty()) settle(over);
  return due;
}

void Outbox::dispatch(const Envelopes& due) {
  auto& outside = context_.world;
  Envelopes relayed;
  for (const SpoolEnvelope& envelope : due) {
    inflight_[envelope.id] = outside.clock.now();
    context_.counters.add("scheduler.envelope.inflight");
    outside.journal.record({world::FactKind::kQueue, SenderSpool::hex(envelope.id), "attempt"});
    if (envelope.kind == MailKind::kRelay) {
      relayed.push_back(envelope);
    } else if (envelope.kind == MailKind::kLocal) {
      deliver_locally(envelope);
    } else if (reporting_.insert({envelope.message(), envelope.delayed}).second) {
      world::spawn(outside, report(this, envelope.message(), envelope.delayed));
    }
  }
  relay(relayed);
}

/// The recipients of one message in one domain travel together.
void Outbox::relay(const Envelopes& envelopes) {
  std::map<std::pair<std::uint32_t, std::string>, Load> loads;
  for (const SpoolEnvelope& envelope : envelopes) {
    Load& load = loads[{envelope.message(), domain_of(envelope.recipient)}];
    load.message = envelope.message();
    load.sender = envelope.sender;
    load.envelopes.push_back(envelope.id);
    load.recipients.push_back(envelope.recipient);
  }
  for (auto& [key, load] : loads) {
    auto& courier = couriers_[key.second];
    if (courier) {
      courier->add(std::move(load));
      continue;
    }
    courier = std::make_shared<Courier>(context_, *this, key.second);
    courier->add(std::move(load));
    world::spawn(context_.world, drive(this, key.second, courier));
  }
}

awaitable<void> Outbox::drive(Outbox* self, std::string domain, std::shared_ptr<Courier> courier) {
  co_await Courier::run(courier);
  self->couriers_.erase(domain);
}

void Outbox::deliver_locally(const SpoolEnvelope& envelope) {
  context_.inbox.deliver(envelope.sender, envelope.recipient,
                         context_.spool.messages.at(envelope.message()));
  DeliveryResult result;
  result.envelope = envelope.id;
  result.kind = ResultKind::kDelivered;
  result.text = "Delivered";
  result.relay = "local";
  settle({result});
}

void Outbox::schedule_all() {
  const TimePoint now = context_.world.clock.now();
  for (auto& [id, envelope] : context_.spool.envelopes)
    if (!inflight_.contains(id)) envelope.next_attempt = now;
  changed_.notify();
}

void Outbox::revive(const std::string& domain) {
  const TimePoint now = context_.world.clock.now();
  for (std::uint64_t id : context_.notes.take_waiting(domain)) {
    auto at = context_.spool.envelopes.find(id);
    if (at != context_.spool.envelopes.end() && !inflight_.contains(id))
      at->second.next_attempt = now;
  }
  changed_.notify();
}

// --- reports -------------------------------------------------------------------------------------

/// The reports on one message wait a moment for each other and go out as one.
awaitable<void> Outbox::report(Outbox* self, std::uint32_t message, bool delayed) {
  auto& context = self->context_;
  co_await context.world.clock.sleep_for(context.profile.report_delay);
  self->reporting_.erase({message, delayed});
  const Envelopes about = self->gathered(message, delayed);
  std::vector<DeliveryResult> results;
  for (const SpoolEnvelope& envelope : about) {
    results.emplace_back();
    results.back().envelope = envelope.id;
    results.back().relay = "local";
  }
  if (context.inbox.paused()) {  // our own door is shut for us too
    for (DeliveryResult& result : results) result.text = "server disallowed submission request";
    co_return self->settle(results);
  }
  context.counters.add("smtp.session");
  const auto number = context.world.random.next();
  self->add({"",
             {about.front().sender},
             write_report({context.name, about, context.spool.messages.at(message),
                           context.world.clock.now(), number}),
             true});
  context.counters.add("smtp.session", -1);
  for (DeliveryResult& result : results) {
    result.kind = ResultKind::kDelivered;
    result.text = "Delivered";
  }
  self->settle(results);
}

Outbox::Envelopes Outbox::gathered(std::uint32_t message, bool delayed) const {
  Envelopes found;
  for (const auto& [id, since] : inflight_) {
    const SpoolEnvelope& envelope = context_.spool.envelopes.at(id);
    if (envelope.kind == MailKind::kReport && envelope.message() == message &&
        envelope.delayed == delayed)
      found.push_back(envelope);
  }
  return found;
}

}  // namespace mxlab::sim
