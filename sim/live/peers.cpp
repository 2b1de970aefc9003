#include "sim/live/peers.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>

#include "sim/live/live_lab.hpp"
#include "sim/live/live_play.hpp"
#include "sim/live/mta.hpp"
#include "sim/live/mta_roots.hpp"
#include "sim/live/programs.hpp"
#include "sim/report/workers.hpp"
#include "sim/run/load.hpp"
#include "sim/run/runner.hpp"

namespace mxlab::sim::live {
namespace {

using scenario::Kind;
using scenario::Role;
using Json = nlohmann::ordered_json;

constexpr const char* kBack = "back";
constexpr const char* kNever = "-";

Json to_json(const PeerFigures& f) {
  const auto number = [](const std::optional<double>& value) {
    return value ? Json(*value) : Json();
  };
  return {{"scenario", f.scenario},   {"learn", f.learn},
          {"version", f.version},     {"trouble", f.trouble},
          {"taken", number(f.taken)}, {"failures", f.failures},
          {"delivered", f.delivered}, {"duplicates", f.duplicates},
          {"reports", f.reports},     {"questions", f.questions},
          {"left", f.left},           {"drained", number(f.drained)},
          {"story", number(f.story)}, {"views", to_json(f.views)}};
}

PeerFigures figures_of(const Json& json) {
  const auto number = [&](const char* key) {
    const Json& value = json.at(key);
    return value.is_null() ? std::nullopt : std::optional(value.get<double>());
  };
  PeerFigures f;
  f.scenario = json.at("scenario");
  f.learn = json.at("learn");
  f.version = json.at("version");
  f.trouble = json.at("trouble");
  f.failures = json.at("failures");
  f.delivered = json.at("delivered");
  f.duplicates = json.at("duplicates");
  f.reports = json.at("reports");
  f.questions = json.at("questions");
  f.left = json.at("left");
  f.taken = number("taken");
  f.drained = number("drained");
  f.story = number("story");
  f.views = operator_views_of(json.at("views"));
  return f;
}

double seconds(world::Duration span) { return std::chrono::duration<double>(span).count(); }

/// Follows the backup's queue while the story is told.
class Watch {
 public:
  Watch(Stage& stage, HostNumber backup) : stage_(stage), backup_(backup) {
    stage.trace().on_event([this](const Event& event) { read(event); });
  }
  void step(const scenario::Step& step) {
    const bool sends = std::any_of(step.actions.begin(), step.actions.end(), [](const auto& each) {
      return std::holds_alternative<scenario::Send>(each.value);
    });
    // Its actions were done before its expectations were waited for; ours have none.
    if (sends && !sent_) sent_ = stage_.now();
    if (step.name == kBack) back_ = stage_.now();
  }
  std::optional<double> taken() const { return since(sent_, first_); }
  std::optional<double> drained() const {
    return held_ > 0 ? std::nullopt : since(back_ ? back_ : sent_, empty_);
  }

 private:
  using Moment = std::optional<TimePoint>;
  static std::optional<double> since(const Moment& begin, const Moment& end) {
    if (!begin || !end) return std::nullopt;
    return std::max(0.0, seconds(*end - *begin));
  }
  void read(const Event& event) {
    if (event.kind != EventKind::kStat || event.host != backup_) return;
    if (event.subject != "scheduler.envelope") return;
    held_ += event.value;
    if (!first_ && held_ > 0) first_ = event.at;
    if (first_ && held_ == 0) empty_ = event.at;
  }

