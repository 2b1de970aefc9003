#include "sim/report/story.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <sstream>

#include "relay/control/texts.hpp"
#include "sim/report/copy.hpp"
#include "sim/report/event_text.hpp"

namespace mxlab::report {
namespace {

std::string rows_text(sim::Stage& stage, sim::HostNumber host, std::string_view indent) {
  std::string out;
  for (const control::QueueRow& row : stage.rows_of(host))
    out += fmt::format("{}{}\n", indent, printable(control::queue_row(row)));
  return out;
}

std::string host_text(sim::Stage& stage, sim::HostNumber host, const Paint& paint) {
  std::string out = paint.bold(stage.spec(host).name);
  out += stage.is_up(host) ? "\n" : paint.red(" is down") + "\n";
  if (stage.is_up(host)) {
    std::string header = control::monitor_header();
    for (const std::string& line :
         {header.substr(0, header.find('\n')), header.substr(header.find('\n') + 1)})
      out += "  " + paint.dim(line) + (line.ends_with('\n') ? "" : "\n");
    out += "  " + control::monitor_row(control::columns(stage.chronicle.host(host).digest(), {}));
  }
  out += rows_text(stage, host, "  ");
  for (const sim::Delivered& mail : stage.mail_of(host))
    out += fmt::format("  delivered to {} from <{}>, {} bytes\n", mail.mailbox, mail.sender,
                       mail.text.size());
  return out;
}

std::string look_at(sim::Stage& stage, const std::function<std::string()>& look) {
  return stage.asking_counts() ? in_a_copy(look) : look();
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

std::string queues_text(sim::Stage& stage, const Paint& paint) {
  return look_at(stage, [&] {
    std::string out;
    for (sim::HostNumber i = 0; i < stage.scenario().hosts.size(); ++i)
      if (std::string rows = rows_text(stage, i, "    "); !rows.empty())
        out += fmt::format("  {}\n{}", paint.bold(stage.spec(i).name), rows);
    return out.empty() ? paint.dim("  every queue is empty") + "\n" : out;
  });
}

std::string hosts_text(sim::Stage& stage, const Paint& paint) {
  return look_at(stage, [&] {
    std::string out;
    for (sim::HostNumber i = 0; i < stage.scenario().hosts.size(); ++i)
      if (stage.spec(i).role != scenario::Role::kClient) out += host_text(stage, i, paint) + "\n";
    return out;
  });
}

}  // namespace mxlab::report
