#include "sim/run/zones.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>

#include "fakedns/record.hpp"

namespace mxlab::sim {

world::Endpoint name_server_of(const scenario::HostSpec& spec) {
  const bool has_v4 = std::any_of(spec.addresses.begin(), spec.addresses.end(),
                                  [](const world::Address& address) { return address.is_v4(); });
  return {asio::ip::make_address(has_v4 ? kNameServer : kNameServer6), 53};
}

std::vector<scenario::Record> records_of(const scenario::Scenario& scenario) {
  std::vector<scenario::Record> records = scenario.dns;
  std::map<std::string, std::set<std::string>> given;  // name -> types
  for (const auto& record : scenario.dns)
    given[record.name].insert(record.text.substr(0, record.text.find(' ')));
  for (const auto& spec : scenario.hosts)
    for (const world::Address& address : spec.addresses) {
      const std::string text = address.to_string(), type = address.is_v4() ? "A" : "AAAA";
      const auto& types = given[spec.name];
      if (!types.contains(type) && !types.contains("CNAME"))
        records.push_back({spec.name, type + " " + text, {}, {}});
      if (spec.reverse_name && !given.contains(text))
        records.push_back({text, "PTR " + spec.name, {}, {}});
    }
  return records;
}

std::string lie_text(const scenario::DnsLie& lie) {
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(lie.delay);
  return lie.lie == "delay" ? fmt::format("delay {}ms", milliseconds.count()) : lie.lie;
}

void fill_zones(fakedns::ZoneSet& zones, const scenario::Scenario& scenario) {
  zones.add_zone(".");
  if (!scenario.zone.empty())
    zones.add_zone(fakedns::parse_zone_file(scenario.zone, scenario.file));
  for (const auto& record : records_of(scenario))
    zones.add(record.name, record.text, record.ttl.value_or(fakedns::kDefaultTtl));
}

}  // namespace mxlab::sim
