// record.hpp - one resource record of a zone, and how people write it.
//
// Records are immutable and shared: zones, replies in the making and copies of zones hold the same.
#pragma once
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

struct ldns_struct_rr;

namespace mxlab::fakedns {

/// What a person wrote is no DNS; what() is a sentence, with file:line where there is a file.
struct ZoneError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

constexpr std::uint16_t kNs = 2, kCname = 5, kSoa = 6;
// RFC 4034 and RFC 5155: a signed zone's own records.
constexpr std::uint16_t kDs = 43, kRrsig = 46, kNsec = 47, kNsec3 = 50;

struct Record {
  std::string owner;  // canonical, see relay/dns/name.hpp
  std::uint16_t type = 0;
  std::uint32_t ttl = 0;
  std::string target;                        // of a CNAME or NS, canonical
  std::uint16_t covered = 0;                 // of an RRSIG: the type that it signs
  std::shared_ptr<const ldns_struct_rr> rr;  // all of it, in ldns' form
};

/// Takes the record over. Throws ZoneError when it cannot stand in a zone: not of class IN, or a
/// type that is only asked for (ANY, AXFR, OPT, …).
Record make_record(std::shared_ptr<const ldns_struct_rr> rr);

/// "MX 10 mail" at `owner` (canonical). A name in the data without a dot is relative to `origin`;
/// with a dot it is absolute, the final dot may be left out; "@" is the origin.
Record parse_record(const std::string& owner, const std::string& text, std::uint32_t ttl,
                    const std::string& origin);

/// The canonical form of a name that a person wrote, by the same rule. An IP address stands for the
/// name of its PTR records. Throws ZoneError.
std::string parse_name(const std::string& text, const std::string& origin);

/// The type with which a record's text begins; 0 when it is none.
std::uint16_t type_of_text(const std::string& text);

/// "MX"; "TYPE65280" for those without a name (RFC 3597 5).
std::string type_name(std::uint16_t type);
/// The number of "MX", "mx" or "TYPE15"; 0 when there is no such type.
std::uint16_t type_number(const std::string& name);

}  // namespace mxlab::fakedns
