// look_up.hpp - PURE: what an authoritative server has to say to a question (RFC 1034 4.3.2).
//
// Answers, aliases followed through all of our zones, referrals to delegated zones, denials with
// the SOA (RFC 2308); from signed zones also the signatures and the proofs of what is not there,
// for whoever asks for them (RFC 4035 3.1, RFC 5155 7.2).
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "fakedns/zone.hpp"

namespace mxlab::fakedns {

/// Aliases followed for one question.
constexpr int kMaxAliases = 16;

/// A record as it is said: at the name that a wildcard stands for, for as long as a denial holds.
struct Said {
  Record record;
  std::string owner;
  std::uint32_t ttl = 0;
};

struct Sections {
  bool authoritative = false;
  std::uint8_t rcode = 0;
  std::vector<Said> answer, authority, additional;
};

struct Request {
  std::string name;  // canonical
  std::uint16_t type = 0;
  bool dnssec = false;  // RFC 3225: with signatures and proofs
};

Sections look_up(const ZoneSet& zones, const Request& request);

}  // namespace mxlab::fakedns
