// records.cpp - the DNS of a scenario: names and what they resolve to. Names are complete, with or
// without a dot at the end. What a zone file says is left to fakedns.
#include <algorithm>
#include <fmt/format.h>

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

void check_record(Reading& reading, const Node& node) {
  auto fields = split(node.text);
  if (!fields.empty() && is_digits(fields[0])) fields.erase(fields.begin());  // the TTL
  if (fields.empty() || !words::contains(words::kRecordTypes, fields[0])) {
    const auto type = fields.empty() ? std::string_view() : fields[0];
    reading.errors.add(node.place, fmt::format("unknown type of record \"{}\"", type),
                       words::suggestion(type, words::kRecordTypes));
    return;
  }
  const auto example = mistake_in(fields[0], {fields.begin() + 1, fields.end()});
  if (example.empty()) return;
  reading.errors.add(node.place, fmt::format("\"{}\" is not a record", node.text),
                     fmt::format("such a record is written: {}", example));
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
    check_record(reading, *node);
    out.push_back({entry.key->text, std::string(trim(text)), node->place});
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
