// route.hpp - which hosts may be tried for a domain, and in which order. Pure.
//
// This is where `relay backup` is decided: only MX hosts strictly better than ourselves, and never
// ourselves under any name. Where OpenSMTPD lifts that restriction (our name is not among the MX
// hosts, or the look-up of it failed) mail stays queued instead: a backup that cannot tell who is
// better than it could only guess, and guessing makes loops.
#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "relay/dns/resolver.hpp"
#include "relay/queue/envelope.hpp"

namespace mxlab::delivery {

/// One MX host with what was learnt of its addresses.
struct MxHost {
  std::uint16_t preference = 0;
  std::string name;
  dns::AddressAnswer addresses;
};

/// All that the decision looks at.
struct RouteFacts {
  std::string domain;
  dns::MxAnswer mx;
  std::vector<MxHost> hosts;  // of the MX answer; of the domain itself when there is no MX
  bool backup = false;        // action … relay backup
  std::string own_name;       // backup mx NAME, else the listener's host name
  std::string server_name;    // our other name; it is ours wherever it stands
  std::vector<dns::Address> own_addresses;
};

/// One address to try.
struct Hop {
  std::uint16_t preference = 0;
  std::string host;
  dns::Address address;
  bool operator==(const Hop&) const = default;
};
using Route = std::vector<Hop>;  // best first; equal preferences in the order of the facts

struct NoRoute {
  bool permanent = false;
  queue::Failure failure;
};

std::variant<Route, NoRoute> route(const RouteFacts& facts);

}  // namespace mxlab::delivery
