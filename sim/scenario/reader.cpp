#include "sim/scenario/reader.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace mxlab::scenario {

namespace {

std::string_view kind_name(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNothing:
      return "nothing";
    case Node::Kind::kText:
      return "a text";
    case Node::Kind::kList:
      return "a list";
    case Node::Kind::kMap:
      return "a map";
  }
  return "nothing";
}

constexpr auto kYes = std::to_array<std::string_view>({"yes", "true", "on"});
constexpr auto kNo = std::to_array<std::string_view>({"no", "false", "off"});
constexpr std::string_view kTimeHint = "times are written 300ms, 30s, 5m, 2h, 4d, 1h30m or 300.5s";

std::string time_hint(std::string_view text) {
  if (is_digits(text)) return fmt::format("a unit is missing: {}s? {}", text, kTimeHint);
  if (text.starts_with('-')) return "time never runs backwards here";
  return std::string(kTimeHint);
}

}  // namespace

Fields::Fields(Reading& reading, const Node& node, words::List known, std::string_view what)
    : node_(node), known_(known) {
  if (!node.is_map()) {
    reading.errors.add(node.place, fmt::format("{} where {} is wanted", kind_name(node), what),
                       fmt::format("it is a map of {}", fmt::join(known, ", ")));
    return;
  }
  for (const Entry& entry : node.entries) {
    if (words::contains(known, entry.key->text)) continue;
    reading.errors.add(entry.key->place,
                       fmt::format("unknown key \"{}\" in {}", entry.key->text, what),
                       words::suggestion(entry.key->text, known));
  }
}

const Node* Fields::find(std::string_view key) const {
  const auto entry = std::find_if(node_.entries.begin(), node_.entries.end(),
                                  [&](const Entry& e) { return e.key->text == key; });
  return entry == node_.entries.end() ? nullptr : entry->value;
}

bool Fields::is_missing(std::string_view key) const {
  return std::none_of(node_.entries.begin(), node_.entries.end(), [&](const Entry& e) {
    const std::string_view word = e.key->text;
    return word == key || (!words::contains(known_, word) && words::nearest(word, known_) == key);
  });
}

bool want_map(Reading& reading, const Node& node, std::string_view what) {
  if (node.is_map()) return true;
  reading.errors.add(node.place, fmt::format("{} where {} is wanted", kind_name(node), what));
  return false;
}

bool read_text(Reading& reading, const Node& node, std::string& out) {
  if (!node.is_text()) {
    reading.errors.add(node.place, fmt::format("{} where one text is wanted", kind_name(node)));
    return false;
  }
  out = node.text;
  return true;
}

bool read_yes_no(Reading& reading, const Node& node, bool& out) {
  std::string text;
  if (!read_text(reading, node, text)) return false;
  const bool yes = words::contains(kYes, text);
  if (!yes && !words::contains(kNo, text)) {
    reading.errors.add(node.place, fmt::format("\"{}\" is neither yes nor no", text));
    return false;
  }
  out = yes;
  return true;
}

bool read_duration(Reading& reading, const Node& node, Duration& out) {
  std::string text;
  if (!read_text(reading, node, text)) return false;
  const auto duration = parse_duration(text);
  if (!duration) {
    reading.errors.add(node.place, fmt::format("\"{}\" is not a time", text), time_hint(text));
    return false;
  }
  out = *duration;
  return true;
}

bool read_expected(Reading& reading, const Node& node, Expected& out) {
  std::string text;
  if (!read_text(reading, node, text)) return false;
  auto expected = parse_expected(text);
  if (!expected) {
    reading.errors.add(node.place, fmt::format("\"{}\" is not an expected number", text),
                       "numbers are expected as 3, +1, at least 1, at most 3, 1..3, or "
                       "1 at 301.0s +- 0.2s");
    return false;
  }
  out = std::move(*expected);
  out.place = node.place;
  return true;
}

bool read_host_name(Reading& reading, const Node& node, std::string& out) {
  std::string text;
  if (!read_text(reading, node, text)) return false;
  if (!is_host_name(text)) {
    reading.errors.add(node.place, fmt::format("\"{}\" is not a host name", text),
                       "names are written without a dot at the end: mail.example.org");
    return false;
  }
  out = text;
  return true;
}

bool read_number(Reading& reading, const Node& node, Limits limits, std::uint64_t& out) {
  std::string text;
  if (!read_text(reading, node, text)) return false;
  const auto number = parse_number(text);
  if (!number) {
    reading.errors.add(node.place, fmt::format("\"{}\" is not a number", text));
    return false;
  }
  if (*number < limits.least || *number > limits.most) {
    reading.errors.add(node.place,
                       fmt::format("{} is not between {} and {}", text, limits.least, limits.most));
    return false;
  }
  out = *number;
  return true;
}

bool read_word(Reading& reading, const Node& node, words::List known, std::string_view what) {
  std::string text;
  if (!read_text(reading, node, text)) return false;
  if (words::contains(known, text)) return true;
  reading.errors.add(node.place, fmt::format("unknown {} \"{}\"", what, text),
                     words::suggestion(text, known));
  return false;
}

std::vector<const Node*> one_or_more(Reading& reading, const Node& node, std::string_view what) {
  if (!node.is_list()) return {&node};
  if (node.items.empty() && !what.empty()) {
    reading.errors.add(node.place, fmt::format("an empty list of {}", what));
  }
  return node.items;
}

const HostSpec* known_host(Reading& reading, std::string_view name, const Place& place) {
  const auto& hosts = reading.scenario.hosts;
  const auto host =
      std::find_if(hosts.begin(), hosts.end(), [&](const HostSpec& h) { return h.name == name; });
  if (host != hosts.end()) return &*host;
  if (hosts.empty()) return nullptr;  // said once, where the hosts are missing
  std::vector<std::string_view> names;
  for (const HostSpec& h : hosts) names.push_back(h.name);
  reading.errors.add(place, fmt::format("unknown host \"{}\"", name),
                     words::suggestion(name, names));
  return nullptr;
}

std::string_view role_name(Role role) { return words::kRoles[static_cast<std::size_t>(role)]; }

}  // namespace mxlab::scenario
