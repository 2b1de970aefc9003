#include "fakedns/look_up.hpp"

#include <algorithm>
#include <set>

#include "fakedns/denial.hpp"
#include "relay/dns/ldns.hpp"
#include "relay/dns/name.hpp"

namespace mxlab::fakedns {
namespace {

class LookUp {
 public:
  LookUp(const ZoneSet& zones, bool dnssec) : zones_(zones), dnssec_(dnssec) {}

  Sections run(std::string name, std::uint16_t type) {
    std::set<std::string> seen;
    for (int aliases = 0; aliases <= kMaxAliases && seen.insert(name).second; ++aliases) {
      const Zone* zone = zone_for(name, type);
      // Not ours. At the end of aliases of ours, what we have said so far is right.
      if (!zone && aliases == 0) said_.rcode = LDNS_RCODE_REFUSED;
      if (!zone) break;
      const std::string next = ask(*zone, name, type);
      if (next.empty()) break;
      name = next;
    }
    return std::move(said_);
  }

 private:
  using Denial = std::vector<Record>(const Zone& zone, const std::string& name);

  /// RFC 4035 3.1.4.1: a zone's DS records stand in the zone above.
  const Zone* zone_for(const std::string& name, std::uint16_t type) const {
    const Zone* zone = zones_.zone_of(name);
    if (type != kDs || !zone || zone->origin() != name || name == ".") return zone;
    const Zone* above = zones_.zone_of(dns::parent_name(name));
    return above ? above : zone;
  }

  /// What one zone says; an alias' target, which is to be asked for next.
  std::string ask(const Zone& zone, const std::string& name, std::uint16_t type) {
    const std::string delegation = zone.delegation_of(name);
    if (!delegation.empty() && !(type == kDs && delegation == name)) {
      refer(zone, delegation);
      return {};
    }
    said_.authoritative = true;
    const Node node = zone.find(name);
    if (!node.exists) {
      said_.rcode = LDNS_RCODE_NXDOMAIN;
      deny(zone, name, denial_of_name);
      return {};
    }
    if (answer(node, name, wanted_of(node, type))) {
      if (node.wildcard) prove(zone, name, denial_of_closer_name);
      return {};
    }
    if (!answer(node, name, kCname)) {
      deny(zone, name, node.wildcard ? denial_of_wildcard_type : denial_of_type);
      return {};
    }
    if (node.wildcard) prove(zone, name, denial_of_closer_name);
    return alias_of(node);
  }

  /// RFC 8482 4.1: ANY gets one set of those there are.
  static std::uint16_t wanted_of(const Node& node, std::uint16_t type) {
    return type == LDNS_RR_TYPE_ANY && !node.records.empty() ? node.records.front().type : type;
  }

  static std::string alias_of(const Node& node) {
    for (const Record& record : node.records)
      if (record.type == kCname) return record.target;
    return {};
  }

  bool answer(const Node& node, const std::string& owner, std::uint16_t type) {
    const std::size_t before = said_.answer.size();
    say(said_.answer, node.records, type, owner);
    return said_.answer.size() > before;
  }

  /// The set of a type, and its signatures.
  void say(std::vector<Said>& section, const std::vector<Record>& records, std::uint16_t type,
           const std::string& owner) const {
    for (const Record& record : records)
      if (record.type == type) section.push_back({record, owner, record.ttl});
    if (!dnssec_) return;
    for (const Record& record : records)
      if (record.covered == type && type != 0) section.push_back({record, owner, record.ttl});
  }

  // RFC 2308 3: the SOA says how long the denial holds.
  void deny(const Zone& zone, const std::string& name, Denial& denial) {
    constexpr std::size_t kMinimum = 6;
    const auto minimum = ldns_rdf2native_int32(ldns_rr_rdf(zone.soa().rr.get(), kMinimum));
    const std::size_t first = said_.authority.size();
    say(said_.authority, zone.find(zone.origin()).records, kSoa, zone.origin());
    for (std::size_t i = first; i < said_.authority.size(); ++i)
      said_.authority[i].ttl = std::min(minimum, said_.authority[i].ttl);
    prove(zone, name, denial);
  }

  void prove(const Zone& zone, const std::string& name, Denial& denial) {
    if (!dnssec_) return;
    for (const Record& record : denial(zone, name))
      said_.authority.push_back({record, record.owner, record.ttl});
  }

  /// RFC 1034 4.3.2 step 3b; RFC 4035 3.1.4: with the DS, or the proof that there is none.
  void refer(const Zone& zone, const std::string& delegation) {
    const Node node = zone.find(delegation);
    say(said_.authority, node.records, kNs, delegation);
    const std::size_t before = said_.authority.size();
    if (dnssec_) say(said_.authority, node.records, kDs, delegation);
    if (said_.authority.size() == before) prove(zone, delegation, denial_of_type);
    for (const Record& record : node.records)
      if (record.type == kNs && dns::is_within(record.target, zone.origin()))
        add_glue(zone, record);
  }

  void add_glue(const Zone& zone, const Record& server) {
    constexpr std::uint16_t kA = 1, kAaaa = 28;
    const Node node = zone.find(server.target);
    for (const std::uint16_t type : {kA, kAaaa})
      say(said_.additional, node.records, type, server.target);
  }

  const ZoneSet& zones_;
  const bool dnssec_;
  Sections said_;
};

}  // namespace

Sections look_up(const ZoneSet& zones, const Request& request) {
  return LookUp(zones, request.dnssec).run(request.name, request.type);
}

}  // namespace mxlab::fakedns
