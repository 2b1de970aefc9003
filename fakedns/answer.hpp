// answer.hpp - PURE: a query's bytes and the zones in, the reply's bytes out.
//
// An authoritative server (RFC 1034 4.3.2) without delegations: answers, aliases followed through
// all of our zones, denials with the SOA (RFC 2308), EDNS (RFC 6891), truncation. It lies when
// told.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "fakedns/lies.hpp"
#include "fakedns/zone.hpp"

namespace mxlab::fakedns {

enum class Transport { kUdp, kTcp };

/// What we send over UDP at most, however much the asker would take (DNS flag day 2020).
constexpr std::size_t kMaxUdpReply = 1232;
/// What everybody can take over UDP (RFC 1035 4.2.1).
constexpr std::size_t kPlainUdpReply = 512;
/// Aliases followed for one question.
constexpr int kMaxAliases = 16;

struct Answer {
  std::string wire;  // empty: nothing is said
  std::string name;  // what was asked, canonical; empty when the query could not be read
  std::uint16_t type = 0;
  std::string summary;  // for people: "NOERROR 2", "NXDOMAIN", "silence"
};

/// The name and type that a query asks for, for those who must know before they answer. Empty when
/// the bytes are no query with one question.
struct Asked {
  std::string name;
  std::uint16_t type = 0;
};
Asked read_question(std::string_view query);

/// Deterministic. Says nothing to bytes that are no query at all (shorter than a header, or a
/// reply).
Answer answer(std::string_view query, const ZoneSet& zones, Transport transport, LieKind lie = {});

}  // namespace mxlab::fakedns
