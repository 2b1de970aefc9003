#include "sim/sweep/swarm.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "sim/scenario/reader.hpp"
#include "sim/sweep/sometimes.hpp"

namespace mxlab::sim {
namespace {

using scenario::Entry;
using scenario::Fields;
using scenario::Node;
using scenario::Reading;

constexpr auto kTop = std::to_array<std::string_view>({"name", "explain", "swarm", "sometimes"});
constexpr auto kSwarm = std::to_array<std::string_view>(
    {"domains", "primaries", "backups", "senders", "like", "letters", "recipients", "size", "story",
     "faults", "tls", "local mail", "bad lines", "heal", "kinds"});
constexpr std::uint64_t kMostHosts = 8, kMostLetters = 1000, kMostFaults = 1000, kMostWeight = 1000;
constexpr std::uint64_t kMostSize = 10 * 1024 * 1024;

/// "3" or "1..3", each end read by `one`.
template <class Value>
std::optional<std::pair<Value, Value>> parse_ends(std::string_view text,
                                                  std::optional<Value> (*one)(std::string_view)) {
  const std::size_t dots = text.find("..");
  const auto least = one(text.substr(0, dots));
  const auto most = dots == std::string_view::npos ? least : one(text.substr(dots + 2));
  if (!least || !most || *least > *most) return std::nullopt;
  return std::pair(*least, *most);
}

/// Sizes are numbers with or without a unit, so that one notation does for all.
void read_range(Reading& reading, const Node& node, Range limits, Range& out) {
  std::string text;
  if (!read_text(reading, node, text)) return;
  const auto ends = parse_ends<std::uint64_t>(text, scenario::parse_size);
  if (ends && ends->first >= limits.least && ends->second <= limits.most) {
    out = {ends->first, ends->second};
    return;
  }
  reading.errors.add(
      node.place, fmt::format("\"{}\" is not a range", text),
      fmt::format("ranges are written 2 or 1..3, here from {} to {}", limits.least, limits.most));
}

void read_span(Reading& reading, const Node& node, Span& out) {
  std::string text;
  if (!read_text(reading, node, text)) return;
  if (const auto ends = parse_ends<Duration>(text, scenario::parse_duration))
    out = {ends->first, ends->second};
  else
    reading.errors.add(node.place, fmt::format("\"{}\" is not a range of times", text),
                       "written 10m or 1m..5d");
}

void read_share(Reading& reading, const Node& node, double& out) {
  std::string text;
  if (!read_text(reading, node, text)) return;
  if (const auto share = scenario::parse_share(text))
    out = *share;
  else
    reading.errors.add(node.place, fmt::format("\"{}\" is not a share", text),
                       "shares are written 25%");
}

void read_kinds(Reading& reading, const Node& node, Swarm& swarm) {
  if (!want_map(reading, node, "a map of kinds of fault and how often each is chosen")) return;
  for (const Entry& entry : node.entries) {
    if (!read_word(reading, *entry.key, kFaultWords, "kind of fault")) continue;
    std::uint64_t weight = 1;
    if (!read_number(reading, *entry.value, {0, kMostWeight}, weight)) continue;
    const auto kind = scenario::words::index_of(entry.key->text, kFaultWords);
    if (weight > 0) swarm.kinds.emplace_back(static_cast<Fault>(kind), weight);
  }
}

void read_amounts(Reading& reading, const Fields& fields, Swarm& swarm) {
  struct Amount {
    std::string_view key;
    Range* range;
    Range limits;
  };
  const auto amounts = std::to_array<Amount>({
      {"domains", &swarm.domains, {1, kMostHosts}},
      {"primaries", &swarm.primaries, {1, kMostHosts}},
      {"backups", &swarm.backups, {1, kMostHosts}},
      {"senders", &swarm.senders, {1, kMostHosts}},
      {"letters", &swarm.letters, {1, kMostLetters}},
      {"recipients", &swarm.recipients, {1, kMostHosts}},
      {"size", &swarm.size, {0, kMostSize}},
      {"faults", &swarm.faults, {0, kMostFaults}},
  });
  for (const Amount& amount : amounts)
    if (const Node* node = fields.find(amount.key))
      read_range(reading, *node, amount.limits, *amount.range);
}

void read_heal(Reading& reading, const Node& node, Swarm& swarm) {
  constexpr std::string_view kWithin = "within ";
  std::string text;
  if (!read_text(reading, node, text)) return;
  const auto time = text.starts_with(kWithin)
                        ? scenario::parse_duration(std::string_view(text).substr(kWithin.size()))
                        : std::nullopt;
  if (time)
    swarm.heal_within = *time;
  else
    reading.errors.add(node.place, "how long may the queues take to drain?",
                       "say heal: within 12d");
}

void read_swarm(Reading& reading, const Node& node, Swarm& swarm) {
  const Fields fields(reading, node, kSwarm, "a swarm");
  if (!fields.is_map()) return;
  read_amounts(reading, fields, swarm);
  if (const Node* story = fields.find("story")) read_span(reading, *story, swarm.story);
  if (const Node* tls = fields.find("tls")) read_share(reading, *tls, swarm.tls);
  if (const Node* local = fields.find("local mail")) read_share(reading, *local, swarm.local_mail);
  if (const Node* lines = fields.find("bad lines")) read_share(reading, *lines, swarm.bad_lines);
  if (const Node* heal = fields.find("heal")) read_heal(reading, *heal, swarm);
  if (const Node* kinds = fields.find("kinds")) read_kinds(reading, *kinds, swarm);
  const Node* like = fields.find("like");
  if (like == nullptr) return;
  swarm.profiles.clear();
  for (const Node* item : one_or_more(reading, *like, "profiles"))
    if (read_word(reading, *item, scenario::words::kProfiles, "profile"))
      swarm.profiles.push_back(item->text);
}

void read_sometimes(Reading& reading, const Node& node, Swarm& swarm) {
  const auto known = sometimes_words();
  for (const Node* item : one_or_more(reading, node, "things that must happen sometimes"))
    if (read_word(reading, *item, known, "thing that happens sometimes"))
      swarm.sometimes.push_back(item->text);
}

void read_file(Reading& reading, const Node& root, Swarm& swarm) {
  const Fields fields(reading, root, kTop, "the file");
  if (!fields.is_map()) return;
  if (const Node* name = fields.find("name")) read_text(reading, *name, swarm.name);
  if (const Node* explain = fields.find("explain")) read_text(reading, *explain, swarm.explain);
  if (const Node* node = fields.find("swarm")) read_swarm(reading, *node, swarm);
  if (const Node* sometimes = fields.find("sometimes")) read_sometimes(reading, *sometimes, swarm);
  if (swarm.name.empty() && fields.is_missing("name"))
    reading.errors.add(root.place, "the worlds have no name", "say name: and what they are about");
}

}  // namespace

SwarmResult parse_swarm(const std::string& file_name, const std::string& text) {
  scenario::Diagnostics errors(file_name, text);
  scenario::Scenario nobody;  // no host can be named in such a file
  Reading reading{errors, nobody};
  SwarmResult result;
  result.swarm.emplace().file = file_name;
  const scenario::Document document(text, errors);
  if (document.root() != nullptr)
    read_file(reading, *document.root(), *result.swarm);
  else if (errors.empty())
    errors.add({1, 1, 1}, "the file is empty");
  if (!errors.empty()) result.swarm.reset();
  result.diagnostics = errors.take();
  return result;
}

bool is_swarm(const std::string& text) {
  scenario::Diagnostics errors("", text);
  const scenario::Document document(text, errors);
  const Node* root = document.root();
  return root != nullptr && root->is_map() &&
         std::any_of(root->entries.begin(), root->entries.end(),
                     [](const Entry& entry) { return entry.key->text == "swarm"; });
}

}  // namespace mxlab::sim
