// lab_bench.cpp - how long the scenarios take, beside what is demanded of them.
//
// Each run is in a process of its own, one after the other, as `mxlab run -j1` does it; what counts
// is the median of the runs. Exit code 1 when a demand is missed or a scenario fails.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <map>

#include "bench/echo.hpp"
#include "sim/report/play.hpp"
#include "sim/report/workers.hpp"
#include "sim/run/load.hpp"

namespace {

using namespace mxlab;

constexpr double kMostMs = 20, kMostThousandMs = 3000, kLeastEventsPerSecond = 500'000;
constexpr const char* kFourDays = "retry/four-days.yaml";

struct Row {
  std::string file;
  double median_ms = 0;
  report::Outcome last;
};

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// So many runs of every file, the whole list again and again, so that noise hits them alike.
std::vector<Row> measure(const std::vector<std::string>& files, int runs) {
  std::vector<std::string> all;
  for (int i = 0; i < runs; ++i) all.insert(all.end(), files.begin(), files.end());
  std::map<std::string, std::vector<double>> times;
  std::map<std::string, report::Outcome> outcomes;
  const auto play = [](const std::string& file) { return report::play(file, {}); };
  report::run_in_processes(all, 1, play, [&](report::Outcome outcome) {
    times[outcome.file].push_back(outcome.run_ms);
    outcomes[outcome.file] = std::move(outcome);
  });
  std::vector<Row> rows;
  for (const auto& [file, values] : times) rows.push_back({file, median(values), outcomes[file]});
  std::sort(rows.begin(), rows.end(),
            [](const Row& a, const Row& b) { return a.median_ms > b.median_ms; });
  return rows;
}

/// One line; false when the demand is missed.
bool tell(const std::string& what, const std::string& measured, const std::string& demand,
          bool ok) {
  fmt::print("{:<52} {:>16}   demanded {:<14} {}\n", what, measured, demand, ok ? "ok" : "MISSED");
  return ok;
}

bool tell_ms(const std::string& what, double ms, double most) {
  return tell(what, fmt::format("{:.1f} ms", ms), fmt::format("<= {:.0f} ms", most), ms <= most);
}

bool tell_scenarios(const std::vector<Row>& rows) {
  bool ok = true;
  double total = 0;
  for (const Row& row : rows) {
    ok = tell_ms(row.file, row.median_ms, kMostMs) && ok;
    total += row.median_ms;
    if (row.last.verdict == report::Verdict::kPassed) continue;
    fmt::print("    {}: {}\n", row.file, report::to_string(row.last.verdict));
    ok = false;
  }
  fmt::print("\n{} scenarios, {:.2f} s for all of them, one after the other\n", rows.size(),
             total / 1000);
  return ok;
}

bool tell_four_days(const std::vector<Row>& rows) {
  for (const Row& row : rows)
    if (row.file.ends_with(kFourDays))
      return tell_ms("an outage of 4 days, 30 attempts", row.median_ms, kMostMs);
  return true;
}

bool tell_thousand(const std::string& file, int runs) {
  const Row row = measure({file}, runs).front();
  if (row.last.verdict != report::Verdict::kPassed)
    fmt::print("    {}: {}\n", file, report::to_string(row.last.verdict));
  return tell_ms("1,000 messages in 5 days, TLS on every hop", row.median_ms, kMostThousandMs) &&
         row.last.verdict == report::Verdict::kPassed;
}

bool tell_events() {
  const auto echo = bench::run_echo(50, 5000);
  const double rate = echo.network_events / echo.seconds;
  return tell("simulated network events a second", fmt::format("{:.0f} /s", rate),
              fmt::format(">= {:.0f} /s", kLeastEventsPerSecond), rate >= kLeastEventsPerSecond);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("How fast the lab is, beside what is demanded.\nExample: lab_bench --runs 9");
  std::vector<std::string> paths{"scenarios"};
  std::string thousand = "bench/thousand-messages.yaml";
  int runs = 5;
  app.add_option("paths", paths, "Scenario files and folders")->capture_default_str();
  app.add_option("-r,--runs", runs, "Runs of each, of which the median counts")
      ->check(CLI::Range(1, 1000));
  app.add_option("-t,--thousand", thousand, "The scenario with the thousand messages");
  CLI11_PARSE(app, argc, argv);
  try {
    const auto rows = measure(sim::find_scenarios(paths), runs);
    bool ok = tell_scenarios(rows);
    ok = tell_four_days(rows) && ok;
    ok = tell_thousand(thousand, std::min(runs, 3)) && ok;
    ok = tell_events() && ok;
    return ok ? 0 : 1;
  } catch (const std::exception& error) {
    fmt::print(stderr, "lab_bench: {}\n", error.what());
    return 2;
  }
}
