#include "sim/sweep/record.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace mxlab::sim {

std::string to_line(const Head& head) {
  nlohmann::ordered_json json;
  json["worlds of"] = head.file;
  json["name"] = head.name;
  json["sometimes"] = head.sometimes;
  return json.dump();
}

std::optional<Head> head_of(const std::string& line) try {
  const auto json = nlohmann::json::parse(line);
  return Head{json.at("worlds of").get<std::string>(), json.at("name").get<std::string>(),
              json.at("sometimes").get<std::vector<std::string>>()};
} catch (const nlohmann::json::exception&) {
  return std::nullopt;
}

std::string to_line(const WorldReport& report) {
  nlohmann::ordered_json json;
  json["seed"] = report.seed;
  json["trace"] = fmt::format("{:016x}", report.trace_hash);
  json["events"] = report.events;
  json["seconds"] = report.virtual_seconds;
  json["seen"] = fmt::format("{:x}", report.seen);
  json["broken"] = report.broken;
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<WorldReport> report_of(const std::string& line) try {
  constexpr int kHex = 16;
  const auto json = nlohmann::json::parse(line);
  WorldReport report;
  report.seed = json.at("seed").get<std::uint64_t>();
  report.trace_hash = std::stoull(json.at("trace").get<std::string>(), nullptr, kHex);
  report.events = json.at("events").get<std::uint64_t>();
  report.virtual_seconds = json.at("seconds").get<std::int64_t>();
  report.seen = std::stoull(json.at("seen").get<std::string>(), nullptr, kHex);
  report.broken = json.at("broken").get<std::vector<std::string>>();
  return report;
} catch (const nlohmann::json::exception&) {
  return std::nullopt;
} catch (const std::logic_error&) {  // of a number
  return std::nullopt;
}

}  // namespace mxlab::sim
