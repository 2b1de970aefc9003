#include "fakedns/lies.hpp"

#include <charconv>
#include <fmt/format.h>
#include <sstream>
#include <vector>

#include "fakedns/record.hpp"
#include "relay/dns/name.hpp"

namespace mxlab::fakedns {
namespace {

using world::Duration;

const std::map<std::string, LieKind, std::less<>> kKinds = {
    {"servfail", LieKind::kServfail},   {"refused", LieKind::kRefused},
    {"silence", LieKind::kSilence},     {"wrong-id", LieKind::kWrongId},
    {"malformed", LieKind::kMalformed}, {"truncated", LieKind::kTruncated},
    {"empty", LieKind::kEmpty},         {"bogus", LieKind::kBogus},
};

Duration parse_delay(const std::string& text) {
  constexpr std::int64_t kMostOfAUnit = 1'000'000;
  static const std::map<std::string, Duration, std::less<>> kUnits = {
      {"ms", std::chrono::milliseconds(1)},
      {"s", std::chrono::seconds(1)},
      {"m", std::chrono::minutes(1)}};
  std::int64_t count = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  auto unit = kUnits.find(std::string_view(end, text.data() + text.size()));
  if (error != std::errc() || unit == kUnits.end() || count < 0 || count > kMostOfAUnit)
    throw ZoneError(fmt::format("\"{}\" is not a delay; write 500ms, 3s or 2m", text));
  return unit->second * count;
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream input(text);
  std::vector<std::string> words;
  for (std::string word; input >> word;) words.push_back(word);
  return words;
}

Lie lie_of(std::vector<std::string> words, const std::string& whole) {
  Lie lie;
  if (!words.empty() && kKinds.contains(words.front())) {
    lie.kind = kKinds.find(words.front())->second;
    words.erase(words.begin());
  }
  if (words.size() == 2 && words.front() == "delay") {
    lie.delay = parse_delay(words.back());
    words.clear();
  }
  if (words.empty() && lie != Lie{}) return lie;
  throw ZoneError(fmt::format(
      "\"{}\" is not a lie; there are servfail, refused, silence, wrong-id, malformed, truncated, "
      "empty, bogus and \"delay 3s\"",
      whole));
}

// "*" stands for "*.", all names below the root.
std::string pattern_of(const std::string& name) {
  return name == "*" ? name : parse_name(name, ".");
}

std::uint16_t number_of(const std::string& type) {
  auto number = type_number(type);
  if (number == 0 && !type.empty())
    throw ZoneError(fmt::format("\"{}\" is not a record type", type));
  return number;
}

}  // namespace

Lie parse_lie(const std::string& text) { return lie_of(words_of(text), text); }

void Lies::set(const std::string& name, const std::string& type, Lie lie) {
  rules_[{pattern_of(name), number_of(type)}] = lie;
}

bool Lies::clear(const std::string& name, const std::string& type) {
  return rules_.erase({pattern_of(name), number_of(type)}) != 0;
}

void Lies::tell(const std::string& rule) {
  auto words = words_of(rule);
  if (words.size() < 2)
    throw ZoneError(
        fmt::format("\"{}\": write NAME [TYPE] LIE, as in \"example.org MX servfail\"", rule));
  const auto name = words.front();
  words.erase(words.begin());
  std::string type;
  if (words.size() > 1 && type_number(words.front()) != 0) {
    type = words.front();
    words.erase(words.begin());
  }
  set(name, type, lie_of(words, rule));
}

const Lie* Lies::rule(const std::string& name, std::uint16_t type) const {
  for (auto wanted : {type, std::uint16_t{0}})
    if (auto found = rules_.find({name, wanted}); found != rules_.end()) return &found->second;
  return nullptr;
}

Lie Lies::find(const std::string& name, std::uint16_t type) const {
  if (rules_.empty()) return {};
  if (const Lie* lie = rule(name, type)) return *lie;
  std::string_view above = name;
  do {
    above = dns::parent_name(above);
    if (const Lie* lie = rule(above == "." ? "*" : fmt::format("*.{}", above), type)) return *lie;
  } while (above != ".");
  return {};
}

}  // namespace mxlab::fakedns
