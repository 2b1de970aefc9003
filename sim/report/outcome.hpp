// outcome.hpp - what came of one scenario file, as values that reports print and that travel from
// the process that ran it to the one that reports.
//
// The JSON made here is the JSON report's entry for a file: its keys are a promise to readers.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace mxlab::report {

/// The worst of a run decides its exit code; the order is that of getting worse.
enum class Verdict { kSkipped, kPassed, kFailed, kNotDeterministic, kWrong, kLabFailed };
/// "skipped", "passed", "failed", "not deterministic", "wrong", "lab failed"
std::string_view to_string(Verdict verdict);
/// 5 (nothing was tested), 0, 1, 4, 2, 3
int exit_code(Verdict verdict);
inline constexpr int kNothingTested = 5;

/// A promise of the scenario that was broken.
struct BrokenPromise {
  std::string file;
  int line = 0, column = 0;
  std::string host, what, expected, actual;
  std::string at;       // "310.1s", virtual
  std::string excerpt;  // the line of the file with a caret below what was promised
};

/// So many equal rows of one host's monitor, one a second; the first at that second.
struct MonitorRows {
  std::int64_t second = 0, times = 1;
  std::vector<std::int64_t> row;
};

struct Outcome {
  std::string file, name, group;
  Verdict verdict = Verdict::kLabFailed;
  std::size_t checked = 0;  // promises that were looked at
  std::vector<BrokenPromise> failures;
  std::vector<std::string> invariants;  // promises of every run that were broken, one sentence each
  std::vector<std::string> errors,
      warnings;                      // about the file, why the lab failed, or why it was skipped
  std::vector<std::string> excuses;  // differences that the scenario explains (compare)
  std::uint64_t seed = 0, trace_hash = 0, trace_events = 0, network_events = 0;
  double virtual_seconds = 0, run_ms = 0;
  bool live = false;                     // played on real wires, as fast as the scenario says
  std::vector<std::string> last_events;  // lines; only after a failure
  std::string story;                     // what --verbose, --queue and --monitor print
  std::map<std::string, std::vector<MonitorRows>> monitors;  // only when asked for
};

/// "9f86d081884c7d65"
std::string hash_text(std::uint64_t hash);

nlohmann::ordered_json to_json(const Outcome& outcome);
/// The opposite. Throws nlohmann::json::exception on anything else.
Outcome outcome_of(const nlohmann::ordered_json& json);

}  // namespace mxlab::report
