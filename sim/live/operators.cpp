#include "sim/live/operators.hpp"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>

#include "relay/control/texts.hpp"
#include "sim/judge/times.hpp"

namespace mxlab::sim::live {
namespace {
using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;

constexpr Duration kTogether = 2s;  // between two changes that one row shows
constexpr Duration kSettled = 3s;   // before and after a queue is looked at, nothing changes
constexpr std::int64_t kSlack = 3;  // seconds

SeenEnvelope seen(control::QueueRow row, Duration step) {
  SeenEnvelope envelope;
  envelope.step = seconds_text(step);
  envelope.last_try = row.last_try == 0 ? 0 : row.last_try - row.creation;
  envelope.seconds = row.seconds;
  row.envelope_id = "ID";
  row.expiration -= row.creation;
  row.creation = row.last_try = 0;
  row.seconds.reset();
  envelope.text = control::queue_row(row);
  return envelope;
}

/// Instants after `since` at which a monitor shows a change; to look at a queue is counted, too,
/// but not there.
std::vector<TimePoint> shown_changes(const HostChronicle& host, TimePoint since) {
  std::vector<TimePoint> shown;
  for (const TimePoint at : host.changes(since))
    if (control::columns(host.digest_at(at), {}) != control::columns(host.digest_at(at - 1ns), {}))
      shown.push_back(at);
  return shown;
}

/// A busy machine takes longer than a second for what belongs together, and polls would cut it
/// anywhere. So a row is all that follows one upon the other, and then come the quiet rows.
std::vector<SeenRows> rows_of(const HostChronicle& host, TimePoint start, TimePoint end) {
  const std::vector<TimePoint> changes = shown_changes(host, start);
  std::vector<SeenRows> rows;
  for (std::size_t first = 0, last = 0; first < changes.size(); first = ++last) {
    while (last + 1 < changes.size() && changes[last + 1] - changes[last] < kTogether) ++last;
    const Digest& before = host.digest_at(changes[first] - 1ns);
    const Digest& after = host.digest_at(changes[last]);
    rows.push_back({1, columns_text(control::columns(after, before))});
    const TimePoint next = last + 1 < changes.size() ? changes[last + 1] : end;
    if (const auto quiet = std::chrono::round<std::chrono::seconds>(next - changes[last]).count();
        quiet > 0)
      rows.push_back({quiet, columns_text(control::columns(after, after))});
  }
  return rows;
}

bool near(std::int64_t a, std::int64_t b) { return std::llabs(a - b) <= kSlack; }

bool same(const SeenRows& a, const SeenRows& b) { return a.row == b.row && near(a.times, b.times); }

bool same(const SeenEnvelope& a, const SeenEnvelope& b) {
  return a.step == b.step && a.text == b.text && near(a.last_try, b.last_try) &&
         a.seconds.has_value() == b.seconds.has_value() &&
         near(a.seconds.value_or(0), b.seconds.value_or(0));
}

std::string line_of(const SeenRows& rows) {
  return fmt::format("{:>4} x {}", rows.times, rows.row);
}

std::string line_of(const SeenEnvelope& envelope) {
  return fmt::format("{:>6} {} last try +{}, seconds {}", envelope.step, envelope.text,
                     envelope.last_try,
                     envelope.seconds ? fmt::format("{}", *envelope.seconds) : "-");
}

template <class Line>
void add_differences(const std::vector<Line>& first, const std::vector<Line>& second,
                     std::vector<std::string>& out) {
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    const bool both = i < first.size() && i < second.size();
    if (both && same(first[i], second[i])) continue;
    if (i < first.size()) out.push_back("- " + line_of(first[i]));
    if (i < second.size()) out.push_back("+ " + line_of(second[i]));
  }
}

}  // namespace

void Onlooker::look(Duration step) {
  const auto& hosts = stage_.scenario().hosts;
  for (HostNumber i = 0; i < hosts.size(); ++i) {
    if (hosts[i].role == scenario::Role::kClient) continue;
    const TimePoint at = stage_.now();
    for (control::QueueRow& row : stage_.rows_of(i))
      looks_[i].push_back({at, seen(std::move(row), step)});
  }
}

bool Onlooker::is_settled(HostNumber host, TimePoint at) const {
  const auto changes = shown_changes(stage_.chronicle.host(host), at - kSettled);
  return changes.empty() || changes.front() > at + kSettled;
}

OperatorViews Onlooker::views() const {
  OperatorViews views;
  const auto& hosts = stage_.scenario().hosts;
  for (HostNumber i = 0; i < hosts.size(); ++i) {
    if (hosts[i].role == scenario::Role::kClient) continue;
    OperatorView& view = views[hosts[i].name];
    view.monitor = rows_of(stage_.chronicle.host(i), stage_.start(), stage_.now());
    if (const auto looks = looks_.find(i); looks != looks_.end())
      for (const Look& look : looks->second)
        if (is_settled(i, look.at)) view.queue.push_back(look.envelope);
  }
  return views;
}

std::vector<std::string> differences(const OperatorView& first, const OperatorView& second) {
  std::vector<std::string> out;
  add_differences(first.monitor, second.monitor, out);
  add_differences(first.queue, second.queue, out);
  return out;
}

std::string text_of(const OperatorView& view) {
  std::string text;
  for (const SeenRows& rows : view.monitor) text += line_of(rows) + "\n";
  for (const SeenEnvelope& envelope : view.queue) text += line_of(envelope) + "\n";
  return text;
}

Json to_json(const OperatorViews& views) {
  Json json = Json::object();
  for (const auto& [name, view] : views) {
    Json monitor = Json::array(), queue = Json::array();
    for (const SeenRows& rows : view.monitor) monitor.push_back({rows.times, rows.row});
    for (const SeenEnvelope& each : view.queue)
      queue.push_back(
          {each.step, each.text, each.last_try, each.seconds ? Json(*each.seconds) : Json()});
    json[name] = {{"monitor", monitor}, {"queue", queue}};
  }
  return json;
}

OperatorViews operator_views_of(const Json& json) {
  OperatorViews views;
  for (const auto& [name, value] : json.items()) {
    OperatorView& view = views[name];
    for (const Json& rows : value.at("monitor")) view.monitor.push_back({rows.at(0), rows.at(1)});
    for (const Json& each : value.at("queue")) {
      SeenEnvelope envelope{each.at(0), each.at(1), each.at(2), {}};
      if (!each.at(3).is_null()) envelope.seconds = each.at(3).get<std::int64_t>();
      view.queue.push_back(std::move(envelope));
    }
  }
  return views;
}

}  // namespace mxlab::sim::live
