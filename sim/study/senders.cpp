#include "sim/study/senders.hpp"

#include <fmt/format.h>

#include "sim/scenario/reader.hpp"

namespace mxlab::study {
namespace {

using scenario::Fields;
using scenario::Node;
using scenario::Reading;
using namespace std::chrono_literals;

constexpr auto kKeys = std::to_array<std::string_view>(
    {"retry", "lifetime", "notices", "connect timeout", "silence timeout", "silent host",
     "failures go to", "basis", "source", "assumed"});
constexpr auto kRetryKeys = std::to_array<std::string_view>({"doubling from", "at most", "square"});
constexpr auto kSilent = std::to_array<std::string_view>({"leave", "keep"});
constexpr auto kReaders = std::to_array<std::string_view>({"person", "program"});
constexpr auto kBases =
    std::to_array<std::string_view>({"measured", "documented", "read in source", "assumed"});
// A shorter wait would make a letter's life millions of attempts.
constexpr Duration kShortestWait = 10s;
constexpr std::size_t kMostSenders = 1000;

void read_wait(Reading& reading, const Node& node, Duration& out) {
  if (!scenario::read_duration(reading, node, out) || out >= kShortestWait) return;
  reading.errors.add(node.place, "\"" + node.text + "\" is too short for a wait",
                     "no mail system tries again within ten seconds");
}

std::vector<Duration> read_times(Reading& reading, const Node& node, Duration least) {
  std::vector<Duration> times;
  for (const Node* item : scenario::one_or_more(reading, node, "times")) {
    Duration time{};
    if (least > Duration::zero())
      read_wait(reading, *item, time);
    else
      scenario::read_duration(reading, *item, time);
    times.push_back(time);
  }
  return times;
}

void read_retry(Reading& reading, const Node& node, sim::RetrySchedule& retry) {
  if (!node.is_map()) {
    retry.kind = sim::RetryKind::kList;
    retry.gaps = read_times(reading, node, kShortestWait);
    return;
  }
  const Fields fields(reading, node, kRetryKeys, "a schedule");
  const Node* doubling = fields.find("doubling from");
  const Node* square = fields.find("square");
  if ((doubling == nullptr) == (square == nullptr))
    return reading.errors.add(node.place, "a schedule is either `doubling from` or `square`",
                              "or a list of waits: [5m, 10m, 1h]");
  retry.kind = square != nullptr ? sim::RetryKind::kQuadratic : sim::RetryKind::kDoubling;
  retry.cap = scenario::kLongest;
  read_wait(reading, square != nullptr ? *square : *doubling, retry.base);
  if (const Node* most = fields.find("at most")) read_wait(reading, *most, retry.cap);
}

void read_word_of(Reading& reading, const Node* node, scenario::words::List known, bool& second) {
  if (node != nullptr && scenario::read_word(reading, *node, known, "word"))
    second = node->text == known[1];
}

Sender read_sender(Reading& reading, const scenario::Entry& entry) {
  Sender sender;
  sender.profile.name = entry.key->text;
  sender.profile.warn_marks.clear();
  const Fields fields(reading, *entry.value, kKeys, "a sender");
  if (!fields.is_map()) return sender;
  for (std::string_view key : {"retry", "lifetime", "basis", "source"})
    if (fields.is_missing(key))
      reading.errors.add(entry.key->place,
                         fmt::format("\"{}\" is missing for {}", key, entry.key->text));
  auto& profile = sender.profile;
  if (const Node* node = fields.find("retry")) read_retry(reading, *node, profile.retry);
  if (const Node* node = fields.find("lifetime")) read_wait(reading, *node, profile.lifetime);
  if (const Node* node = fields.find("notices"))
    profile.warn_marks = read_times(reading, *node, Duration::zero());
  if (const Node* node = fields.find("connect timeout"))
    scenario::read_duration(reading, *node, profile.timeouts.connect);
  if (const Node* node = fields.find("silence timeout"))
    scenario::read_duration(reading, *node, profile.timeouts.banner);
  bool keeps = false, to_program = false;
  read_word_of(reading, fields.find("silent host"), kSilent, keeps);
  read_word_of(reading, fields.find("failures go to"), kReaders, to_program);
  sender.leaves_silent_host = !keeps;
  sender.tells_person = !to_program;
  if (const Node* node = fields.find("basis"))
    if (scenario::read_word(reading, *node, kBases, "basis")) sender.basis = node->text;
  if (const Node* node = fields.find("source")) scenario::read_text(reading, *node, sender.source);
  if (const Node* node = fields.find("assumed"))
    scenario::read_text(reading, *node, sender.assumed);
  return sender;
}

std::vector<std::string> told(scenario::Diagnostics& errors) {
  std::vector<std::string> texts;
  for (const auto& diagnostic : errors.take()) texts.push_back(scenario::format(diagnostic));
  return texts;
}

}  // namespace

Senders read_senders(const std::string& file, const std::string& text) {
  Senders senders;
  scenario::Diagnostics errors(file, text);
  const scenario::Document document(text, errors);
  scenario::Scenario none;
  Reading reading{errors, none};
  if (document.root() == nullptr) {
    if (errors.empty()) errors.add({1, 1}, "there are no senders here");
  } else if (scenario::want_map(reading, *document.root(), "a map of senders")) {
    const auto& entries = document.root()->entries;
    if (entries.empty() || entries.size() > kMostSenders)
      errors.add(document.root()->place, "between one and a thousand senders are wanted");
    else
      for (const scenario::Entry& entry : entries)
        senders.all.push_back(read_sender(reading, entry));
  }
  senders.errors = told(errors);
  return senders;
}

}  // namespace mxlab::study
