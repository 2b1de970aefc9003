#include "sim/shrink/simpler.hpp"

#include <algorithm>
#include <array>

#include "sim/scenario/values.hpp"

namespace mxlab::shrink {
namespace {
using namespace std::chrono_literals;
using scenario::parse_duration;
using scenario::parse_number;
using scenario::to_text;
using world::Duration;

constexpr std::array<Duration, 8> kRound{0s, 1s, 10s, 1min, 10min, 1h, 6h, 24h};
constexpr std::array<Duration, 8> kUnits{24h, 1h, 10min, 1min, 10s, 1s, 100ms, 1ms};

/// Shorter to write, or as long and smaller: what is ever made simpler comes to an end.
bool is_simpler(Duration one, Duration other) {
  const auto length = to_text(one).size(), than = to_text(other).size();
  return length < than || (length == than && one < other);
}

std::vector<std::string> texts_of(const std::vector<Duration>& times, const std::string& before) {
  std::vector<std::string> out;
  for (const Duration time : times) out.push_back(before + to_text(time));
  return out;
}

/// "1ms..40ms": always the longer, always the shorter, and what is simpler than these.
std::vector<std::string> simpler_latencies(const std::string& text) {
  const auto dots = text.find("..");
  if (dots == std::string::npos) {
    const auto time = parse_duration(text);
    return time ? texts_of(simpler_times(*time), "") : std::vector<std::string>();
  }
  return {"1ms", text.substr(dots + 2), text.substr(0, dots)};
}

std::vector<std::string> simpler_sizes(const std::string& text) {
  std::vector<std::string> out;
  const auto size = scenario::parse_size(text);
  if (!size) return out;
  for (const std::uint64_t smaller : smaller_numbers(*size)) {
    const bool whole = smaller >= 1024 && smaller % 1024 == 0;
    out.push_back(whole ? std::to_string(smaller / 1024) + "k" : std::to_string(smaller));
  }
  return out;
}

/// A record without its TTL.
std::vector<std::string> without_ttl(const std::string& text) {
  const auto blank = text.find(' ');
  if (blank == std::string::npos || !parse_number(text.substr(0, blank))) return {};
  return {text.substr(blank + 1)};
}

std::vector<std::string> simpler_numbers(const std::string& text) {
  std::vector<std::string> out;
  if (const auto number = parse_number(text))
    for (const std::uint64_t smaller : smaller_numbers(*number))
      out.push_back(std::to_string(smaller));
  return out;
}

std::vector<std::string> simpler_time(const std::string& text) {
  const bool signed_text = text.starts_with('+') || text.starts_with('-');
  const bool delay = text.starts_with("delay ");
  const std::string before = signed_text ? text.substr(0, 1) : delay ? "delay " : "";
  const auto time = parse_duration(std::string_view(text).substr(before.size()));
  if (!time || parse_number(text)) return {};
  return texts_of(simpler_times(*time), before);
}

}  // namespace

std::vector<Duration> simpler_times(Duration time) {
  std::vector<Duration> out;
  const auto add = [&](Duration other) {
    if (is_simpler(other, time) && std::find(out.begin(), out.end(), other) == out.end())
      out.push_back(other);
  };
  for (const Duration round : kRound)
    if (round < time) add(round);
  for (const Duration unit : kUnits) add(time / unit * unit);
  for (const Duration unit : kUnits) add((time / unit + 1) * unit);
  return out;
}

std::vector<std::uint64_t> smaller_numbers(std::uint64_t number) {
  std::vector<std::uint64_t> out;
  for (const std::uint64_t smaller : {std::uint64_t{1}, number / 10, number / 2, number - 1})
    if (smaller > 0 && smaller < number && (out.empty() || out.back() < smaller))
      out.push_back(smaller);
  return out;
}

std::vector<std::string> simpler_values(std::string_view key, const std::string& text) {
  if (key == "latency") return simpler_latencies(text);
  if (key == "size") return simpler_sizes(text);
  if (key == "count" || key == "calls") return simpler_numbers(text);
  if (key == "split writes" && text == "yes") return {"no"};
  if (auto records = without_ttl(text); !records.empty()) return records;
  return simpler_time(text);
}

}  // namespace mxlab::shrink
