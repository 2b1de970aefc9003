// commands_overview.cpp - everything that a page about the relay shows, in one record.
#include <nlohmann/json.hpp>

#include "relay/command_table.hpp"
#include "relay/control/objects.hpp"
#include "relay/show.hpp"

namespace mxlab::relay {
namespace {

using nlohmann::json;

std::int64_t value_of(const control::Counters& counters, const char* key) {
  const auto at = counters.values().find(key);
  return at == counters.values().end() ? 0 : at->second;
}

json domains_of(const Tally& tally, world::TimePoint now) {
  auto list = json::array();
  for (const DomainTally& domain : tally.domains())
    list.push_back({{"domain", domain.domain},
                    {"envelopes", domain.envelopes},
                    {"age", world::epoch_seconds(now) - world::epoch_seconds(domain.oldest)}});
  return list;
}

json relays_of(const delivery::Snapshot& snapshot) {
  auto list = json::array();
  for (const auto& relay : snapshot.relays) list.push_back(json::parse(relay_object(relay)));
  return list;
}

Done overview(Call call) {
  auto& context = call.desk.context();
  co_await call.desk.tally().refresh(context);
  const json object{
      {"uptime", std::chrono::duration_cast<std::chrono::seconds>(call.desk.uptime()).count()},
      {"name", context.server_name},
      {"status", call.desk.status()},
      {"digest", json::parse(control::digest_object(context.counters.digest()))},
      {"inflight", value_of(context.counters, "scheduler.envelope.inflight")},
      {"tls", value_of(context.counters, "smtp.tls")},
      {"domains", domains_of(call.desk.tally(), context.world.clock.now())},
      {"counted", call.desk.tally().counted()},
      {"complete", call.desk.tally().complete()},
      {"relays", relays_of(call.desk.scheduler().outbound().snapshot())}};
  co_await call.answer.record(object.dump(-1, ' ', false, json::error_handler_t::replace));
  co_return control::LastRecord{};
}

constexpr Command kCommands[] = {{"overview", 0, 0, overview}};

}  // namespace

std::span<const Command> overview_commands() { return kCommands; }

}  // namespace mxlab::relay
