// live.cpp - how a scenario is played on real wires, or why it is not.
#include "sim/scenario/reader.hpp"

namespace mxlab::scenario {

namespace {

/// {mx2.example.org: "lines"}: only real mail servers read a configuration.
void read_added_lines(Reading& reading, const Node& node, LiveSpec& live) {
  if (!want_map(reading, node, "a map of hosts and lines for their configuration")) return;
  for (const Entry& entry : node.entries) {
    const HostSpec* host = known_host(reading, entry.key->text, entry.key->place);
    if (host == nullptr) continue;
    if (host->kind == Kind::kActor)
      reading.errors.add(entry.key->place, "an actor has no configuration",
                         "lines are added to a relay's, or to that of a real mail server (kind:)");
    else
      read_text(reading, *entry.value, live.config[host->name]);
  }
}

/// {counters: "the reason"}: without a reason it would hide every fault.
void read_reasons(Reading& reading, const Node& node, std::map<std::string, std::string>& reasons) {
  const Fields fields(reading, node, words::kAspects, "what may differ");
  if (!fields.is_map()) return;
  for (std::string_view aspect : words::kAspects) {
    const auto* why = fields.find(aspect);
    std::string reason;
    if (why == nullptr || !read_text(reading, *why, reason)) continue;
    if (trim(reason).empty())
      reading.errors.add(why->place, "why does a live run differ?", "say it in a sentence");
    else
      reasons[std::string(aspect)] = std::string(trim(reason));
  }
}

void read_differs(Reading& reading, const Node& node, LiveSpec& live) {
  if (!want_map(reading, node, "a map of hosts, and what may differ of each")) return;
  for (const Entry& entry : node.entries)
    if (const HostSpec* host = known_host(reading, entry.key->text, entry.key->place))
      read_reasons(reading, *entry.value, live.differs[host->name]);
}

void read_skip(Reading& reading, const Node& node, LiveSpec& live) {
  if (!read_text(reading, node, live.skip)) return;
  if (trim(live.skip).empty())
    reading.errors.add(node.place, "why is it only simulated?",
                       "say live: {skip: the reason, in a few words}");
}

/// The clock of a foreign mail system is beyond the lab's reach.
void read_speed(Reading& reading, const Node& node, LiveSpec& live) {
  constexpr Limits kSpeeds{1, 1000};
  std::uint64_t speed = 1;
  if (!read_number(reading, node, kSpeeds, speed)) return;
  live.speed = static_cast<unsigned>(speed);
  if (speed == 1) return;
  for (const HostSpec& host : reading.scenario.hosts)
    if (host.kind != Kind::kActor && host.kind != Kind::kMxrelayd)
      reading.errors.add(node.place, "the clock of " + host.name + " cannot go faster",
                         "speed: is for actors and mxrelayd; give other mail systems shorter "
                         "times by config:");
}

}  // namespace

void read_live(Reading& reading, const Node& node) {
  const Fields fields(reading, node, words::kLive, "live:");
  if (!fields.is_map()) return;
  LiveSpec& live = reading.scenario.live;
  if (const auto* skip = fields.find("skip")) read_skip(reading, *skip, live);
  if (const auto* tolerance = fields.find("tolerance"))
    read_duration(reading, *tolerance, live.tolerance);
  if (const auto* speed = fields.find("speed")) read_speed(reading, *speed, live);
  if (const auto* config = fields.find("config")) read_added_lines(reading, *config, live);
  if (const auto* differs = fields.find("differs")) read_differs(reading, *differs, live);
}

}  // namespace mxlab::scenario
