// parse.cpp - a whole scenario: its parts in the order in which they need each other, and whether
// it tests anything at all.
#include <algorithm>
#include <fmt/format.h>

#include "sim/scenario/reader.hpp"

namespace mxlab::scenario {

namespace {

constexpr std::uint64_t kLargestSeed = kLargestNumber;

void read_about(Reading& reading, const Node& root, const Fields& fields) {
  Scenario& scenario = reading.scenario;
  if (const auto* name = fields.find("name")) {
    read_text(reading, *name, scenario.name);
  } else if (fields.is_missing("name")) {
    reading.errors.add(root.place, "the scenario has no name", "say name: and what it shows");
  }
  if (const auto* group = fields.find("group")) {
    if (read_word(reading, *group, words::kGroups, "group")) scenario.group = group->text;
  }
  if (const auto* explain = fields.find("explain")) {
    read_text(reading, *explain, scenario.explain);
  }
  if (const auto* learn = fields.find("learn")) read_text(reading, *learn, scenario.learn);
  if (const auto* seed = fields.find("seed")) {
    read_number(reading, *seed, {0, kLargestSeed}, scenario.seed);
  }
}

void read_never(Reading& reading, const Node& node) {
  for (const Node* item : one_or_more(reading, node, "things that never happen")) {
    if (!read_word(reading, *item, words::kNever, "thing that never happens")) continue;
    const auto never = static_cast<Never>(words::index_of(item->text, words::kNever));
    reading.scenario.never.emplace_back(never, item->place);
  }
}

/// "no", "yes", "within 2d".
void read_heal(Reading& reading, const Node& node) {
  constexpr std::string_view kWithin = "within ";
  Scenario& scenario = reading.scenario;
  if (node.is_text() && node.text.starts_with(kWithin)) {
    const auto within = parse_duration(std::string_view(node.text).substr(kWithin.size()));
    if (within) {
      scenario.heal_within = *within;
      return;
    }
  }
  if (node.is_text() && (node.text == "no" || node.text == "yes")) {
    scenario.heal = node.text == "yes";
    return;
  }
  reading.errors.add(node.place, "how does the scenario heal?",
                     "say heal: no, or heal: within 2d for the time the queues have to drain");
}

/// "invariants": sends that are refused, relays that fail and the like break no promise.
void read_judge(Reading& reading, const Node& node) {
  if (read_word(reading, node, words::kJudges, "judge"))
    reading.scenario.invariants_only = node.text == "invariants";
}

bool expects_something(const Step& step) {
  const auto hears = [](const Action& action) {
    return std::holds_alternative<Dialogue>(action.value);
  };
  return !step.expect.empty() || !step.when.empty() ||
         std::any_of(step.actions.begin(), step.actions.end(), hears);
}

/// A run that checks nothing must not look like success.
void check_tests_something(Reading& reading, const Node& root, const Fields& fields) {
  const Scenario& scenario = reading.scenario;
  const auto* steps = fields.find("steps");
  if (scenario.steps.empty()) {
    const bool is_empty = steps != nullptr && steps->is_list();
    if (!is_empty && !fields.is_missing("steps")) return;
    reading.errors.add(is_empty ? steps->place : root.place, "nothing happens: no steps",
                       "say steps: and a list of what is done and expected");
    return;
  }
  const bool promises =
      !scenario.always.empty() || !scenario.never.empty() || scenario.invariants_only;
  if (promises || std::any_of(scenario.steps.begin(), scenario.steps.end(), expects_something)) {
    return;
  }
  reading.errors.add(steps->place, "nothing to test: no step expects anything",
                     "say expect: in a step, or always: or never: for all of them");
}

/// What holds at every moment cannot be a change since a step.
void check_always(Reading& reading) {
  for (const HostExpectation& host : reading.scenario.always) {
    for (const CounterExpectation& counter : host.counters) {
      if (!counter.expected.change && !counter.expected.at) continue;
      reading.errors.add(counter.expected.place,
                         fmt::format("\"{}\" cannot be true always", counter.expected.text),
                         "always: takes numbers such as 0 or at most 3");
    }
  }
}

void read_scenario(Reading& reading, const Node& root) {
  const Fields fields(reading, root, words::kScenario, "the scenario");
  if (!fields.is_map()) return;
  read_about(reading, root, fields);
  const auto part = [&](std::string_view word, void (*read)(Reading&, const Node&)) {
    if (const auto* node = fields.find(word)) read(reading, *node);
  };
  part("hosts", read_hosts);
  const auto* hosts = fields.find("hosts");
  const bool nobody = hosts != nullptr && hosts->is_map() && hosts->entries.empty();
  if (nobody || fields.is_missing("hosts")) {
    reading.errors.add(nobody ? hosts->place : root.place, "nobody takes part: no hosts",
                       "say hosts: and who they are, such as mail.example.org: {is: primary}");
  }
  part("dns", read_dns);
  part("network", read_network);
  part("steps", read_steps);
  part("never", read_never);
  part("heal", read_heal);
  part("judge", read_judge);
  part("live", read_live);
  if (const auto* always = fields.find("always")) {
    reading.scenario.always = read_expectations(reading, *always);
    check_always(reading);
  }
  check_tests_something(reading, root, fields);
}

}  // namespace

ParseResult parse(const std::string& file_name, const std::string& text) {
  Diagnostics errors(file_name, text);
  ParseResult result;
  result.scenario.emplace();
  result.scenario->file = file_name;
  result.scenario->text = text;
  Reading reading{errors, *result.scenario};
  const Document document(text, errors);
  if (document.root() != nullptr) {
    read_scenario(reading, *document.root());
  } else if (errors.empty()) {
    errors.add({1, 1, 1}, "the file is empty");
  }
  if (!errors.empty()) result.scenario.reset();
  result.diagnostics = errors.take();
  return result;
}

}  // namespace mxlab::scenario
