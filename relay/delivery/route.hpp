// route.hpp - which hosts may be tried, from which of our addresses, and in which order. Pure.
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

#include "relay/config/config.hpp"
#include "relay/dns/resolver.hpp"
#include "relay/queue/envelope.hpp"

namespace mxlab::delivery {

/// One MX host with what was learnt of its addresses.
struct MxHost {
  std::uint16_t preference = 0;
  std::string name;
  dns::AddressAnswer addresses;
};

/// A host that the configuration names (`relay host`), which stands for no MX.
struct GivenHost {
  config::RelayUrl url;
  dns::AddressAnswer addresses;  // of its name, or the address that it is
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
  std::vector<GivenHost> given{};         // if any, they are asked instead of the MX
  std::vector<dns::Address> sources{};    // our addresses to come from; empty: the system's choice
  std::optional<bool> only_ipv6{};        // mta limit inet4, inet6
  std::optional<config::RelayTls> tls{};  // what the action asks for, whatever the hosts say
};

/// One address to try.
struct Hop {
  std::uint16_t preference = 0;
  std::string host;
  dns::Address address;
  std::uint16_t port = 25;
  config::RelayProtocol protocol = config::RelayProtocol::kSmtp;
  config::RelayTls tls = config::RelayTls::kOpportunistic;
  std::string label{};    // of our log-in; empty: none
  dns::Address source{};  // unspecified: the system's choice
  bool operator==(const Hop&) const = default;
};
/// Best first; equal preferences in the order of the facts. Hosts that are given are all equal.
using Route = std::vector<Hop>;

struct NoRoute {
  bool permanent = false;
  queue::Failure failure;
};

std::variant<Route, NoRoute> route(const RouteFacts& facts);

/// Why a backup sees no better host: which MX host is itself, and by what. Empty: it is none.
std::string standing_of_ourselves(const RouteFacts& facts);

}  // namespace mxlab::delivery
