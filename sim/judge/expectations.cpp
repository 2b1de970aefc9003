#include "sim/judge/expectations.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "sim/judge/times.hpp"

namespace mxlab::sim {
namespace {

using scenario::Expected;
using scenario::HostExpectation;
using scenario::Place;

constexpr Duration kPollStep = std::chrono::milliseconds(50);  // how finely polls are shifted

std::int64_t column(const Digest& digest, int counter) {
  return control::columns(digest, Digest{})[static_cast<std::size_t>(counter)];
}

bool within(const Expected& expected, std::int64_t value) {
  return expected.low <= value && value <= expected.high;
}

/// Collects what is broken on one host.
class Judge {
 public:
  Judge(const HostExpectation& expectation, const View& view)
      : expectation_(expectation), view_(view) {}

  std::vector<Broken> run() {
    for (const auto& counter : expectation_.counters) check_counter(counter);
    if (expectation_.queue) check_queue(*expectation_.queue);
    for (const auto& mailbox : expectation_.mailboxes) check_mailbox(mailbox);
    if (expectation_.monitor) check_monitor(*expectation_.monitor);
    for (const auto& question : expectation_.questions) check_question(question);
    if (expectation_.attempts) check_attempts(*expectation_.attempts);
    for (const auto& log : expectation_.log) check_log(log);
    return std::move(broken_);
  }

 private:
  void fail(const Place& place, std::string what, std::string expected, std::string actual) {
    broken_.push_back(
        {place, expectation_.host, std::move(what), std::move(expected), std::move(actual)});
  }

  void check_number(const Expected& expected, std::int64_t value, std::string what) {
    if (!within(expected, value))
      fail(expected.place, std::move(what), expected.text, std::to_string(value));
  }

  void check_counter(const scenario::CounterExpectation& counter) {
    const Expected& expected = counter.expected;
    const std::string name = scenario::kCounterNames[counter.counter];
    std::int64_t value = column(view_.host.digest(), counter.counter);
    if (expected.change) value -= column(view_.host.digest_at(view_.since), counter.counter);
    if (!within(expected, value))
      fail(expected.place, name, expected.text,
           fmt::format("{}{}", expected.change && value >= 0 ? "+" : "", value));
    else if (expected.at)
      check_reached(counter, name);
  }

  /// The instant at which the counter last came to its present value.
  void check_reached(const scenario::CounterExpectation& counter, const std::string& name) {
    const std::int64_t value = column(view_.host.digest(), counter.counter);
    TimePoint reached = view_.start;
    std::int64_t last = 0;
    for (TimePoint at : view_.host.changes(view_.start - std::chrono::nanoseconds(1))) {
      std::int64_t now = column(view_.host.digest_at(at), counter.counter);
      if (now != last && now == value) reached = at;
      last = now;
    }
    const Duration late = (reached - view_.start) - *counter.expected.at;
    if (std::chrono::abs(late) > counter.expected.tolerance + view_.tolerance)
      fail(counter.expected.place, name, counter.expected.text,
           fmt::format("{} at {}", value, seconds_text(reached - view_.start)));
  }

  void check_queue(const scenario::QueueExpectation& queue) {
    if (queue.count && !queue.has_rows) {
      // The count alone is what a monitor shows; a stopped daemon's rows are on its disk.
      check_number(*queue.count, column(view_.host.digest(), 3), "queue");
      return;
    }
    std::vector<bool> taken(view_.rows.size());
    for (const scenario::QueueRow& row : queue.rows) {
      auto found = view_.rows.size();
      for (std::size_t i = 0; i < view_.rows.size() && found == view_.rows.size(); ++i)
        if (!taken[i] && fits(row, view_.rows[i])) found = i;
      if (found == view_.rows.size())
        fail(row.place, "queue", "a row like this", rows_text());
      else
        taken[found] = true;
    }
    if (std::count(taken.begin(), taken.end(), false) > 0 && broken_.empty())
      fail(queue.place, "queue", fmt::format("{} rows", queue.rows.size()), rows_text());
  }

  bool fits(const scenario::QueueRow& row, const control::QueueRow& actual) const {
    auto same = [](const auto& wanted, const std::string& text) {
      return !wanted || *wanted == text;
    };
    return same(row.kind, actual.kind) && same(row.from, actual.sender) &&
           same(row.to, actual.recipient) && same(row.state, actual.state) &&
           same(row.flags, actual.flags) && same(row.source, actual.source) &&
           (!row.retry || within(*row.retry, actual.retry)) &&
           (!row.seconds || (actual.seconds && within(about(*row.seconds), *actual.seconds))) &&
           (!row.error ||
            (row.error->empty() ? actual.error.empty()
                                : actual.error.find(*row.error) != std::string::npos));
  }

  /// The same number of seconds, and those that the tolerance grants.
  Expected about(Expected seconds) const {
    const auto slack = std::chrono::ceil<std::chrono::seconds>(view_.tolerance).count();
    seconds.low -= slack;
    seconds.high += slack;
    return seconds;
  }

  std::string rows_text() const {
    if (view_.rows.empty()) return "an empty queue";
    std::string text;
    for (const auto& row : view_.rows) text += (text.empty() ? "" : "\n") + control::queue_row(row);
    return text;
  }

