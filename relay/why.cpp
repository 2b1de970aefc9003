#include "relay/why.hpp"

#include <algorithm>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "relay/control/texts.hpp"

namespace mxlab::relay {
namespace {

using control::duration_text;
using nlohmann::ordered_json;

std::string date(world::TimePoint at) {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} +0000",
                     fmt::gmtime(static_cast<std::time_t>(world::epoch_seconds(at))));
}

std::string times(std::uint32_t count) {
  if (count == 1) return "once";
  return count == 2 ? "twice" : fmt::format("{} times", count);
}

std::string address(const std::string& mailbox) { return "<" + mailbox + ">"; }

std::string goal(const WhyFacts& facts) {
  const queue::Envelope& envelope = facts.envelope;
  switch (envelope.kind) {
    case queue::EnvelopeKind::kRelay:
      return fmt::format("waits to be relayed (action \"{}\")", envelope.action);
    case queue::EnvelopeKind::kLocal:
      return fmt::format("waits for a local mailbox (action \"{}\")", envelope.action);
    case queue::EnvelopeKind::kBounce:
      return "is a report to the sender that is not made yet";
  }
  return "";
}

std::string origin(const WhyFacts& facts) {
  const queue::Envelope& envelope = facts.envelope;
  std::string from = "It was handed in on this host";
  if (envelope.source != queue::Source::kLocal)
    from = fmt::format("It came from {}[{}]",
                       envelope.peer_name.empty() ? "" : envelope.peer_name + " ",
                       envelope.peer_address);
  return fmt::format("{} {} ago, {}.", from, duration_text(facts.now - envelope.creation),
                     date(envelope.creation));
}

std::string tried(const WhyFacts& facts) {
  const queue::Envelope& envelope = facts.envelope;
  if (envelope.tries == 0 && facts.inflight_since) return "This is the first attempt.";
  if (envelope.tries == 0) return "It has not been tried yet.";
  std::string text = fmt::format("Tried {} without success", times(envelope.tries));
  if (envelope.last_attempt != world::TimePoint{})
    text +=
        fmt::format(", the last time {} ago, {}", duration_text(facts.now - envelope.last_attempt),
                    date(envelope.last_attempt));
  return text + ".";
}

std::string last_answer(const queue::Envelope& envelope) {
  const queue::Failure& failure = envelope.last_failure;
  if (failure.text.empty()) return {};
  if (failure.remote.empty()) return fmt::format("What came of it: {}", failure.text);
  return fmt::format("{} answered: {}", failure.remote, failure.text);
}

std::string next(const WhyFacts& facts) {
  const queue::Envelope& envelope = facts.envelope;
  if (facts.inflight_since)
    return fmt::format("An attempt is under way, since {}.",
                       duration_text(facts.now - *facts.inflight_since));
  if (envelope.suspended) return "An operator has paused it: it is not tried, and does not expire.";
  if (facts.agent_paused)
    return fmt::format("Nothing is tried now: {} is paused.",
                       envelope.kind == queue::EnvelopeKind::kLocal ? "mda" : "mta");
  if (facts.flight_full && envelope.next_attempt <= facts.now)
    return "It is due, and waits for its turn: as many attempts are under way as are allowed.";
  if (envelope.next_attempt <= facts.now) return "It is due now.";
  return fmt::format("The next attempt is in {}, {}.",
                     duration_text(envelope.next_attempt - facts.now), date(envelope.next_attempt));
}

std::string hop_line(const WhyHop& item) {
  std::string line =
      fmt::format("  {} {} [{}]", item.hop.preference, item.hop.host, item.hop.address.to_string());
  if (item.hop.port != 25) line += fmt::format(" port {}", item.hop.port);
  if (item.resting)
    line += fmt::format(": it failed, and rests for {}", duration_text(*item.resting));
  if (item.sessions > 0)
    line += fmt::format(": {} open to it", item.sessions == 1 ? "a session is" : "sessions are");
  else if (item.trying)
    line +=
        fmt::format(": being tried for {}, not ready for mail yet", duration_text(*item.trying));
  return line;
}

std::string hosts(const WhyFacts& facts) {
  if (!facts.hosts) return {};
  if (const auto* none = std::get_if<delivery::NoRoute>(&*facts.hosts)) {
    std::string text =
        fmt::format("As DNS stands now there is no host for it: {}", none->failure.text);
    if (!facts.lookup_reason.empty()) text += fmt::format(" ({})", facts.lookup_reason);
    return text;
  }
  std::string text = "It may go to these hosts, the best one first:";
  for (const WhyHop& item : std::get<std::vector<WhyHop>>(*facts.hosts))
    text += "\n" + hop_line(item);
  return text;
}

