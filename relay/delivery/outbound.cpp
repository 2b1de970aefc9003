#include "relay/delivery/outbound.hpp"

#include <algorithm>
#include <tuple>

#include "relay/config/units.hpp"
#include "relay/delivery/utf8.hpp"
#include "relay/world/spawn.hpp"

namespace mxlab::delivery {
namespace {

/// RFC 5321 4.5.3.1.8: so many recipients of one transaction every server takes.
constexpr std::size_t kMaxRecipients = 100;

Block normal(Block block) {
  block.domain = config::lowered(block.domain);
  if (block.source.is_unspecified()) block.source = world::Address();
  return block;
}

}  // namespace

void Outbound::deliver(const std::vector<Envelope>& envelopes) {
  struct Load {
    Way way;
    Task task;
  };
  std::map<std::tuple<DestinationKey, std::string, bool>, Load> loads;
  for (const Envelope& envelope : envelopes) {
    auto action = find_action(*context_.config, envelope.action);
    if (!action || action->method != config::Method::kRelay) {
      queue::Failure failure{
          "No relay action named \"" + envelope.action + "\" in smtpd.conf", "4.3.5", {}};
      world::spawn(context_.world, refuse(this, envelope, std::move(failure)));
      continue;
    }
    auto found = way_of(context_, envelope, *action);
    if (auto* failure = std::get_if<queue::Failure>(&found)) {
      world::spawn(context_.world, refuse(this, envelope, std::move(*failure)));
      continue;
    }
    Way& way = std::get<Way>(found);
    const std::tuple key(way.key, sender_of(context_, envelope, *action), envelope.utf8);
    Load& load = loads[key];
    load.task.message = envelope.id.message();
    load.task.sender = std::get<1>(key);
    load.task.envelopes.push_back(envelope);
    load.way = std::move(way);
    if (load.task.envelopes.size() < kMaxRecipients) continue;
    give(load.way, std::move(load.task));
    loads.erase(key);
  }
  for (auto& [key, load] : loads) give(load.way, std::move(load.task));
}

void Outbound::stop() {
  stopping_ = true;
  for (const auto& [key, destination] : destinations_) destination->stop();
}

/// Mail under SMTPUTF8 is looked into first: most of it needs no help of the next hop.
void Outbound::give(const Way& way, Task task) {
  if (task.envelopes.front().utf8)
    world::spawn(context_.world, deliver_utf8(this, way, std::move(task)));
  else
    destination_for(way).add(std::move(task));
}

awaitable<void> Outbound::deliver_utf8(Outbound* self, Way way, Task task) {
  bool needed = is_beyond_ascii(task.sender);
  for (const Envelope& envelope : task.envelopes) needed |= is_beyond_ascii(envelope.destination);
  std::string trouble;
  try {
    if (!needed) {
      const auto opening = co_await self->context_.queue.open_message(task.message);
      needed = header_is_beyond_ascii(opening.first_chunk);
    }
  } catch (const std::system_error& error) {
    trouble = error.what();  // the session will meet it again, and say so
  }
  way.key.utf8 = needed;
  self->destination_for(way).add(std::move(task));
}

Destination& Outbound::destination_for(const Way& way) {
  auto& slot = destinations_[way.key];
  if (slot) return *slot;
  slot = std::make_shared<Destination>(context_, recorder_, way);
  slot->on_revived(revived_);
  slot->report_to(recovery_);
  if (stopping_) slot->stop();
  context_.counters.add("mta.relay");
  world::spawn(context_.world, drive(this, way.key, slot));
  return *slot;
}

awaitable<void> Outbound::drive(Outbound* self, DestinationKey key,
                                std::shared_ptr<Destination> destination) {
  co_await Destination::run(destination);
  self->destinations_.erase(key);
  self->context_.counters.add("mta.relay", -1);
}

awaitable<void> Outbound::refuse(Outbound* self, Envelope envelope, queue::Failure failure) {
  Result result;
  result.envelope = std::move(envelope);
  result.failure = std::move(failure);
  result.relay = "-";
  std::vector<Result> results;
  results.push_back(std::move(result));
  co_await self->recorder_.record(std::move(results));
}

Snapshot Outbound::snapshot() const {
  Snapshot snapshot;
  context_.hosts.describe(snapshot, context_.world.clock.steady_now());
  for (const auto& [key, destination] : destinations_)
    snapshot.relays.push_back(destination->describe());
  return snapshot;
}

bool Outbound::resume_route(std::uint64_t id) {
  if (!context_.hosts.enable(id, context_.world.clock.steady_now())) return false;
  reconsider();
  return true;
}

bool Outbound::block(Block block) { return context_.hosts.block(normal(std::move(block))); }

bool Outbound::unblock(Block block) {
  const bool was = context_.hosts.unblock(normal(std::move(block)));
  if (was) reconsider();
  return was;
}

void Outbound::reconsider() {
  for (auto& [key, destination] : destinations_) destination->reconsider();
}

}  // namespace mxlab::delivery
