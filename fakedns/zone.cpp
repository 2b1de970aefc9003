#include "fakedns/zone.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "relay/dns/ldns.hpp"
#include "relay/dns/name.hpp"

namespace mxlab::fakedns {
namespace {

// Below every byte of a label, so that keys are in the canonical order of names (RFC 4034 6.1).
constexpr char kSeparator = '\0';

// "org", "example", "mail" for "mail.example.org"; "" for the root.
std::string key_of(std::string_view name) {
  std::string key;
  for (; name != "."; name = dns::parent_name(name)) {
    auto parent = dns::parent_name(name);
    auto label = parent == "." ? name : name.substr(0, name.size() - parent.size() - 1);
    key.insert(0, key.empty() ? std::string(label) : std::string(label) + kSeparator);
  }
  return key;
}

bool is_same(const Record& a, const Record& b) {
  return a.type == b.type && ldns_rr_compare(a.rr.get(), b.rr.get()) == 0;
}

std::string child(std::string_view label, std::string_view parent) {
  return parent == "." ? std::string(label) : fmt::format("{}.{}", label, parent);
}

bool has_type(const std::vector<Record>& records, std::uint16_t type) {
  return std::any_of(records.begin(), records.end(),
                     [&](const Record& record) { return record.type == type; });
}

bool is_nsec3(const Record& record) { return record.type == kNsec3 || record.covered == kNsec3; }

// RFC 4034 3 and 4: what may stand beside an alias.
bool goes_with_alias(const Record& record) { return record.type == kRrsig || record.type == kNsec; }

}  // namespace

Zone::Zone(std::string origin)
    : origin_(std::move(origin)),
      soa_(parse_record(origin_,
                        fmt::format("SOA {}. {}. 1 3600 600 604800 {}", child("ns", origin_),
                                    child("hostmaster", origin_), kDefaultNegativeTtl),
                        kDefaultTtl, origin_)) {
  nodes_[key_of(origin_)].push_back(soa_);
}

void Zone::add(Record record) {
  if (!dns::is_within(record.owner, origin_))
    throw ZoneError(fmt::format("{} is outside the zone {}", record.owner, origin_));
  if (record.type == kSoa) {
    if (record.owner != origin_)
      throw ZoneError(fmt::format("a SOA record belongs at {}, the top of its zone", origin_));
    auto& top = nodes_[key_of(origin_)];
    std::replace_if(
        top.begin(), top.end(), [](auto& r) { return r.type == kSoa; }, record);
    soa_ = std::move(record);
    return;
  }
  auto& records = is_nsec3(record) ? nsec3_[record.owner.substr(0, record.owner.find('.'))]
                                   : nodes_[key_of(record.owner)];
  auto same = [&](const Record& other) { return is_same(record, other); };
  if (std::any_of(records.begin(), records.end(), same)) return;
  auto clashes = [&](const Record& other) {
    return (record.type == kCname && !goes_with_alias(other)) ||
           (other.type == kCname && !goes_with_alias(record));
  };
  // RFC 1034 3.6.2: where an alias is, nothing else may be.
  if (std::any_of(records.begin(), records.end(), clashes))
    throw ZoneError(
        fmt::format("{} has a CNAME record, and so cannot have any other", record.owner));
  records.push_back(std::move(record));
}

std::size_t Zone::remove(const std::string& owner, std::uint16_t type) {
  auto node = nodes_.find(key_of(owner));
  if (node == nodes_.end()) return 0;
  auto removed = std::erase_if(node->second, [&](const Record& record) {
    return record.type != kSoa && (type == 0 || record.type == type);
  });
  if (node->second.empty()) nodes_.erase(node);
  return removed;
}

bool Zone::has_below(const std::string& key) const {
  auto prefix = key.empty() ? key : key + kSeparator;
  auto below = nodes_.upper_bound(prefix);
  return below != nodes_.end() && below->first.starts_with(prefix);
}

Node Zone::find(const std::string& name) const {
  const auto key = key_of(name);
  if (auto node = nodes_.find(key); node != nodes_.end()) return {true, false, node->second};
  if (has_below(key)) return {.exists = true, .wildcard = false, .records = {}};
  // RFC 4592 3.3.1: only the wildcard directly below the closest name that exists counts.
  auto wildcard = nodes_.find(key_of(child("*", closest_encloser(name))));
  if (wildcard == nodes_.end()) return {};
  return {true, true, wildcard->second};
}

std::string Zone::closest_encloser(const std::string& name) const {
  if (name == origin_) return origin_;
  std::string_view encloser = dns::parent_name(name);
  while (encloser != origin_ && !exists(key_of(encloser))) encloser = dns::parent_name(encloser);
  return std::string(encloser);
}

std::string Zone::delegation_of(const std::string& name) const {
  std::string topmost;
  for (std::string_view at = name; at != origin_; at = dns::parent_name(at))
    if (auto node = nodes_.find(key_of(at)); node != nodes_.end() && has_type(node->second, kNs))
      topmost = at;
  return topmost;
}

const std::vector<Record>* Zone::nsec_at_or_before(const std::string& name) const {
  for (auto node = nodes_.upper_bound(key_of(name)); node != nodes_.begin();)
    if (has_type((--node)->second, kNsec)) return &node->second;
  return nullptr;
}

Zone& ZoneSet::begin_zone(const std::string& origin) {
  auto name = parse_name(origin, ".");
  ++version_;
  return zones_.try_emplace(name, name).first->second;
}

void ZoneSet::add_zone(const std::string& origin) { begin_zone(origin); }

void ZoneSet::add_zone(Zone zone) {
  ++version_;
  auto origin = zone.origin();
  if (!zones_.emplace(origin, std::move(zone)).second)
    throw ZoneError(fmt::format("the zone {} is there twice", origin));
}

const Zone* ZoneSet::zone_of(std::string_view name) const {
  for (;; name = dns::parent_name(name)) {
    if (auto zone = zones_.find(name); zone != zones_.end()) return &zone->second;
    if (name == ".") return nullptr;
  }
}

Zone* ZoneSet::our_zone_of(std::string_view name) {
  const Zone* zone = zone_of(name);
  return zone ? &zones_.find(zone->origin())->second : nullptr;
}

Zone& ZoneSet::zone_for(const std::string& owner, const std::string& record) {
  if (Zone* zone = our_zone_of(owner)) return *zone;
  // A wildcard is never the top of a zone, and an alias cannot stand beside the SOA there.
  const bool below = owner.starts_with("*.") || type_of_text(record) == kCname;
  return begin_zone(std::string(below ? dns::parent_name(owner) : owner) + ".");
}

void ZoneSet::add(const std::string& owner, const std::string& record, std::uint32_t ttl) {
  auto name = parse_name(owner, ".");
  ++version_;
  Zone& zone = zone_for(name, record);
  zone.add(parse_record(name, record, ttl, zone.origin()));
}

void ZoneSet::replace(const std::string& owner, const std::vector<std::string>& records,
                      std::uint32_t ttl) {
  auto name = parse_name(owner, ".");
  if (records.empty()) return;
  ++version_;
  Zone& zone = zone_for(name, records.front());
  std::vector<Record> parsed;
  for (const auto& text : records) parsed.push_back(parse_record(name, text, ttl, zone.origin()));
  for (const auto& record : parsed) zone.remove(name, record.type);
  for (auto& record : parsed) zone.add(std::move(record));
}

std::size_t ZoneSet::remove(const std::string& owner, const std::string& type) {
  auto name = parse_name(owner, ".");
  const auto number = type_number(type);
  if (number == 0 && !type.empty())
    throw ZoneError(fmt::format("\"{}\" is not a record type", type));
  ++version_;
  Zone* zone = our_zone_of(name);
  return zone ? zone->remove(name, number) : 0;
}

}  // namespace mxlab::fakedns
