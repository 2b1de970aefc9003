// records.cpp - the DNS of a scenario: names and what they resolve to. Names are complete, with or
// without a dot at the end. fakedns, which will answer from them, has the last word.
#include <algorithm>
#include <fmt/format.h>

#include "fakedns/zone.hpp"
#include "sim/scenario/reader.hpp"

namespace mxlab::scenario {

namespace {

constexpr std::size_t kMaxFields = 64;

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> out;
  for (text = trim(text); !text.empty() && out.size() < kMaxFields; text = trim(text)) {
    const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
    out.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return out;
}

bool is_domain(std::string_view text) {
  if (text == ".") return true;
  if (text.starts_with("*.")) text.remove_prefix(2);
  if (text.ends_with('.')) text.remove_suffix(1);
  return is_host_name(text);
}

bool is_address(std::string_view text, bool v6) {
  asio::error_code error;
  const auto address = asio::ip::make_address(std::string(text), error);
  return !error && address.is_v6() == v6;
}

bool is_preference(std::string_view text) {
  const auto number = parse_number(text);
  return number && *number <= 0xFFFF;
}

/// What is wrong with the data behind the type; empty when nothing is.
std::string_view mistake_in(std::string_view type, const std::vector<std::string_view>& data) {
  const bool one = data.size() == 1;
  if (type == "A" && !(one && is_address(data[0], false))) return "A 192.0.2.1";
  if (type == "AAAA" && !(one && is_address(data[0], true))) return "AAAA 2001:db8::1";
  if (type == "MX" && !(data.size() == 2 && is_preference(data[0]) && is_domain(data[1]))) {
    return "MX 10 mail.example.org";
  }
  const bool names = type == "CNAME" || type == "NS" || type == "PTR";
  if (names && !(one && is_domain(data[0]))) return "CNAME www.example.org";
  if (data.empty()) return "TYPE and its data";
  return {};
}

/// Takes the TTL that may stand in front.
std::optional<std::uint32_t> take_ttl(std::string_view& text) {
  constexpr std::uint64_t kLargestTtl = 0x7FFFFFFF;  // RFC 2181 8
  const auto first = text.substr(0, text.find_first_of(" \t"));
  const auto ttl = parse_number(first);
  if (!ttl || *ttl > kLargestTtl) return std::nullopt;
  text = trim(text.substr(first.size()));
  return static_cast<std::uint32_t>(*ttl);
}

void check_record(Reading& reading, const Record& record) {
  const auto fields = split(record.text);
  const auto type = fields.empty() ? std::string_view() : fields[0];
  if (!words::contains(words::kRecordTypes, type)) {
    reading.errors.add(record.place, fmt::format("unknown type of record \"{}\"", type),
                       words::suggestion(type, words::kRecordTypes));
    return;
  }
  const auto example = mistake_in(type, {fields.begin() + 1, fields.end()});
  if (!example.empty()) {
    reading.errors.add(record.place, fmt::format("\"{}\" is not a record", record.text),
                       fmt::format("such a record is written: {}", example));
    return;
  }
  try {
    fakedns::parse_record("example.org", record.text, 0, ".");
  } catch (const fakedns::ZoneError& error) {
    reading.errors.add(record.place, error.what());
  }
}

/// "zone:3: what is wrong": the line within the zone's text, from 1, and the sentence.
std::pair<int, std::string> take_line(std::string_view message) {
  const std::size_t first = message.find(':');
  const std::size_t second = message.find(": ", first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) {
    return {1, std::string(message)};
  }
  const auto line = parse_number(message.substr(first + 1, second - first - 1));
  return {static_cast<int>(line.value_or(1)), std::string(message.substr(second + 2))};
}

void check_zone(Reading& reading) {
  const Scenario& scenario = reading.scenario;
  try {
    fakedns::parse_zone_file(scenario.zone, "zone");
  } catch (const fakedns::ZoneError& error) {
    const auto [line, sentence] = take_line(error.what());
    const Place place{scenario.zone_first_line + line - 1, 1, 1};
    const std::size_t begin = reading.errors.line(place.line).find_first_not_of(' ');
    reading.errors.add(
        {place.line, begin == std::string_view::npos ? 1 : static_cast<int>(begin) + 1,
         static_cast<int>(reading.errors.line(place.line).size())},
        sentence);
  }
}

void read_zone(Reading& reading, const Node& node) {
  std::string text;
  if (!read_text(reading, node, text)) return;
  if (!node.block) {
    reading.errors.add(node.place, "a zone is given as text",
                       "write zone: | and the lines of the zone file below it");
    return;
  }
  reading.scenario.zone = text;
  reading.scenario.zone_first_line = node.place.line + 1;
  check_zone(reading);
}

}  // namespace

std::vector<Record> read_records(Reading& reading, const Entry& entry) {
  if (!is_domain(entry.key->text)) {
    reading.errors.add(entry.key->place,
                       fmt::format("\"{}\" is not a domain name", entry.key->text));
  }
  std::vector<Record> out;
  for (const Node* node : one_or_more(reading, *entry.value, {})) {
    std::string text;
    if (!read_text(reading, *node, text)) continue;
    std::string_view data = trim(text);
    const auto ttl = take_ttl(data);
    out.push_back({entry.key->text, std::string(data), node->place, ttl});
    check_record(reading, out.back());
  }
  return out;
}

void read_dns(Reading& reading, const Node& node) {
  if (!want_map(reading, node, "a map of names and their records")) return;
  for (const Entry& entry : node.entries) {
    if (entry.key->text == "zone") {
      read_zone(reading, *entry.value);
      continue;
    }
    auto records = read_records(reading, entry);
    auto& dns = reading.scenario.dns;
    dns.insert(dns.end(), records.begin(), records.end());
  }
}

}  // namespace mxlab::scenario