  void check_mailbox(const scenario::MailboxExpectation& mailbox) {
    std::vector<const Delivered*> mail;
    for (const Delivered& message : view_.mail)
      if (message.mailbox == mailbox.mailbox) mail.push_back(&message);
    const std::string name = "mailbox " + mailbox.mailbox;
    if (mailbox.count)
      check_number(*mailbox.count, static_cast<std::int64_t>(mail.size()), name);
    else if (mail.size() != mailbox.messages.size())
      fail(mailbox.place, name, fmt::format("{} messages", mailbox.messages.size()),
           std::to_string(mail.size()));
    for (std::size_t i = 0; i < std::min(mail.size(), mailbox.messages.size()); ++i)
      check_message(mailbox.messages[i], *mail[i], fmt::format("{}, message {}", name, i + 1));
  }

  void check_message(const scenario::MessageExpectation& expected, const Delivered& mail,
                     const std::string& what) {
    auto equal = [&](const std::optional<std::string>& wanted, const std::string& actual,
                     const char* part) {
      if (wanted && *wanted != actual) fail(expected.place, what + ", " + part, *wanted, actual);
    };
    equal(expected.from, mail.sender, "from");
    equal(expected.subject, header_value(mail.text, "Subject"), "subject");
    if (expected.contains && mail.text.find(*expected.contains) == std::string::npos)
      fail(expected.place, what + ", contains", *expected.contains, mail.text);
    if (expected.lacks && mail.text.find(*expected.lacks) != std::string::npos)
      fail(expected.place, what + ", lacks", *expected.lacks, mail.text);
    for (const auto& [name, part] : expected.headers) {
      std::string all;
      for (const std::string& value : header_values(mail.text, name)) all += value + "\n";
      if (all.find(part) == std::string::npos) fail(expected.place, what + ", " + name, part, all);
    }
    if (expected.received)
      check_number(*expected.received,
                   static_cast<std::int64_t>(header_values(mail.text, "Received").size()),
                   what + ", received");
  }

  /// The latest rows; monitors poll at whole seconds of the scenario, or as near to them as the
  /// tolerance grants.
  void check_monitor(const scenario::MonitorExpectation& monitor) {
    std::int64_t total = 0;
    for (const auto& row : monitor.rows) total += row.times;
    const auto whole = std::chrono::floor<std::chrono::seconds>(view_.now - view_.start);
    const TimePoint first = view_.start + whole - std::chrono::seconds(total - 1);
    auto broken = wrong_row(monitor, first);
    for (Duration off = kPollStep; broken && off <= view_.tolerance; off += kPollStep)
      if (!wrong_row(monitor, first - off) || !wrong_row(monitor, first + off)) broken.reset();
    if (broken) broken_.push_back(std::move(*broken));
  }

  /// The first row that is not as expected when the monitor polls once a second from then on.
  std::optional<Broken> wrong_row(const scenario::MonitorExpectation& monitor, TimePoint at) const {
    for (const auto& row : monitor.rows)
      for (std::uint32_t i = 0; i < row.times; ++i, at += std::chrono::seconds(1)) {
        const Columns actual = view_.host.monitor_row(at);
        if (actual == row.values) continue;
        return Broken{row.place, expectation_.host,
                      fmt::format("monitor at {}", seconds_text(at - view_.start)),
                      columns_text(row.values), columns_text(actual)};
      }
    return std::nullopt;
  }

  void check_question(const scenario::QuestionExpectation& question) {
    auto at = view_.host.asked.find({question.name, question.type});
    check_number(question.count, at == view_.host.asked.end() ? 0 : at->second,
                 fmt::format("asked {} {}", question.name, question.type));
  }

  /// Of the first envelope that this host accepted.
  void check_attempts(const scenario::AttemptsExpectation& attempts) {
    std::vector<Duration> actual;
    if (!view_.host.arrival.empty()) {
      const EnvelopeLife& life = view_.host.envelopes.at(view_.host.arrival.front());
      for (TimePoint at : life.attempts) actual.push_back(at - life.accepted);
    }
    bool same = actual.size() == attempts.at.size();
    for (std::size_t i = 0; same && i < actual.size(); ++i)
      same = std::chrono::abs(actual[i] - attempts.at[i]) <= attempts.tolerance + view_.tolerance;
    if (!same) fail(attempts.place, "attempts", times_text(attempts.at), times_text(actual));
  }

  void check_log(const scenario::LogExpectation& log) {
    auto at = std::find_if(view_.host.log.begin(), view_.host.log.end(), [&](const LogLine& line) {
      return line.text.find(log.contains) != std::string::npos;
    });
    const bool found = at != view_.host.log.end();
    if (found == log.absent)
      fail(log.place, log.absent ? "log lacks" : "log", log.contains,
           found ? at->text : "no such line");
  }

  const HostExpectation& expectation_;
  const View& view_;
  std::vector<Broken> broken_;
};

}  // namespace

bool asks_for_rows(const HostExpectation& expectation) {
  return expectation.queue && (expectation.queue->has_rows || !expectation.queue->count);
}

std::vector<Broken> judge(const HostExpectation& expectation, const View& view) {
  return Judge(expectation, view).run();
}

}  // namespace mxlab::sim
