// commands_outbound.cpp - commands about where mail goes, and why it does not.
#include <charconv>
#include <fmt/format.h>

#include "relay/command_table.hpp"
#include "relay/show.hpp"
#include "relay/why.hpp"

namespace mxlab::relay {
namespace {

using control::LastRecord;

// Of one message: the next ones would say the same.
constexpr std::size_t kMostExplained = 20;

/// Nothing: no address. "any" names every address of ours.
std::optional<delivery::Block> block_of(const Call& call) {
  std::error_code wrong;
  delivery::Block block;
  if (call.word(0) != "any") block.source = asio::ip::make_address(call.word(0), wrong);
  if (wrong) return std::nullopt;
  if (call.word(1) != "*") block.domain = call.word(1);
  return block;
}

Done set_block(Call call, bool blocked) {
  const auto block = block_of(call);
  if (!block) co_return failure(call.word(0) + ": no IP address");
  auto& outbound = call.desk.scheduler().outbound();
  co_return co_await say(call.answer, blocked ? outbound.block(*block) : outbound.unblock(*block));
}
Done block_mta(Call call) { return set_block(call, true); }
Done unblock_mta(Call call) { return set_block(call, false); }

Done resume_route(Call call) {
  const std::string& word = call.word(0);
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), id);
  if (error != std::errc() || end != word.data() + word.size())
    co_return failure(word + ": no route, see show routes");
  co_return co_await say(call.answer, call.desk.scheduler().outbound().resume_route(id));
}

template <class Item>
Done show_items(Call call, std::vector<Item> items, std::string (*text)(const Item&),
                std::string (*object)(const Item&)) {
  for (const Item& item : items) {
    if (call.answer.json())
      co_await call.answer.record(object(item));
    else
      co_await call.answer.text(text(item));
  }
  co_return LastRecord{};
}

delivery::Snapshot snapshot(const Call& call) {
  return call.desk.scheduler().outbound().snapshot();
}

Done show_hosts(Call call) {
  return show_items(call, snapshot(call).hosts, host_text, host_object);
}
Done show_routes(Call call) {
  return show_items(call, snapshot(call).routes, route_text, route_object);
}
Done show_relays(Call call) {
  return show_items(call, snapshot(call).relays, relay_text, relay_object);
}
Done show_hoststats(Call call) {
  return show_items(call, snapshot(call).domains, domain_text, domain_object);
}

Done show_mta_paused(Call call) {
  const auto blocks = call.desk.scheduler().outbound().blocks();
  return show_items(call, std::vector<delivery::Block>(blocks.begin(), blocks.end()), block_text,
                    block_object);
}

Done why(Call call) {
  const auto which = selection_of(call.word(0));
  if (!which) co_return no_id(call.word(0));
  const auto found = co_await call.desk.page(*which, {});
  if (found.empty())
    co_return failure(call.word(0) +
                      ": not in the queue: delivered, returned, removed or never here (the log "
                      "tells which)");
  std::size_t told = 0;
  for (const queue::Envelope& envelope : found) {
    if (told++ == kMostExplained) break;
    const WhyFacts facts = co_await why_facts(call.desk, envelope);
    if (call.answer.json())
      co_await call.answer.record(why_object(facts));
    else
      co_await call.answer.text((told == 1 ? "" : "\n") + why_text(facts));
  }
  if (found.size() > kMostExplained && !call.answer.json())
    co_await call.answer.text(
        fmt::format("\nIt has more envelopes: mxrelayctl show queue {}", call.word(0)));
  co_return LastRecord{};
}

constexpr Command kCommands[] = {
    {"pause mta from for", 2, 2, block_mta},
    {"resume mta from for", 2, 2, unblock_mta},
    {"resume route", 1, 1, resume_route},
    {"show hosts", 0, 0, show_hosts},
    {"show hoststats", 0, 0, show_hoststats},
    {"show mta paused", 0, 0, show_mta_paused},
    {"show relays", 0, 0, show_relays},
    {"show routes", 0, 0, show_routes},
    {"why", 1, 1, why},
};

}  // namespace

std::span<const Command> outbound_commands() { return kCommands; }

}  // namespace mxlab::relay
