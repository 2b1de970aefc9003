#include "relay/delivery/outbound.hpp"

#include "relay/config/units.hpp"
#include "relay/smtp/address.hpp"
#include "relay/world/spawn.hpp"

namespace mxlab::delivery {
namespace {

/// RFC 5321 4.5.3.1.8: so many recipients of one transaction every server takes.
constexpr std::size_t kMaxRecipients = 100;

DestinationKey key_of(const Context& context, const Envelope& envelope,
                      const config::Action& action) {
  DestinationKey key;
  key.domain = config::lowered(smtp::domain_of(envelope.destination));
  key.helo = action.helo.empty() ? context.server_name : action.helo;
  key.backup = action.backup;
  key.own_name = action.backup_mx;
  if (key.own_name.empty())
    key.own_name = envelope.smtp_name.empty() ? context.server_name : envelope.smtp_name;
  return key;
}

}  // namespace

void Outbound::deliver(const std::vector<Envelope>& envelopes) {
  std::map<DestinationKey, Task> tasks;
  for (const Envelope& envelope : envelopes) {
    auto action = find_action(*context_.config, envelope.action);
    if (!action || action->method != config::Method::kRelay) {
      world::spawn(context_.world, refuse(this, envelope));
      continue;
    }
    const DestinationKey key = key_of(context_, envelope, *action);
    Task& task = tasks[key];
    task.message = envelope.id.message();
    task.sender = envelope.sender;
    task.envelopes.push_back(envelope);
    if (task.envelopes.size() < kMaxRecipients) continue;
    destination_for(key).add(std::move(task));
    tasks.erase(key);
  }
  for (auto& [key, task] : tasks) destination_for(key).add(std::move(task));
}

Destination& Outbound::destination_for(const DestinationKey& key) {
  auto& slot = destinations_[key];
  if (slot) return *slot;
  slot = std::make_shared<Destination>(context_, recorder_, key);
  slot->on_revived(revived_);
  context_.counters.add("mta.relay");
  world::spawn(context_.world, drive(this, key, slot));
  return *slot;
}

awaitable<void> Outbound::drive(Outbound* self, DestinationKey key,
                                std::shared_ptr<Destination> destination) {
  co_await Destination::run(destination);
  self->destinations_.erase(key);
  self->context_.counters.add("mta.relay", -1);
}

awaitable<void> Outbound::refuse(Outbound* self, Envelope envelope) {
  queue::Failure failure{
      "No relay action named \"" + envelope.action + "\" in smtpd.conf", "4.3.5", {}};
  Result result{std::move(envelope), ResultKind::kTemporary, std::move(failure), "-", "-",
                std::string(16, '0')};
  co_await self->recorder_.record({std::move(result)});
}

}  // namespace mxlab::delivery
