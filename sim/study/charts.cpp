// charts.cpp - which curves of the study stand in which picture.
#include <fmt/format.h>
#include <functional>

#include "sim/study/chart.hpp"
#include "sim/study/files.hpp"

namespace mxlab::study {
namespace {

struct Line {
  std::string name;
  Down down;
  std::size_t plan;
};
using Hits = std::function<std::size_t(const Count&)>;

Curve shares(const Study& study, const Line& line, const Hits& hits) {
  Curve curve{line.name, {}};
  for (Duration length : lengths()) {
    const Count& count = study.at(line.down, line.plan, length);
    const Interval interval = wilson(hits(count), count.letters);
    curve.spots.push_back({length, interval.share * 100, interval.low * 100, interval.high * 100});
  }
  return curve;
}

Curve waits(const Study& study, const Line& line) {
  Curve curve{line.name, {}};
  for (Duration length : lengths()) {
    const Count& count = study.at(line.down, line.plan, length);
    const double hours = std::chrono::duration<double, std::ratio<3600>>(count.most_wait).count();
    curve.spots.push_back({length, hours, hours, hours});
  }
  return curve;
}

std::size_t failed(const Count& count) { return count.failed(); }

std::string never_arrives(const Study& study) {
  Chart chart{"Mail that never arrives",
              "bounced or lost, of all letters sent while the host refuses connections; bands 95 %",
              "share of letters, %",
              100,
              20,
              {}};
  for (PlanNumber plan : {kNone, kFour, kSeven, kFourteen, kThirty, kTwo})
    chart.curves.push_back(shares(study, {study.plans[plan].name, Down::kRefused, plan}, failed));
  return svg_of(chart);
}

std::string without_backup(const Study& study) {
  Chart chart{"Without a backup: what becomes of the mail",
              "of all letters sent while the host refuses connections; bands 95 %",
              "share of letters, %",
              100,
              20,
              {}};
  const auto add = [&](const char* name, const Hits& hits) {
    chart.curves.push_back(shares(study, {name, Down::kRefused, kNone}, hits));
  };
  add("never arrives", failed);
  add("bounced: a person is told", [](const Count& count) { return count.bounced; });
  add("lost: nobody is told", [](const Count& count) { return count.lost; });
  add("later than 4 h", [](const Count& count) { return count.late; });
  add("later than 24 h", [](const Count& count) { return count.very_late; });
  return svg_of(chart);
}

std::string kinds_of_down(const Study& study) {
  Chart chart{"One backup that keeps mail 14 days, and how the primary is down",
              "letters that never arrive; bands 95 %",
              "share of letters, %",
              100,
              20,
              {}};
  chart.curves.push_back(shares(study, {"DNS is down too", Down::kNameless, kFourteen}, failed));
  chart.curves.push_back(shares(study, {"refused", Down::kRefused, kFourteen}, failed));
  chart.curves.push_back(shares(study, {"dropped", Down::kDropped, kFourteen}, failed));
  chart.curves.push_back(shares(study, {"silent", Down::kSilent, kFourteen}, failed));
  chart.curves.push_back(shares(study, {"refused, no backup", Down::kRefused, kNone}, failed));
  return svg_of(chart);
}

std::string after_recovery(const Study& study) {
  Chart chart{"How long mail still takes once the primary is back",
              "95 of 100 letters that arrive have arrived by then",
              "hours after the recovery",
              10,
              2,
              {}};
  for (PlanNumber plan : {kNone, kFourteen, kProbing})
    chart.curves.push_back(waits(study, {study.plans[plan].name, Down::kRefused, plan}));
  return svg_of(chart);
}

}  // namespace

std::map<std::string, std::string> charts_of(const Study& study) {
  return {{"outage-never-arrives.svg", never_arrives(study)},
          {"outage-without-backup.svg", without_backup(study)},
          {"outage-kinds.svg", kinds_of_down(study)},
          {"outage-after-recovery.svg", after_recovery(study)}};
}

}  // namespace mxlab::study
