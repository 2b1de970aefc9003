#include "sim/study/files.hpp"

#include <fmt/format.h>

namespace mxlab::study {
namespace {
using namespace std::chrono_literals;

double share(std::size_t hits, std::size_t of) {
  return of == 0 ? 0 : static_cast<double>(hits) / static_cast<double>(of);
}

std::string csv_share(std::size_t hits, std::size_t of) {
  const Interval interval = wilson(hits, of);
  return fmt::format(",{:.5f},{:.5f},{:.5f}", interval.share, interval.low, interval.high);
}

}  // namespace

std::string length_text(Duration length) {
  if (length < 1h) return fmt::format("{} min", length / 1min);
  if (length < 24h || length % 24h != Duration::zero()) return fmt::format("{} h", length / 1h);
  return fmt::format("{} d", length / 24h);
}

std::string percent(double share) {
  if (share == 0) return "0 %";
  if (share < 0.0005) return "< 0.1 %";
  return fmt::format("{:.1f} %", share * 100);
}

std::string percent_with_band(std::size_t hits, std::size_t of) {
  const Interval interval = wilson(hits, of);
  return fmt::format("{} ({:.1f}–{:.1f})", percent(interval.share), interval.low * 100,
                     interval.high * 100);
}

std::string wait_text(Duration wait) {
  if (wait < 1min) return "< 1 min";
  if (wait < 1h) return fmt::format("{} min", wait / 1min);
  return fmt::format("{:.1f} h", std::chrono::duration<double, std::ratio<3600>>(wait).count());
}

std::string csv_of(const Study& study) {
  std::string out = "down,backups,outage_seconds,letters";
  for (const char* name : {"never_arrived", "bounced", "lost", "later_than_4h", "later_than_24h",
                           "told_of_delay", "held_by_backup"})
    out += fmt::format(",{0},{0}_low,{0}_high", name);
  out += ",median_wait_seconds,p95_wait_seconds\n";
  for (const Point& point : study.points) {
    const Count& count = point.count;
    out += fmt::format("{},\"{}\",{},{}", name_of(point.down), study.plans[point.plan].name,
                       point.length / 1s, count.letters);
    for (std::size_t hits : {count.failed(), count.bounced, count.lost, count.late, count.very_late,
                             count.noticed, count.held})
      out += csv_share(hits, count.letters);
    out += fmt::format(",{},{}\n", count.median_wait / 1s, count.most_wait / 1s);
  }
  return out;
}

std::string table_of(const Question& question, const Study& study) {
  std::string out = fmt::format(
      "Letters that never arrive (bounced or lost), of all sent during the outage; the host "
      "refuses connections.\n{} letters a point, seed {}.\n\n{:>8}",
      question.letters, question.seed, "outage");
  for (const char* head :
       {"no backup", "1 x 4 d", "1 x 7 d", "1 x 14 d", "1 x 30 d", "probing", "2 x 14 d"})
    out += fmt::format("  {:>9}", head);
  out += "   late, no backup\n";
  for (Duration length : lengths()) {
    out += fmt::format("{:>8}", length_text(length));
    for (std::size_t plan = 0; plan < study.plans.size(); ++plan) {
      const Count& count = study.at(Down::kRefused, plan, length);
      out += fmt::format("  {:>9}", percent(share(count.failed(), count.letters)));
    }
    const Count& none = study.at(Down::kRefused, kNone, length);
    out += fmt::format("  {:>9} > 4 h\n", percent(share(none.late, none.letters)));
  }
  return out;
}

std::map<std::string, std::string> files_of(const Question& question, const Study& study,
                                            const std::string& command) {
  auto files = charts_of(study);
  files["outage.csv"] = csv_of(study);
  files[kPage] = page_of(question, study, command);
  return files;
}

}  // namespace mxlab::study
