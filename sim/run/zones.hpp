// zones.hpp - a scenario's DNS as the name server of every stage has it.
#pragma once
#include <string>
#include <vector>

#include "fakedns/zone.hpp"
#include "sim/scenario/scenario.hpp"

namespace mxlab::sim {

/// Where the name server listens, on port 53.
inline constexpr const char* kNameServer = "192.0.2.53";
inline constexpr const char* kNameServer6 = "2001:db8::53";

/// Where a host asks: hosts without an IPv4 address ask over IPv6.
world::Endpoint name_server_of(const scenario::HostSpec& spec);

/// The scenario's records, then the hosts' own addresses and reverse names where it says nothing.
/// An address as a record's name means its reverse name.
std::vector<scenario::Record> records_of(const scenario::Scenario& scenario);

/// "servfail", "delay 2000ms": the lie as fakedns::parse_lie() reads it.
std::string lie_text(const scenario::DnsLie& lie);

/// What the scenario's part of a zone file says, and those records.
void fill_zones(fakedns::ZoneSet& zones, const scenario::Scenario& scenario);

}  // namespace mxlab::sim
