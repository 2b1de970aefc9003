#include "sim/report/monitor.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

#include "relay/control/texts.hpp"
#include "sim/judge/times.hpp"

namespace mxlab::report {
namespace {
using namespace std::chrono_literals;

constexpr std::int64_t kMostEqualRows = 3;  // more of them are counted instead of printed
constexpr std::size_t kWide = 77;           // a row of smtpctl monitor
constexpr std::size_t kNarrow = 35;         // "1 2 1 | 0 1 1 | 1 0 0 0 | 0 0 0" and room for growth
constexpr std::string_view kBetween = "   ";

std::string role_text(scenario::Role role) {
  switch (role) {
    case scenario::Role::kSender:
      return "sender";
    case scenario::Role::kPrimary:
      return "primary";
    case scenario::Role::kRelay:
      return "backup relay";
    case scenario::Role::kClient:
      break;
  }
  return "client";
}

/// Numbers other than 0 stand out.
std::string emphasised(const std::string& row, const Paint& paint) {
  if (!paint.colour) return row;
  std::string out;
  for (std::size_t i = 0; i < row.size();) {
    const std::size_t end = std::min(row.find_first_of(" |", i + 1), row.size());
    const std::string word = row.substr(i, end - i);
    const bool counts = word.find_first_of("123456789") != word.npos;
    out += counts ? paint.bold(word) : word;
    i = end;
  }
  return out;
}

/// Splits the first line off.
std::string take_line(std::string& text) {
  const std::size_t end = text.find('\n');
  std::string line = text.substr(0, end);
  text.erase(0, end == text.npos ? end : end + 1);
  return line;
}

class Table {
 public:
  Table(const std::vector<MonitoredHost>& hosts, const Paint& paint)
      : hosts_(hosts), paint_(paint), narrow_(too_wide()), width_(narrow_ ? kNarrow : kWide) {}

  std::string header() const {
    std::string names(kTimeWidth, ' ');
    for (const MonitoredHost& host : hosts_)
      names += std::string(kBetween) +
               paint_.bold(fmt::format("{:<{}}", host.name + " (" + host.role + ")", width_));
    std::string out = names + "\n";
    if (narrow_)
      return out + paint_.dim(
                       "Each: client curr conn disc | envelope curr enq deq | ok tmpfail "
                       "prmfail loop | expire remove bounce\n");
    std::string rest = control::monitor_header();
    while (!rest.empty()) out += header_line(take_line(rest));
    return out;
  }

  std::string stretch(const Stretch& stretch) const {
    std::string out;
    const std::int64_t printed = stretch.times > kMostEqualRows ? 1 : stretch.times;
    for (std::int64_t i = 0; i < printed; ++i) out += row(stretch.second + i, stretch.rows);
    if (printed < stretch.times)
      out += paint_.dim(fmt::format("{:>{}}{}{} {} rows the same", "", kTimeWidth, kBetween,
                                    paint_.dots(), stretch.times - printed)) +
             "\n";
    return out;
  }

  std::string mark(const Mark& mark) const {
    const std::string time = fmt::format("{:>{}}", sim::seconds_text(mark.at), kTimeWidth);
    return paint_.cyan(fmt::format("{}{}** {}", time, kBetween, mark.text)) + "\n";
  }

 private:
  static constexpr std::size_t kTimeWidth = 8;

  bool too_wide() const {
    const std::size_t needed = kTimeWidth + hosts_.size() * (kWide + kBetween.size());
    return paint_.columns > 0 && needed > static_cast<std::size_t>(paint_.columns);
  }

  std::string header_line(const std::string& line) const {
    std::string out(kTimeWidth, ' ');
    for (std::size_t i = 0; i < hosts_.size(); ++i)
      out += std::string(kBetween) + fmt::format("{:<{}}", line, width_);
    return paint_.dim(out) + "\n";
  }

  std::string row(std::int64_t second, const std::vector<control::Columns>& rows) const {
    std::string out = fmt::format("{:>{}}s", second, kTimeWidth - 1);
    for (const control::Columns& columns : rows) {
      std::string text = narrow_ ? sim::columns_text(columns) : control::monitor_row(columns);
      if (!narrow_) text.pop_back();  // its line end
      out += std::string(kBetween) + emphasised(fmt::format("{:<{}}", text, width_), paint_);
    }
    return out + "\n";
  }

  const std::vector<MonitoredHost>& hosts_;
  const Paint& paint_;
  bool narrow_;
  std::size_t width_;
};

/// The row of the first poll after the mark.
std::int64_t row_after(const Mark& mark) {
  return std::chrono::floor<std::chrono::seconds>(mark.at).count() + 1;
}

}  // namespace

std::vector<MonitoredHost> monitored_hosts(sim::Stage& stage) {
  std::vector<MonitoredHost> hosts;
  for (sim::HostNumber i = 0; i < stage.scenario().hosts.size(); ++i)
    if (const auto& spec = stage.spec(i); spec.role != scenario::Role::kClient)
      hosts.push_back({spec.name, role_text(spec.role), i});
  return hosts;
}

std::vector<Stretch> monitor_stretches(const sim::Stage& stage,
                                       const std::vector<MonitoredHost>& hosts,
                                       std::int64_t seconds) {
  const auto start = stage.start();
  std::set<std::int64_t> breaks{1, seconds + 1};  // rows that may differ from the one before
  for (const MonitoredHost& host : hosts)
    for (const auto at : stage.chronicle.host(host.index).changes(start - 1ns)) {
      const auto row = std::chrono::floor<std::chrono::seconds>(at - start).count() + 1;
      breaks.insert({row, row + 1});
    }
  std::vector<Stretch> stretches;
  for (auto next = breaks.begin(); *next <= seconds;) {
    Stretch stretch{*next, *std::next(next) - *next, {}};
    for (const MonitoredHost& host : hosts)
      stretch.rows.push_back(stage.chronicle.host(host.index)
                                 .monitor_row(start + std::chrono::seconds(stretch.second)));
    if (!stretches.empty() && stretches.back().rows == stretch.rows)
      stretches.back().times += stretch.times;
    else
      stretches.push_back(std::move(stretch));
    ++next;
  }
  return stretches;
}

std::string monitor_table(const std::vector<MonitoredHost>& hosts,
                          const std::vector<Stretch>& stretches, const std::vector<Mark>& marks,
                          const Paint& paint) {
  const Table table(hosts, paint);
  std::string out = table.header();
  auto mark = marks.begin();
  for (Stretch rest : stretches) {
    const std::int64_t end = rest.second + rest.times;
    while (mark != marks.end() && row_after(*mark) < end) {
      if (const std::int64_t before = row_after(*mark) - rest.second; before > 0) {
        out += table.stretch({rest.second, before, rest.rows});
        rest.second += before, rest.times -= before;
      }
      out += table.mark(*mark++);
    }
    out += table.stretch(rest);
  }
  for (; mark != marks.end(); ++mark) out += table.mark(*mark);
  return out;
}

}  // namespace mxlab::report
