// steps.cpp - the story: when, what is done, what is then expected, and whether that can be.
#include <algorithm>
#include <fmt/format.h>

#include "sim/scenario/reader.hpp"

namespace mxlab::scenario {

namespace {

std::vector<std::string_view> known_words() {
  std::vector<std::string_view> all(words::kStep.begin(), words::kStep.end());
  all.insert(all.end(), words::kActions.begin(), words::kActions.end());
  all.insert(all.end(), words::kVerbs.begin(), words::kVerbs.end());
  return all;
}

/// The key itself, to point at; only called for keys that exist.
const Place& place_of(const Node& map, std::string_view key) {
  const auto entry = std::find_if(map.entries.begin(), map.entries.end(),
                                  [&](const Entry& e) { return e.key->text == key; });
  return entry->key->place;
}

/// Reads one step after the other; knows how early each of them can be.
class Story {
 public:
  explicit Story(Reading& reading) : reading_(reading) {}

  Step read(const Node& node) {
    Step step;
    step.place = node.place;
    const Fields fields(reading_, node, known_, "a step");
    if (!fields.is_map()) return step;
    read_texts(node, fields, step);
    read_time(node, fields, step);
    for (const Entry& entry : node.entries) read_action(reading_, entry, step.actions);
    if (const auto* expect = fields.find("expect")) {
      step.expect = read_expectations(reading_, *expect);
    }
    read_patience(node, fields, step);
    return step;
  }

 private:
  void read_texts(const Node& node, const Fields& fields, Step& step) {
    if (const auto* explain = fields.find("explain")) read_text(reading_, *explain, step.explain);
    if (const auto* since = fields.find("since")) read_since(node, *since, fields, step);
    const auto* name = fields.find("name");
    if (name == nullptr || !read_text(reading_, *name, step.name)) return;
    if (words::contains(names_view(), step.name)) {
      reading_.errors.add(name->place, fmt::format("two steps are named \"{}\"", step.name));
    }
    names_.push_back(step.name);
  }

  void read_since(const Node& node, const Node& since, const Fields& fields, Step& step) {
    if (!read_text(reading_, since, step.since)) return;
    if (!words::contains(names_view(), step.since)) {
      reading_.errors.add(since.place, fmt::format("no earlier step is named \"{}\"", step.since),
                          words::suggestion(step.since, names_view()));
    }
    if (fields.find("expect") == nullptr) {
      reading_.errors.add(place_of(node, "since"), "\"since\" without an expectation");
    }
  }

  /// at, after, when: one of them.
  void read_time(const Node& node, const Fields& fields, Step& step) {
    std::vector<std::string_view> given;
    for (const auto word : {"at", "after", "when"}) {
      if (fields.find(word) != nullptr) given.emplace_back(word);
    }
    if (given.size() > 1) {
      reading_.errors.add(place_of(node, given[1]),
                          fmt::format("a step with \"{}\" and \"{}\"", given[0], given[1]),
                          "one of them says when");
      return;
    }
    if (const auto* at = fields.find("at")) read_at(*at, step);
    if (const auto* after = fields.find("after")) {
      Duration duration{};
      if (read_duration(reading_, *after, duration)) step.after = duration;
      earliest_ = std::min(kLongest, earliest_ + duration);
    }
    if (const auto* when = fields.find("when")) read_when(node, *when, fields, step);
    if (given.empty()) step.after = Duration{};
  }

  void read_at(const Node& node, Step& step) {
    Duration at{};
    if (!read_duration(reading_, node, at)) return;
    step.at = at;
    if (at < earliest_) {
      reading_.errors.add(
          node.place,
          fmt::format("{} is too early: the story is at {} already", to_text(at),
                      to_text(earliest_)),
          "steps stand in the order of time; after: 5s counts from the step before");
    }
    earliest_ = std::max(earliest_, at);
  }

  void read_when(const Node& node, const Node& when, const Fields& fields, Step& step) {
    step.when = read_expectations(reading_, when);
    if (const auto* within = fields.find("within")) {
      read_duration(reading_, *within, step.when_within);
    } else {
      reading_.errors.add(place_of(node, "when"), "a step that could wait for ever",
                          "say within: 5m, how long to wait for it at most");
    }
  }

  /// within, stays: of the expectation, unless `when` took the first.
  void read_patience(const Node& node, const Fields& fields, Step& step) {
    const auto read = [&](std::string_view word, std::optional<Duration>& out) {
      const auto* value = fields.find(word);
      if (value == nullptr || (word == "within" && fields.find("when") != nullptr)) return;
      Duration duration{};
      if (read_duration(reading_, *value, duration)) out = duration;
      if (fields.find("expect") != nullptr) return;
      reading_.errors.add(place_of(node, word), fmt::format("\"{}\" without an expectation", word),
                          "say expect: and what, or after: to let time pass");
    };
    read("within", step.within);
    read("stays", step.stays);
    if (step.stays) earliest_ = std::min(kLongest, earliest_ + *step.stays);
  }

  std::vector<std::string_view> names_view() const { return {names_.begin(), names_.end()}; }

  Reading& reading_;
  const std::vector<std::string_view> known_ = known_words();
  Duration earliest_{};  // before this no further step can be
  std::vector<std::string> names_;
};

}  // namespace

void read_steps(Reading& reading, const Node& node) {
  if (!node.is_list()) {
    reading.errors.add(node.place, "the steps are no list", "each step begins with \"- \"");
    return;
  }
  if (node.items.size() > kMaxSteps) {
    reading.errors.add(node.place, fmt::format("more than {} steps", kMaxSteps));
    return;
  }
  Story story(reading);
  for (const Node* item : node.items) reading.scenario.steps.push_back(story.read(*item));
}

}  // namespace mxlab::scenario
