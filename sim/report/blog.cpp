#include "sim/report/blog.hpp"

#include <fmt/format.h>
#include <stdexcept>

#include "relay/control/texts.hpp"
#include "sim/judge/times.hpp"
#include "sim/report/copy.hpp"
#include "sim/report/monitor.hpp"
#include "sim/report/story.hpp"
#include "sim/report/tutorial.hpp"
#include "sim/run/lab_runner.hpp"
#include "sim/run/load.hpp"

namespace mxlab::report {
namespace {
using namespace std::chrono_literals;

/// What a page needs of a run.
struct Observed {
  std::map<std::string, std::vector<control::Columns>> rows;  // host -> its row of each second
  std::map<std::pair<std::string, int>, std::string> queue;   // host and second -> show queue
  std::map<std::string, world::Duration> first_ok;            // host -> when `ok` became 1
};

void observe_hosts(sim::Lab& lab, Observed& observed) {
  const auto start = lab.simulation.start();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(lab.simulation.elapsed());
  for (const MonitoredHost& host : monitored_hosts(lab)) {
    const sim::HostChronicle& chronicle = lab.chronicle.host(host.index);
    for (auto at = 1s; at <= seconds; ++at)
      observed.rows[host.name].push_back(chronicle.monitor_row(start + at));
    for (const auto at : chronicle.changes(start))
      if (chronicle.digest_at(at).ok > 0 && !observed.first_ok.contains(host.name))
        observed.first_ok[host.name] = at - start;
  }
}

Observed observe(const TutorialExperiment& experiment, const std::string& file) {
  const sim::Loaded loaded = sim::load_scenario(file);
  if (!loaded.scenario) throw std::runtime_error(file + " is wrong: mxlab check says why");
  sim::LabRunner runner(*loaded.scenario, {});
  Observed observed;
  runner.on_step = [&](const scenario::Step&, world::Duration at) {
    for (const TutorialQueueRow& row : experiment.queue)
      if (std::chrono::floor<std::chrono::seconds>(at).count() == row.second)
        observed.queue[{std::string(row.host), row.second}] = in_a_copy([&] {
          std::string text;
          for (const auto& one : runner.lab().rows_of(runner.lab().host(std::string(row.host))))
            text += control::queue_row(one) + "\n";
          return text;
        });
  };
  runner.on_story_end = [&] { observe_hosts(runner.lab(), observed); };
  if (!runner.run().passed())
    throw std::runtime_error(file + " does not hold: mxlab run says why; nothing is published");
  return observed;
}

/// Code in a cell of a table.
std::string cell(std::string_view text) {
  if (text.empty()) return "–";
  std::string out = "`";
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out + "`";
}

/// Equal neighbours are counted: "9x 1 0 0 | …".
std::string rows_text(const std::vector<control::Columns>& rows, int from, int to) {
  std::string out;
  for (int second = from; second > 0 && second <= to;) {
    int end = second;
    const auto& row = rows.at(static_cast<std::size_t>(second - 1));
    while (end <= to && rows.at(static_cast<std::size_t>(end - 1)) == row) ++end;
    const std::string times = end - second > 1 ? fmt::format("{}x ", end - second) : "";
    out += (out.empty() ? "" : "<br>") + cell(times + sim::columns_text(row));
    second = end;
  }
  return out.empty() ? "–" : out;
}

std::string monitor_page(const TutorialMonitor& monitor, const Observed& observed) {
  std::string out = fmt::format(
      "### {}, `{}`\n\n| the tutorial | OpenSMTPD, measured | the lab | what it is |\n"
      "|---|---|---|---|\n",
      monitor.title, monitor.host);
  const auto& rows = observed.rows.at(std::string(monitor.host));
  for (const TutorialRows& part : monitor.rows)
    out += fmt::format("| {} | {} | {} | {} |\n", cell(part.tutorial), cell(part.measured),
                       rows_text(rows, part.from, part.to), part.meaning);
  return out + "\n";
}

std::string queue_page(const TutorialExperiment& experiment, const Observed& observed) {
  if (experiment.queue.empty()) return {};
  std::string out = "## What `smtpctl show queue` says\n\n";
  for (const TutorialQueueRow& row : experiment.queue) {
    out += fmt::format("On `{}`, {} seconds after the mail was sent:\n\n```\n", row.host,
                       row.second - experiment.sent);
    if (!row.tutorial.empty()) out += fmt::format("the tutorial:  {}\n", row.tutorial);
    out += fmt::format("the lab:       {}```\n\n{}\n\n",
                       observed.queue.at({std::string(row.host), row.second}), row.meaning);
  }
  return out;
}

std::string times_page(const TutorialExperiment& experiment, const Observed& observed) {
  const world::Duration sent = std::chrono::seconds(experiment.sent);
  const auto& ok = observed.first_ok;
  std::string out =
      "## When it changed hands\n\n| what | seconds after the mail was sent |\n|---|---|\n";
  out += fmt::format("| the sender has handed it over | {} |\n",
                     sim::seconds_text(ok.at("mail.websteading.net") - sent));
  if (experiment.resumed > 0) {
    out += fmt::format("| the primary resumes | {} |\n",
                       sim::seconds_text(std::chrono::seconds(experiment.resumed) - sent));
    out += fmt::format("| the backup has handed it over | {} |\n",
                       sim::seconds_text(ok.at("mx2.example.org") - sent));
  }
  return out + fmt::format("| it is in the mailbox | {} |\n\n",
                           sim::seconds_text(ok.at("mail.example.org") - sent));
}

constexpr std::string_view kHowToRead =
    "A row is what `smtpctl monitor` prints each second: thirteen numbers, here with bars between "
    "its four groups: client `curr conn disc`, envelope `curr enq deq`, `ok tmpfail prmfail loop`, "
    "`expire remove bounce`. `9x` stands for nine equal rows, a dash for none. The second column "
    "was measured with OpenSMTPD 6.8.0p2 and 7.6.0p1 on Linux.";

std::string page(const TutorialExperiment& experiment, const std::string& scenarios) {
  const Observed observed =
      observe(experiment, fmt::format("{}/blog/{}", scenarios, experiment.scenario));
  std::string out = fmt::format("# {}\n\n{}\n\n", experiment.title, experiment.introduction);
  out += fmt::format("See it: `mxlab run scenarios/blog/{} --monitor`\n\n## The monitors\n\n{}\n\n",
                     experiment.scenario, kHowToRead);
  for (const TutorialMonitor& monitor : experiment.monitors) out += monitor_page(monitor, observed);
  out += queue_page(experiment, observed) + times_page(experiment, observed);
  out += "## Where the tutorial errs\n\n";
  for (std::string_view error : experiment.errors) out += fmt::format("- {}\n", error);
  return out + fmt::format("\n{}\n", experiment.conclusion);
}

constexpr std::string_view kOverview =
    "# The tutorial, reproduced\n\n"
    "The tutorial \"Host a Backup Relay Mail Server on OpenBSD\" sets up a backup mail exchanger "
    "and shows in two experiments that it works. Here both are played again by a relay that reads "
    "the same smtpd.conf, on virtual time: five minutes of waiting take some milliseconds. The "
    "pages put the tutorial's rows beside those of real OpenSMTPD and beside the lab's.\n\n"
    "- [The first experiment: everybody is up](experiment-1.md)\n"
    "- [The second experiment: the primary is paused](experiment-2.md)\n\n"
    "Run them: `./demo`. Write these pages anew: `scripts/reports`; `scripts/reports --check` says "
    "whether they are still true.\n\n"
    "The tutorial's set-up works, and the mail arrives. What it says about *why* is wrong in "
    "places; each page ends with a list.\n";

}  // namespace

std::map<std::string, std::string> blog_pages(const std::string& scenarios) {
  std::map<std::string, std::string> pages{{"README.md", std::string(kOverview)}};
  for (const TutorialExperiment* experiment : {&kFirstExperiment, &kSecondExperiment})
    pages[std::string(experiment->page)] = page(*experiment, scenarios);
  return pages;
}

}  // namespace mxlab::report
