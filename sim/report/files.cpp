#include "sim/report/files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <system_error>

#include "sim/report/text_report.hpp"

namespace mxlab::report {
namespace {
namespace fs = std::filesystem;

constexpr int kFormat = 1;  // changes when a key changes its meaning

Verdict worst(const std::vector<Outcome>& outcomes) {
  auto verdict = Verdict::kSkipped;
  for (const Outcome& outcome : outcomes) verdict = std::max(verdict, outcome.verdict);
  return verdict;
}

/// For text and attributes; what XML 1.0 cannot say at all becomes "?".
std::string xml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += (byte < 0x20 && c != '\n' && c != '\t') ? '?' : c;
  }
  return out;
}

std::string one_sentence(const Outcome& outcome) {
  if (!outcome.failures.empty()) {
    const BrokenPromise& broken = outcome.failures.front();
    return fmt::format("{} {}: expected {}, actual {}", broken.host, broken.what, broken.expected,
                       broken.actual);
  }
  if (!outcome.invariants.empty()) return outcome.invariants.front();
  if (!outcome.errors.empty())
    return outcome.errors.front().substr(0, outcome.errors.front().find('\n'));
  return std::string(to_string(outcome.verdict));
}

std::string testcase(const Outcome& outcome) {
  const fs::path path(outcome.file);
  std::string out = fmt::format(
      "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" "
      "time=\"{:.4f}\"",
      xml(path.parent_path().string()), xml(path.stem().string()), xml(outcome.file),
      outcome.run_ms / 1000);
  if (outcome.verdict == Verdict::kPassed) return out + "/>\n";
  if (outcome.verdict == Verdict::kSkipped)
    return out + fmt::format(">\n      <skipped message=\"{}\"/>\n    </testcase>\n",
                             xml(one_sentence(outcome)));
  const char* element = outcome.verdict == Verdict::kFailed ? "failure" : "error";
  return out +
         fmt::format(">\n      <{0} type=\"{1}\" message=\"{2}\">{3}</{0}>\n    </testcase>\n",
                     element, to_string(outcome.verdict), xml(one_sentence(outcome)),
                     xml(outcome_text(outcome, Paint{})));
}

std::string testsuite(const std::string& folder, const std::vector<const Outcome*>& outcomes) {
  std::size_t failures = 0, errors = 0, skipped = 0;
  double seconds = 0;
  std::string cases;
  for (const Outcome* outcome : outcomes) {
    failures += outcome->verdict == Verdict::kFailed ? 1 : 0;
    errors += outcome->verdict > Verdict::kFailed ? 1 : 0;
    skipped += outcome->verdict == Verdict::kSkipped ? 1 : 0;
    seconds += outcome->run_ms / 1000;
    cases += testcase(*outcome);
  }
  return fmt::format(
      "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\"{} "
      "time=\"{:.4f}\">\n{}  </testsuite>\n",
      xml(folder), outcomes.size(), failures, errors,
      skipped == 0 ? std::string() : fmt::format(" skipped=\"{}\"", skipped), seconds, cases);
}

}  // namespace

int exit_code(const std::vector<Outcome>& outcomes) {
  return outcomes.empty() ? kNothingTested : exit_code(worst(outcomes));
}

std::string json_report(const std::vector<Outcome>& outcomes) {
  nlohmann::ordered_json json{
      {"mxlab", kFormat},
      {"verdict", outcomes.empty() ? "nothing was tested" : to_string(worst(outcomes))},
      {"exit_code", exit_code(outcomes)},
      {"scenarios", nlohmann::ordered_json::array()}};
  for (const Outcome& outcome : outcomes) {
    json["scenarios"].push_back(to_json(outcome));
    json["scenarios"].back().erase("story");
  }
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string junit_report(const std::vector<Outcome>& outcomes) {
  std::map<std::string, std::vector<const Outcome*>> folders;
  for (const Outcome& outcome : outcomes)
    folders[fs::path(outcome.file).parent_path().string()].push_back(&outcome);
  std::string suites;
  for (const auto& [folder, inside] : folders) suites += testsuite(folder, inside);
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"mxlab\">\n" + suites +
         "</testsuites>\n";
}

void write_report(const std::string& file, const std::string& text) {
  if (file == "-") {
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
    return;
  }
  std::ofstream out(file, std::ios::binary);
  if (!(out << text) || !out.flush())
    throw std::system_error(errno, std::generic_category(), "cannot write " + file);
}

}  // namespace mxlab::report
