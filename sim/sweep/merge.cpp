#include "sim/sweep/merge.hpp"

#include <fmt/format.h>
#include <fstream>
#include <map>
#include <stdexcept>

namespace mxlab::sim {
namespace {

constexpr std::size_t kMostGaps = 10;

struct Line {
  WorldReport report;
  const std::string* file;  // where it stands
};
using Lines = std::map<std::uint64_t, Line>;

void read_head(std::ifstream& in, const std::string& file, std::optional<Head>& head) {
  std::string line;
  if (!std::getline(in, line)) throw std::runtime_error(file + ": cannot be read, or is empty");
  const auto read = head_of(line);
  if (!read)
    throw std::runtime_error(file + ":1: is no file of results; mxlab sweep --results makes them");
  if (!head) head = read;
  if (*read == *head) return;
  throw std::runtime_error(
      fmt::format("{}: holds worlds of {} (\"{}\"), the others those of {} (\"{}\")", file,
                  read->file, read->name, head->file, head->name));
}

void read_file(const std::string& file, std::optional<Head>& head, Lines& lines) {
  std::ifstream in(file, std::ios::binary);
  read_head(in, file, head);
  std::string line;
  for (std::size_t number = 2; std::getline(in, line); ++number) {
    auto report = report_of(line);
    if (!report)
      throw std::runtime_error(fmt::format("{}:{}: is no world's result: {}", file, number, line));
    const std::uint64_t seed = report->seed;
    const auto [at, is_new] = lines.try_emplace(seed, Line{std::move(*report), &file});
    // The same seed twice is no harm, as long as the same happened.
    if (!is_new && to_line(at->second.report) != line)
      throw std::runtime_error(
          fmt::format("seed {} went differently in {} and in {}", seed, *at->second.file, file));
  }
}

std::vector<std::string> gaps_between(const Lines& lines) {
  std::vector<std::string> gaps;
  const Lines::value_type* before = nullptr;
  for (const auto& line : lines) {
    if (before != nullptr && line.first > before->first + 1 && gaps.size() < kMostGaps) {
      const std::uint64_t first = before->first + 1, last = line.first - 1;
      gaps.push_back(first == last ? std::to_string(first) : fmt::format("{}..{}", first, last));
    }
    before = &line;
  }
  return gaps;
}

}  // namespace

Merged merge_results(const std::vector<std::string>& files) {
  std::optional<Head> head;
  Lines lines;
  for (const std::string& file : files) read_file(file, head, lines);
  Merged merged{head.value_or(Head{}), {}, gaps_between(lines)};
  for (auto& [seed, line] : lines) merged.reports.push_back(std::move(line.report));
  return merged;
}

void write_results(const Merged& merged, const std::string& file) {
  std::ofstream out(file, std::ios::trunc | std::ios::binary);
  out << to_line(merged.head) << "\n";
  for (const WorldReport& report : merged.reports) out << to_line(report) << "\n";
  out.close();
  if (!out) throw std::runtime_error(file + ": cannot be written");
}

}  // namespace mxlab::sim
