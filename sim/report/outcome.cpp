#include "sim/report/outcome.hpp"

#include <array>
#include <fmt/format.h>

namespace mxlab::report {
namespace {
using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 6> kVerdicts{"skipped",           "passed", "failed",
                                                    "not deterministic", "wrong",  "lab failed"};

Verdict verdict_of(const std::string& text) {
  for (std::size_t i = 0; i < kVerdicts.size(); ++i)
    if (kVerdicts.at(i) == text) return static_cast<Verdict>(i);
  return Verdict::kLabFailed;
}

Json json_of(const BrokenPromise& broken) {
  return {{"file", broken.file},     {"line", broken.line}, {"column", broken.column},
          {"host", broken.host},     {"what", broken.what}, {"expected", broken.expected},
          {"actual", broken.actual}, {"at", broken.at},     {"excerpt", broken.excerpt}};
}

BrokenPromise broken_of(const Json& json) {
  BrokenPromise broken;
  json.at("file").get_to(broken.file);
  json.at("line").get_to(broken.line);
  json.at("column").get_to(broken.column);
  json.at("host").get_to(broken.host);
  json.at("what").get_to(broken.what);
  json.at("expected").get_to(broken.expected);
  json.at("actual").get_to(broken.actual);
  json.at("at").get_to(broken.at);
  json.at("excerpt").get_to(broken.excerpt);
  return broken;
}

Json json_of(const MonitorRows& rows) {
  return {{"second", rows.second}, {"times", rows.times}, {"row", rows.row}};
}

MonitorRows rows_of(const Json& json) {
  return {json.at("second").get<std::int64_t>(), json.at("times").get<std::int64_t>(),
          json.at("row").get<std::vector<std::int64_t>>()};
}

template <class Value>
Json array_of(const std::vector<Value>& values) {
  Json array = Json::array();
  for (const Value& value : values) array.push_back(json_of(value));
  return array;
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  return kVerdicts.at(static_cast<std::size_t>(verdict));
}

int exit_code(Verdict verdict) {
  static constexpr std::array<int, 6> kCodes{kNothingTested, 0, 1, 4, 2, 3};
  return kCodes.at(static_cast<std::size_t>(verdict));
}

std::string hash_text(std::uint64_t hash) { return fmt::format("{:016x}", hash); }

Json to_json(const Outcome& outcome) {
  Json json{{"file", outcome.file},
            {"name", outcome.name},
            {"group", outcome.group},
            {"seed", outcome.seed},
            {"verdict", to_string(outcome.verdict)},
            {"checked", outcome.checked},
            {"failures", array_of(outcome.failures)},
            {"invariants", outcome.invariants},
            {"errors", outcome.errors},
            {"warnings", outcome.warnings},
            {"virtual_seconds", outcome.virtual_seconds},
            {"run_ms", outcome.run_ms},
            {"trace_hash", hash_text(outcome.trace_hash)},
            {"trace_events", outcome.trace_events},
            {"network_events", outcome.network_events},
            {"last_events", outcome.last_events}};
  if (outcome.live) json["live"] = true;
  if (!outcome.excuses.empty()) json["excuses"] = outcome.excuses;
  if (!outcome.story.empty()) json["story"] = outcome.story;
  for (const auto& [host, rows] : outcome.monitors) json["monitors"][host] = array_of(rows);
  return json;
}

Outcome outcome_of(const Json& json) {
  Outcome outcome;
  json.at("file").get_to(outcome.file);
  json.at("name").get_to(outcome.name);
  json.at("group").get_to(outcome.group);
  json.at("seed").get_to(outcome.seed);
  outcome.verdict = verdict_of(json.at("verdict").get<std::string>());
  json.at("checked").get_to(outcome.checked);
  for (const Json& broken : json.at("failures")) outcome.failures.push_back(broken_of(broken));
  json.at("invariants").get_to(outcome.invariants);
  json.at("errors").get_to(outcome.errors);
  json.at("warnings").get_to(outcome.warnings);
  if (json.contains("excuses")) json.at("excuses").get_to(outcome.excuses);
  json.at("virtual_seconds").get_to(outcome.virtual_seconds);
  json.at("run_ms").get_to(outcome.run_ms);
  outcome.trace_hash = std::stoull(json.at("trace_hash").get<std::string>(), nullptr, 16);
  json.at("trace_events").get_to(outcome.trace_events);
  json.at("network_events").get_to(outcome.network_events);
  json.at("last_events").get_to(outcome.last_events);
  outcome.live = json.value("live", false);
  outcome.story = json.value("story", "");
  if (json.contains("monitors"))
    for (const auto& [host, array] : json.at("monitors").items())
      for (const Json& rows : array) outcome.monitors[host].push_back(rows_of(rows));
  return outcome;
}

}  // namespace mxlab::report