  Stage& stage_;
  HostNumber backup_;
  Moment sent_, back_, first_, empty_;
  std::int64_t held_ = 0;
};

HostNumber first_of(const scenario::Scenario& scenario, Role role) {
  const auto at = std::find_if(scenario.hosts.begin(), scenario.hosts.end(),
                               [role](const auto& host) { return host.role == role; });
  if (at == scenario.hosts.end())
    throw std::runtime_error("it needs a sender, a primary and a relay");
  return static_cast<HostNumber>(at - scenario.hosts.begin());
}

void count(Stage& stage, HostNumber backup, PeerFigures& figures) {
  const scenario::Scenario& scenario = stage.scenario();
  const HostChronicle& host = stage.chronicle.host(backup);
  figures.failures = host.digest().temporary;
  for (const auto& [question, times] : host.asked) figures.questions += times;
  figures.left = static_cast<std::int64_t>(stage.rows_of(backup).size());
  figures.duplicates = stage.copies_too_many();
  figures.delivered =
      static_cast<std::int64_t>(stage.mail_of(first_of(scenario, Role::kPrimary)).size());
  for (const Delivered& mail : stage.mail_of(first_of(scenario, Role::kSender)))
    if (mail.sender.empty()) ++figures.reports;
}

PeerFigures play_inside(const scenario::Scenario& scenario, const std::filesystem::path& place) {
  PeerFigures figures;
  figures.scenario = scenario.name;
  figures.learn = scenario.learn.substr(0, scenario.learn.find_last_not_of('\n') + 1);
  LiveLab lab(scenario, {place, mxrelayd_program()});
  const HostNumber backup = first_of(scenario, Role::kRelay);
  Watch watch(lab, backup);
  Onlooker onlooker(lab);
  RunOptions options;
  options.judge_expectations = false;
  Runner runner(lab, options);
  runner.on_step = [&](const scenario::Step& step, Duration at) {
    watch.step(step);
    onlooker.look(step.at.value_or(at));
  };
  runner.on_story_end = [&] {
    count(lab, backup, figures);
    figures.taken = watch.taken();
    figures.drained = watch.drained();
    figures.story = seconds(lab.elapsed());
    figures.views = onlooker.views();
  };
  runner.run();
  return figures;
}

/// The figures, or what went wrong, as JSON.
std::string told_by(const scenario::Scenario& scenario, const std::filesystem::path& place) {
  PeerFigures figures;
  try {
    figures = play_inside(scenario, place);
  } catch (const std::exception& error) {
    figures.trouble = error.what();
  }
  return to_json(figures).dump();
}

PeerFigures play_one(const std::string& file, Kind backup) try {
  PeerFigures figures;
  Loaded loaded = load_scenario(file);
  if (!loaded.scenario) throw std::runtime_error(loaded.errors.front());
  if (const auto why = is_mta(backup) ? why_no_mta(backup) : std::nullopt)
    throw std::runtime_error(*why);
  scenario::Scenario scenario = *loaded.scenario;
  scenario.heal = false;    // what it would do for them is what is measured
  scenario.live.speed = 1;  // nor can their clocks go faster
  scenario.hosts[first_of(scenario, Role::kRelay)].kind = backup;
  figures = figures_of(Json::parse(told_from_inside(
      [&](const std::filesystem::path& place) { return told_by(scenario, place); })));
  figures.version = is_mta(backup) ? mta_version(backup) : "this tree";
  return figures;
} catch (const std::exception& error) {
  PeerFigures figures;
  figures.trouble = error.what();
  return figures;
}

constexpr const char* kHead =
    "# The same outage, different backups\n\n"
    "Real programs on real wires, in real time, with the retries that Debian ships. The sender "
    "never "
    "reaches the primary itself, so that all that happens is between the backup and the primary. "
    "`scripts/reports --live` plays it all again and writes this page.\n\n"
    "| column | what was measured |\n|---|---|\n"
    "| has it after | seconds from the letter to its arrival at the backup |\n"
    "| failed attempts | that the backup noted, and will repeat |\n"
    "| delivered, duplicates | at the primary: all copies, and those that are too many |\n"
    "| reports | in the sender's mailbox |\n"
    "| DNS questions | that the backup asked |\n"
    "| empty after | seconds from the primary's return (else from the letter) until the backup's "
    "queue is empty; `-`: it was not by the end of the story |\n"
    "| left | what is still in the queue then |\n";

std::string number(const std::optional<double>& value) {
  return value ? fmt::format("{:.1f}", *value) : kNever;
}

std::string row(const PeerFigures& f) {
  if (!f.trouble.empty()) return fmt::format("| {} | not measured: {} |\n", f.backup, f.trouble);
  return fmt::format("| {} {} | {} | {} | {} | {} | {} | {} | {} | {} |\n", f.backup, f.version,
                     number(f.taken), f.failures, f.delivered, f.duplicates, f.reports, f.questions,
                     number(f.drained), f.left);
}

}  // namespace

std::vector<PeerFigures> play_peers(const std::vector<std::string>& files,
                                    const std::vector<Kind>& backups, std::size_t jobs) {
  std::vector<std::string> keys;
  std::map<std::string, std::pair<std::string, Kind>> what;
  for (const std::string& file : files)
    for (Kind backup : backups) {
      keys.push_back(fmt::format("{} with {}", file, mta_name(backup)));
      what[keys.back()] = {file, backup};
    }
  std::vector<PeerFigures> all;
  const auto work = [&](const std::string& key) {
    report::Outcome outcome;
    outcome.file = key;
    outcome.verdict = report::Verdict::kPassed;
    outcome.story = to_json(play_one(what.at(key).first, what.at(key).second)).dump();
    return outcome;
  };
  const auto done = [&](const report::Outcome& outcome) {
    PeerFigures figures;
    if (outcome.verdict == report::Verdict::kPassed)
      figures = figures_of(Json::parse(outcome.story));
    else
      figures.trouble = outcome.errors.empty() ? "its process failed" : outcome.errors.front();
    figures.file = what.at(outcome.file).first;
    figures.backup = mta_name(what.at(outcome.file).second);
    all.push_back(std::move(figures));
  };
  report::run_in_processes(keys, jobs, work, done);
  return all;
}

std::string peers_report(const std::vector<PeerFigures>& figures) {
  std::string text = kHead, file;
  for (const PeerFigures& each : figures) {
    if (each.file != file) {
      file = each.file;
      text += fmt::format(
          "\n## {}\n\n{} (`{}`, {} s)\n\n"
          "| backup | has it after s | failed attempts | delivered | duplicates | reports | "
          "DNS questions | empty after s | left |\n|---|---|---|---|---|---|---|---|---|\n",
          each.scenario, each.learn, file, number(each.story));
    }
    text += row(each);
  }
  return text;
}

}  // namespace mxlab::sim::live
