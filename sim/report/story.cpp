#include "sim/report/story.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <sstream>

#include "relay/control/texts.hpp"
#include "sim/report/copy.hpp"
#include "sim/report/event_text.hpp"

namespace mxlab::report {
namespace {

std::string rows_text(sim::Lab& lab, sim::LabHost& host, std::string_view indent) {
  std::string out;
  for (const control::QueueRow& row : lab.rows_of(host))
    out += fmt::format("{}{}\n", indent, printable(control::queue_row(row)));
  return out;
}

std::string host_text(sim::Lab& lab, sim::LabHost& host, const Paint& paint) {
  std::string out = paint.bold(host.spec.name);
  out += host.machine->up ? "\n" : paint.red(" is down") + "\n";
  if (auto station = host.station.lock()) {
    std::string header = control::monitor_header();
    for (const std::string& line :
         {header.substr(0, header.find('\n')), header.substr(header.find('\n') + 1)})
      out += "  " + paint.dim(line) + (line.ends_with('\n') ? "" : "\n");
    out += "  " + control::monitor_row(control::columns(station->digest(), {}));
  }
  out += rows_text(lab, host, "  ");
  for (const sim::Delivered& mail : lab.mail_of(host))
    out += fmt::format("  delivered to {} from <{}>, {} bytes\n", mail.mailbox, mail.sender,
                       mail.text.size());
  return out;
}

}  // namespace

std::string_view line_of(std::string_view text, int number) {
  for (; number > 1; --number) {
    const auto end = text.find('\n');
    if (end == text.npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

std::string one_line(std::string_view text) {
  std::istringstream words{std::string(text)};
  std::string out;
  for (std::string word; words >> word;) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::vector<std::string> step_lines(const scenario::Scenario& scenario,
                                    const scenario::Step& step) {
  std::vector<std::string> lines;
  for (const scenario::Action& action : step.actions) {
    std::string line = one_line(line_of(scenario.text, action.place.line));
    if (line.starts_with("- ")) line.erase(0, 2);
    if (lines.empty() || lines.back() != line) lines.push_back(std::move(line));
  }
  if (!step.explain.empty()) lines.push_back(one_line(step.explain));
  return lines;
}

world::Duration StepTimes::begin_of(const scenario::Step& step, world::Duration end) {
  world::Duration begin = end;  // a step with `when` begins when it may, and rarely lasts
  if (step.at)
    begin = *step.at;
  else if (step.when.empty())
    begin = before_ + step.after.value_or(world::Duration{});
  before_ = end;
  return begin;
}

std::string queues_text(sim::Lab& lab, const Paint& paint) {
  return in_a_copy([&] {
    std::string out;
    for (auto& host : lab.hosts())
      if (std::string rows = rows_text(lab, *host, "    "); !rows.empty())
        out += fmt::format("  {}\n{}", paint.bold(host->spec.name), rows);
    return out.empty() ? paint.dim("  every queue is empty") + "\n" : out;
  });
}

std::string hosts_text(sim::Lab& lab, const Paint& paint) {
  return in_a_copy([&] {
    std::string out;
    for (auto& host : lab.hosts())
      if (host->spec.role != scenario::Role::kClient) out += host_text(lab, *host, paint) + "\n";
    return out;
  });
}

}  // namespace mxlab::report
