// why_facts.cpp - looks up what an explanation needs: the row, the hosts, penalties and pauses.
#include "relay/delivery/facts.hpp"
#include "relay/why.hpp"

namespace mxlab::relay {
namespace {

using delivery::NoRoute;

std::vector<WhyHop> with_penalties(const delivery::Route& route, const delivery::Snapshot& now) {
  std::vector<WhyHop> hops;
  for (const delivery::Hop& hop : route) {
    WhyHop item{hop, std::nullopt, 0};
    for (const auto& known : now.routes) {
      if (known.address != hop.address) continue;
      if (known.trying) item.trying = known.trying;
      item.sessions += known.connections - known.attempts;
      if (!known.disabled) continue;
      item.resting = known.timeout;
      item.penalty = known.penalty;
    }
    hops.push_back(std::move(item));
  }
  return hops;
}

/// The first look-up that failed, in the resolver's words.
std::string lookup_reason(const delivery::RouteFacts& facts) {
  if (!facts.mx.reason.empty()) return facts.mx.reason;
  for (const delivery::MxHost& host : facts.hosts)
    if (!host.addresses.reason.empty()) return host.addresses.reason;
  return {};
}

bool is_blocked(const delivery::HostMemory& hosts, const delivery::Route& route,
                const std::string& domain) {
  return std::all_of(route.begin(), route.end(),
                     [&](const delivery::Hop& hop) { return hosts.blocked(hop.source, domain); });
}

awaitable<void> add_hosts(Operator& desk, const config::Action& action, WhyFacts& facts) {
  delivery::Context& context = desk.context();
  const auto found = delivery::way_of(context, facts.envelope, action);
  if (const auto* failure = std::get_if<queue::Failure>(&found)) {
    facts.hosts = NoRoute{false, *failure};
    co_return;
  }
  const auto& way = std::get<delivery::Way>(found);
  const auto known = co_await delivery::gather_facts(context, way);
  facts.lookup_reason = lookup_reason(known);
  auto decided = delivery::route(known);
  if (auto* none = std::get_if<NoRoute>(&decided)) {
    if (facts.lookup_reason.empty()) facts.lookup_reason = delivery::standing_of_ourselves(known);
    facts.hosts = std::move(*none);
    co_return;
  }
  const auto& route = std::get<delivery::Route>(decided);
  facts.blocked = is_blocked(context.hosts, route, way.key.domain);
  facts.hosts = with_penalties(route, desk.scheduler().outbound().snapshot());
}

}  // namespace

awaitable<WhyFacts> why_facts(Operator& desk, queue::Envelope envelope) {
  delivery::Context& context = desk.context();
  delivery::Scheduler& scheduler = desk.scheduler();
  WhyFacts facts;
  facts.envelope = std::move(envelope);
  facts.lifetime = delivery::lifetime_of(facts.envelope, *context.config);
  facts.inflight_since = scheduler.inflight_since(facts.envelope.id);
  const bool local = facts.envelope.kind == queue::EnvelopeKind::kLocal;
  const bool relayed = facts.envelope.kind == queue::EnvelopeKind::kRelay;
  facts.agent_paused =
      (local && scheduler.local_paused()) || (relayed && scheduler.relaying_paused());
  facts.flight_full = scheduler.is_full();
  const auto action = delivery::find_action(*context.config, facts.envelope.action);
  facts.action_exists = action.has_value() || !(local || relayed);
  if (relayed && action) co_await add_hosts(desk, *action, facts);
  facts.now = context.world.clock.now();
  co_return facts;
}

}  // namespace mxlab::relay
