#include "sim/report/text_report.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <sstream>

namespace mxlab::report {
namespace {

constexpr std::size_t kMostInvariants = 20;
constexpr std::size_t kMostLines = 40;
constexpr std::string_view kIndent = "    ";

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string indented(const std::string& text) {
  std::string out;
  for (const std::string& line : lines_of(text)) out += fmt::format("{}{}\n", kIndent, line);
  return out;
}

std::string plural(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

/// Rows and columns of the longest common subsequence; what is in it is common to both.
using Table = std::vector<std::vector<std::size_t>>;

Table common_lines(const std::vector<std::string>& left, const std::vector<std::string>& right) {
  Table table(left.size() + 1, std::vector<std::size_t>(right.size() + 1));
  for (std::size_t i = left.size(); i-- > 0;)
    for (std::size_t j = right.size(); j-- > 0;)
      table[i][j] = left[i] == right[j] ? table[i + 1][j + 1] + 1
                                        : std::max(table[i + 1][j], table[i][j + 1]);
  return table;
}

std::string difference(const std::vector<std::string>& expected,
                       const std::vector<std::string>& actual, const Paint& paint) {
  const Table table = common_lines(expected, actual);
  std::string out = fmt::format("{}  {}\n", paint.red("- expected"), paint.green("+ actual"));
  std::size_t i = 0, j = 0;
  while (i < expected.size() || j < actual.size()) {
    if (i < expected.size() && j < actual.size() && expected[i] == actual[j]) {
      out += fmt::format("  {}\n", expected[i]);
      ++i, ++j;
    } else if (j == actual.size() || (i < expected.size() && table[i + 1][j] >= table[i][j + 1])) {
      out += paint.red("- " + expected[i++]) + "\n";
    } else {
      out += paint.green("+ " + actual[j++]) + "\n";
    }
  }
  return out;
}

/// A message of hundreds of lines tells no more than its beginning.
std::string shortened(const std::string& text, const Paint& paint) {
  std::size_t lines = 0, end = 0;
  while (lines < kMostLines && end < text.size()) end = text.find('\n', end) + 1, ++lines;
  const auto left = std::count(text.begin() + static_cast<std::ptrdiff_t>(end), text.end(), '\n');
  if (left == 0) return text;
  return text.substr(0, end) + fmt::format("{} {} more lines\n", paint.dots(), left);
}

std::string failures_text(const Outcome& outcome, const Paint& paint) {
  std::string out;
  for (const BrokenPromise& broken : outcome.failures)
    out += "\n" + indented(broken.excerpt) +
           indented(indented(comparison_text(broken.expected, broken.actual, paint)));
  const std::size_t shown = std::min(outcome.invariants.size(), kMostInvariants);
  for (std::size_t i = 0; i < shown; ++i)
    out += fmt::format("\n{}{} {}\n", kIndent, paint.red("broken in every run's promises:"),
                       outcome.invariants[i]);
  if (shown < outcome.invariants.size())
    out += fmt::format("{}{} {} more\n", kIndent, paint.dots(), outcome.invariants.size() - shown);
  return out;
}

std::string last_events_text(const Outcome& outcome, const Paint& paint) {
  if (outcome.last_events.empty()) return {};
  std::string out = fmt::format(
      "\n{}{}\n", kIndent,
      paint.bold(outcome.failures.empty() ? "The last events:" : "The last events before it:"));
  for (const std::string& line : outcome.last_events) out += fmt::format("{}{}\n", kIndent, line);
  return out;
}

std::string again_text(const Outcome& outcome) {
  if (outcome.live) return fmt::format("mxlab run --live {} --verbose", outcome.file);
  const bool differed = outcome.verdict == Verdict::kNotDeterministic;
  return fmt::format("mxlab run {} --seed {} {}", outcome.file, outcome.seed,
                     differed ? "--twice" : "--verbose");
}

std::string reasons_text(const Outcome& outcome, const Paint& paint) {
  std::string out;
  if (outcome.verdict == Verdict::kSkipped) return out;  // its line says why
  for (const std::string& error : outcome.errors) out += "\n" + indented(error);
  out += failures_text(outcome, paint) + last_events_text(outcome, paint);
  if (outcome.verdict == Verdict::kFailed || outcome.verdict == Verdict::kNotDeterministic)
    out += fmt::format("\n{}{} {}\n", kIndent, paint.bold("Again:"), again_text(outcome));
  return out.empty() ? out : out + "\n";
}

std::string what_it_took(const Outcome& outcome) {
  switch (outcome.verdict) {
    case Verdict::kSkipped:
      return "skipped: " + fmt::format("{}", fmt::join(outcome.errors, "; "));
    case Verdict::kWrong:
      return "the scenario is wrong";
    case Verdict::kLabFailed:
      return "the lab itself failed";
    case Verdict::kNotDeterministic:
      return "the same seed gave different traces";
    default:
      return fmt::format("{:>2} {:<6}  {:>9} in {:5.1f} ms", outcome.checked,
                         outcome.checked == 1 ? "check" : "checks",
                         span_text(outcome.virtual_seconds), outcome.run_ms);
  }
}

std::string symbol(Verdict verdict, const Paint& paint) {
  if (verdict == Verdict::kSkipped) return paint.skipped();
  return verdict == Verdict::kPassed ? paint.passed() : paint.failed();
}

std::string painted(Verdict verdict, const std::string& text, const Paint& paint) {
  if (verdict == Verdict::kSkipped) return paint.yellow(text);
  return verdict == Verdict::kPassed ? paint.green(text) : paint.red(text);
}

}  // namespace

std::string span_text(double seconds) {
  if (seconds < 1000) return fmt::format("{:.1f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.1f} min", seconds / 60);
  if (seconds < 172800) return fmt::format("{:.1f} h", seconds / 3600);
  return fmt::format("{:.1f} d", seconds / 86400);
}

std::string comparison_text(const std::string& expected, const std::string& actual,
                            const Paint& paint) {
  const auto left = lines_of(expected), right = lines_of(actual);
  if (left.size() > 1 || right.size() > 1) return shortened(difference(left, right, paint), paint);
  return fmt::format("expected  {}\nactual    {}\n", paint.green(expected), paint.red(actual));
}

std::string outcome_text(const Outcome& outcome, const Paint& paint) {
  std::string line = fmt::format("{} {:<46}", symbol(outcome.verdict, paint), outcome.file);
  return line + " " + paint.dim(what_it_took(outcome)) + "\n" + reasons_text(outcome, paint);
}

std::string summary_text(const std::vector<Outcome>& outcomes, double seconds, const Paint& paint) {
  if (outcomes.empty()) return "Nothing was tested.\n";
  std::map<Verdict, std::size_t> counts;
  std::size_t checked = 0;
  double virtual_seconds = 0;
  bool live = false;
  for (const Outcome& outcome : outcomes) {
    ++counts[outcome.verdict];
    checked += outcome.checked;
    virtual_seconds += outcome.virtual_seconds;
    live |= outcome.live;
  }
  std::string parts;
  for (const auto& [verdict, count] : counts) {
    const std::string part = fmt::format("{} {}", count, to_string(verdict));
    parts += (parts.empty() ? "" : ", ") + painted(verdict, part, paint);
  }
  return fmt::format("{}: {}; {}, {} {} in {:.1f} s\n", plural(outcomes.size(), "scenario"), parts,
                     plural(checked, "check"), span_text(virtual_seconds),
                     live ? "of stories on real wires" : "of virtual time", seconds);
}

}  // namespace mxlab::report