std::string expiry(const WhyFacts& facts) {
  const auto at = facts.envelope.creation + facts.lifetime.ttl;
  if (facts.envelope.suspended) return {};
  const char* then = "its sender is told that it could not be delivered";
  if (facts.envelope.sender.empty())
    then = "it is dropped, and nobody is told: it has no sender";
  else if (facts.envelope.kind == queue::EnvelopeKind::kBounce)
    then = "the report is given up";
  else if (facts.envelope.dsn.notify == "NEVER")
    then = "it is dropped, and nobody is told: its sender has asked for that (NOTIFY=NEVER)";
  if (at <= facts.now) return fmt::format("Its time is over: {}.", then);
  return fmt::format("It expires in {}, {}; then {}.", duration_text(at - facts.now), date(at),
                     then);
}

bool all_resting(const WhyFacts& facts) {
  if (!facts.hosts) return false;
  const auto* items = std::get_if<std::vector<WhyHop>>(&*facts.hosts);
  return items != nullptr && !items->empty() &&
         std::all_of(items->begin(), items->end(), [](const WhyHop& i) { return i.resting; });
}

/// What somebody must mend before any attempt can succeed; empty: nothing that we know of.
std::string to_mend(const WhyFacts& facts) {
  if (!facts.action_exists)
    return fmt::format(
        "smtpd.conf has no action \"{}\" any more: put it back, then mxrelayctl reload",
        facts.envelope.action);
  if (!facts.hosts) return {};
  const auto* none = std::get_if<delivery::NoRoute>(&*facts.hosts);
  if (none == nullptr) return {};
  if (none->failure.enhanced == "4.4.3") return "the name servers answering again";
  if (none->failure.text.find("relay backup mx") != std::string::npos)
    return "smtpd.conf naming this host as DNS does (relay backup mx NAME), then mxrelayctl reload";
  return "the MX records of the domain being mended";
}

}  // namespace

std::vector<std::string> releases(const WhyFacts& facts) {
  const std::string id = queue::to_hex(facts.envelope.id);
  std::vector<std::string> ways;
  if (facts.inflight_since) return ways;
  if (facts.envelope.suspended) ways.push_back("mxrelayctl resume envelope " + id);
  if (facts.agent_paused)
    ways.push_back(facts.envelope.kind == queue::EnvelopeKind::kLocal ? "mxrelayctl resume mda"
                                                                      : "mxrelayctl resume mta");
  if (facts.blocked)
    ways.push_back("mxrelayctl resume mta from ADDRESS for DOMAIN (show mta paused)");
  if (auto mend = to_mend(facts); !mend.empty()) ways.push_back(std::move(mend));
  if (all_resting(facts)) ways.push_back("mxrelayctl resume route ID (show routes)");
  const bool waits = facts.envelope.next_attempt > facts.now;
  if (waits && !facts.envelope.suspended) ways.push_back("mxrelayctl schedule " + id);
  return ways;
}

std::string why_text(const WhyFacts& facts) {
  const queue::Envelope& envelope = facts.envelope;
  std::string text =
      fmt::format("{} from {} to {} {}.", queue::to_hex(envelope.id), address(envelope.sender),
                  address(envelope.destination), goal(facts));
  for (const std::string& line : {origin(facts), tried(facts), last_answer(envelope), next(facts),
                                  hosts(facts), expiry(facts)})
    if (!line.empty()) text += "\n" + line;
  const auto ways = releases(facts);
  if (!ways.empty()) text += "\nWhat would release it:";
  for (const std::string& way : ways) text += "\n  " + way;
  return text;
}

namespace {

ordered_json hosts_object(const WhyFacts& facts) {
  auto list = ordered_json::array();
  if (!facts.hosts) return list;
  const auto* items = std::get_if<std::vector<WhyHop>>(&*facts.hosts);
  if (items == nullptr) return list;
  for (const WhyHop& item : *items)
    list.push_back({{"preference", item.hop.preference},
                    {"host", item.hop.host},
                    {"address", item.hop.address.to_string()},
                    {"port", item.hop.port},
                    {"rests", item.resting ? ordered_json(world::Duration(*item.resting).count() /
                                                          1'000'000'000)
                                           : ordered_json()}});
  return list;
}

const char* state_of(const WhyFacts& facts) {
  if (facts.inflight_since) return "inflight";
  return facts.envelope.suspended ? "suspended" : "pending";
}

}  // namespace

std::string why_object(const WhyFacts& facts) {
  const queue::Envelope& envelope = facts.envelope;
  ordered_json object{
      {"id", queue::to_hex(envelope.id)},
      {"state", state_of(facts)},
      {"since", world::epoch_seconds(envelope.creation)},
      {"tries", envelope.tries},
      {"last_attempt", world::epoch_seconds(envelope.last_attempt)},
      {"last_error", envelope.last_failure.text},
      {"said_by", envelope.last_failure.remote},
      {"next_attempt", world::epoch_seconds(envelope.next_attempt)},
      {"expires", world::epoch_seconds(envelope.creation + facts.lifetime.ttl)},
      {"hosts", hosts_object(facts)},
      {"release", releases(facts)},
      {"text", why_text(facts)},
  };
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace mxlab::relay
