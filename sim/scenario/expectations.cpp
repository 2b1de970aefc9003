// expectations.cpp - what must be true of a host: counters, monitor, questions, attempts, log.
// Queue and mailboxes have a file of their own (mail_expectations.cpp).
#include "sim/scenario/expectations.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <sstream>

namespace mxlab::scenario {

namespace {

constexpr std::size_t kMaxRows = 10'000;
constexpr std::uint64_t kMaxTimes = 1'000'000;

/// Everything that may stand under a host's name.
std::vector<std::string_view> known_words() {
  std::vector<std::string_view> all(words::kCounters.begin(), words::kCounters.end());
  all.insert(all.end(), words::kExpectations.begin(), words::kExpectations.end());
  return all;
}

// --- counters ------------------------------------------------------------------------------------

void read_counter(Reading& reading, std::size_t counter, const Node& node, HostExpectation& out) {
  CounterExpectation expectation;
  expectation.counter = static_cast<int>(counter);
  if (read_expected(reading, node, expectation.expected)) {
    out.counters.push_back(std::move(expectation));
  }
}

/// client: {curr: 1, conn: 2}.
void read_group(Reading& reading, const Entry& entry, HostExpectation& out) {
  const std::string prefix = entry.key->text + ".";
  std::vector<std::string_view> names;
  for (const auto name : words::kCounters) {
    if (name.starts_with(prefix)) names.push_back(name.substr(prefix.size()));
  }
  const Fields fields(reading, *entry.value, names, fmt::format("\"{}\"", entry.key->text));
  for (const auto name : names) {
    const Node* node = fields.find(name);
    if (node == nullptr) continue;
    read_counter(reading, words::index_of(prefix + std::string(name), words::kCounters), *node,
                 out);
  }
}

// --- monitor -------------------------------------------------------------------------------------

bool read_numbers(std::string_view text, MonitorExpectation::Row& row) {
  std::string digits(text);
  std::replace(digits.begin(), digits.end(), '|', ' ');
  std::istringstream fields(digits);
  std::size_t count = 0;
  for (std::string field; fields >> field; ++count) {
    const auto number = parse_number(field);
    if (!number || count == row.values.size()) return false;
    row.values[count] = static_cast<std::int64_t>(*number);
  }
  return count == row.values.size();
}

/// "1 2 1 | 0 1 1 | 1 0 0 0 | 0 0 0", or "9x 1 0 0 | …".
void read_row(Reading& reading, const Node& node, MonitorExpectation& out) {
  std::string text;
  if (!read_text(reading, node, text)) return;
  MonitorExpectation::Row row;
  row.place = node.place;
  std::string_view numbers = text;
  const std::size_t x = text.find("x ");
  std::optional<std::uint64_t> times = 1;
  if (x != std::string::npos) {
    times = parse_number(numbers.substr(0, x));
    numbers.remove_prefix(x + 2);
  }
  const bool fits = times && *times >= 1 && *times <= kMaxTimes;
  if (!fits || !read_numbers(numbers, row)) {
    reading.errors.add(node.place, fmt::format("\"{}\" is not a row of the monitor", text),
                       "a row is thirteen numbers, 1 2 1 | 0 1 1 | 1 0 0 0 | 0 0 0; nine rows of "
                       "the same are 9x 1 0 0 | …");
    return;
  }
  row.times = static_cast<std::uint32_t>(*times);
  out.rows.push_back(row);
}

void read_monitor(Reading& reading, const Entry& entry, HostExpectation& out) {
  MonitorExpectation monitor;
  for (const Node* node : one_or_more(reading, *entry.value, "rows")) {
    if (monitor.rows.size() < kMaxRows) read_row(reading, *node, monitor);
  }
  out.monitor = std::move(monitor);
}

// --- questions, attempts, log --------------------------------------------------------------------

void read_asked(Reading& reading, const Entry& entry, HostExpectation& out) {
  if (!want_map(reading, *entry.value, "a map such as example.org MX: 1")) return;
  for (const Entry& item : entry.value->entries) {
    QuestionExpectation question;
    std::tie(question.name, question.type) = read_question(reading, *item.key, TypeIs::kWanted);
    if (read_expected(reading, *item.value, question.count)) out.questions.push_back(question);
  }
}

/// [0s, 400s], or {at: […], tolerance: 1s}.
void read_attempts(Reading& reading, const Entry& entry, HostExpectation& out) {
  AttemptsExpectation attempts;
  attempts.place = entry.key->place;
  const Node* times = entry.value;
  if (times->is_map()) {
    const Fields fields(reading, *times, words::kAttempts, "attempts");
    times = fields.find("at");
    if (const Node* tolerance = fields.find("tolerance")) {
      read_duration(reading, *tolerance, attempts.tolerance);
    }
  }
  if (times == nullptr) {
    reading.errors.add(entry.key->place, "attempts at no time", "say at: [0s, 400s]");
    return;
  }
  Duration before{};
  for (const Node* node : one_or_more(reading, *times, {})) {
    Duration at{};
    if (attempts.at.size() >= kMaxRows || !read_duration(reading, *node, at)) continue;
    if (at < before) {
      reading.errors.add(node->place, fmt::format("an attempt at {} after one at {}", to_text(at),
                                                  to_text(before)));
    }
    before = at;
    attempts.at.push_back(at);
  }
  out.attempts = std::move(attempts);
}

void read_log(Reading& reading, const Entry& entry, HostExpectation& out) {
  for (const Node* node : one_or_more(reading, *entry.value, "texts")) {
    LogExpectation log;
    log.absent = entry.key->text == "log lacks";
    log.place = node->place;
    if (read_text(reading, *node, log.contains)) out.log.push_back(log);
  }
}

using Reader = void (*)(Reading&, const Entry&, HostExpectation&);
// In the order of words::kExpectations.
constexpr std::array<Reader, words::kExpectations.size()> kReaders = {
    read_group, read_group,    read_queue, read_mailboxes, read_monitor,
    read_asked, read_attempts, read_log,   read_log};

void read_expectation(Reading& reading, const Entry& entry, HostExpectation& out) {
  const std::string_view word = entry.key->text;
  const std::size_t counter = words::index_of(word, words::kCounters);
  if (counter < words::kCounters.size()) {
    read_counter(reading, counter, *entry.value, out);
    return;
  }
  const std::size_t n = words::index_of(word, words::kExpectations);
  if (n < kReaders.size()) {
    kReaders[n](reading, entry, out);
    return;
  }
  reading.errors.add(entry.key->place, fmt::format("a host has no \"{}\" to expect", word),
                     words::suggestion(word, known_words()));
}

HostExpectation read_host_expectation(Reading& reading, const Entry& entry) {
  HostExpectation out;
  out.host = entry.key->text;
  out.place = entry.key->place;
  known_host(reading, out.host, out.place);
  if (!want_map(reading, *entry.value, "a map such as envelope.curr: 1, queue: 0")) return out;
  if (entry.value->entries.empty()) {
    reading.errors.add(entry.key->place, fmt::format("nothing is expected of {}", out.host));
  }
  for (const Entry& item : entry.value->entries) read_expectation(reading, item, out);
  return out;
}

}  // namespace

std::vector<HostExpectation> read_expectations(Reading& reading, const Node& node) {
  std::vector<HostExpectation> out;
  if (!want_map(reading, node, "a map of hosts and what is expected of them")) return out;
  if (node.entries.empty()) reading.errors.add(node.place, "nothing is expected of anybody");
  for (const Entry& entry : node.entries) out.push_back(read_host_expectation(reading, entry));
  return out;
}

}  // namespace mxlab::scenario
