// zone.hpp - the zones that fakedns answers from: names, records, wildcards, delegations.
//
// They may change at any time; the next question sees the change. Records of one name and type
// stay in the order in which they were added, because mail software keeps the order of the answer.
// Signatures and denials come from whoever signed the zone file; nothing is signed here.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fakedns/record.hpp"

namespace mxlab::fakedns {

constexpr std::uint32_t kDefaultTtl = 300;
/// How long "no such name" holds in a zone that was given without a SOA record.
constexpr std::uint32_t kDefaultNegativeTtl = 60;

/// What a zone has at a name.
struct Node {
  bool exists = false;  // also true for a name that only has names below it (RFC 8020 3)
  bool wildcard = false;
  std::vector<Record> records;  // of all types, in the order in which they were added
};

/// The NSEC3 records of a zone with their signatures, by the hash in their owner names (RFC 5155).
/// They are no names of the zone: nobody can ask for them.
using Nsec3Chain = std::map<std::string, std::vector<Record>>;

class Zone {
 public:
  /// `origin` is canonical.
  explicit Zone(std::string origin);

  const std::string& origin() const { return origin_; }
  const Record& soa() const { return soa_; }

  /// Throws ZoneError: outside the zone, or a CNAME beside other records. A second SOA replaces the
  /// first; a record that is there already is not doubled (RFC 2181 5).
  void add(Record record);
  /// Removes the records of one type, or of all types when it is 0. Returns how many. The SOA
  /// stays.
  std::size_t remove(const std::string& owner, std::uint16_t type);
  /// What is at a name within the zone, by itself or by a wildcard (RFC 4592).
  Node find(const std::string& name) const;
  /// The closest name above this one that is in the zone (RFC 4592 3.3.1).
  std::string closest_encloser(const std::string& name) const;
  /// The topmost name, from this one upwards and below the origin, that has NS records: whatever is
  /// there and below belongs to somebody else. Empty when there is none.
  std::string delegation_of(const std::string& name) const;
  /// The records of the last name that is not after this one (RFC 4034 6.1) and has an NSEC record.
  const std::vector<Record>* nsec_at_or_before(const std::string& name) const;
  const Nsec3Chain& nsec3_chain() const { return nsec3_; }

 private:
  bool has_below(const std::string& key) const;
  bool exists(const std::string& key) const { return nodes_.contains(key) || has_below(key); }

  std::string origin_;
  Record soa_;
  // Keyed by the labels from the top down: what is below a name follows it.
  std::map<std::string, std::vector<Record>> nodes_;
  Nsec3Chain nsec3_;
};

/// All zones of one server. Names are written as parse_name() and parse_record() read them.
class ZoneSet {
 public:
  /// Begins an empty zone, with a SOA of its own making; nothing happens when it is there.
  /// With ".", every name that no other zone holds is answered NXDOMAIN instead of REFUSED.
  void add_zone(const std::string& origin);
  /// Throws ZoneError when there is such a zone.
  void add_zone(Zone zone);

  /// add("example.org", "MX 10 mail.example.org"). The record goes into the zone that holds the
  /// name; when none does, one begins there (for a wildcard or a CNAME: one label above). An IP
  /// address as owner means its reverse name. Throws ZoneError.
  void add(const std::string& owner, const std::string& record, std::uint32_t ttl = kDefaultTtl);
  /// In place of all records which the owner has of these records' types.
  void replace(const std::string& owner, const std::vector<std::string>& records,
               std::uint32_t ttl = kDefaultTtl);
  /// Removes the records of a type ("MX"), or all of the owner's. Returns how many there were.
  std::size_t remove(const std::string& owner, const std::string& type = "");

  /// The zone that holds a canonical name; null when there is none.
  const Zone* zone_of(std::string_view name) const;
  /// Another number after every change.
  std::uint64_t version() const { return version_; }

 private:
  Zone& begin_zone(const std::string& origin);
  Zone* our_zone_of(std::string_view name);
  Zone& zone_for(const std::string& owner, const std::string& record);

  std::map<std::string, Zone, std::less<>> zones_;
  std::uint64_t version_ = 0;
};

/// The zone in a standard zone file's text (RFC 1035 5: $ORIGIN, $TTL, parentheses, comments).
/// `origin` holds until the first $ORIGIN. Throws ZoneError with "file:line: ".
Zone parse_zone_file(const std::string& text, const std::string& file_name,
                     const std::string& origin = ".");

}  // namespace mxlab::fakedns
