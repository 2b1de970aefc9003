// answer.hpp - PURE: a query's bytes and the zones in, the reply's bytes out.
//
// The wire's side of an authoritative server: what look_up says, with EDNS (RFC 6891) and
// truncation. It lies when told.
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

struct Answer {
  std::string wire;  // empty: nothing is said
  std::string name;  // what was asked, canonical; empty when the query could not be read
  std::uint16_t type = 0;
  std::string summary;  // for people: "NOERROR 2", "NXDOMAIN", "silence"
};

/// Deterministic. Says nothing to bytes that are no query at all (shorter than a header, or a
/// reply).
Answer answer(std::string_view query, const ZoneSet& zones, Transport transport, LieKind lie = {});

}  // namespace mxlab::fakedns
