// snapshot.hpp - what outbound delivery is doing right now, for those who ask (smtpctl show hosts,
// relays, routes, hoststats). Values only; nothing here acts.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "relay/world/address.hpp"
#include "relay/world/time.hpp"

namespace mxlab::delivery {

using world::Duration;

/// One peer address in use or in penalty (show hosts).
struct HostSnapshot {
  world::Address address;
  std::string name;  // the MX host name under which we met it; empty: unknown
  std::uint32_t references = 0, connections = 0;
  std::optional<Duration> last_connection;  // ago
};

/// One way from us to a peer (show routes). `id` names it in `resume route`.
struct RouteSnapshot {
  std::uint64_t id = 0;
  std::string source;  // our address; empty: the system's choice
  world::Address address;
  std::string name;
  bool never_ready = false, disabled = false, queued = false;  // N, D, Q
  std::uint32_t connections = 0, errors = 0, penalty = 0;
  std::uint32_t attempts = 0;       // of the connections, those that are not ready yet
  std::optional<Duration> timeout;  // until it is enabled again
  std::optional<Duration> trying;   // for so long a connection has not got ready
};

/// One destination with work (show relays).
struct RelaySnapshot {
  std::string description;  // "relay:example.org,smtp,backup=mx2.example.org"
  std::string domain;
  std::uint32_t references = 0, tasks = 0, connections = 0;
  std::optional<Duration> last_connection;
  std::optional<Duration> timeout;
  std::vector<std::string> waiting;    // MX preference secret limits source connector
  std::vector<std::string> connector;  // its flags: NEW, WAIT, ERROR_ROUTE_NET …
};

/// What a domain's hosts said last (show hoststats); kept for four hours.
struct DomainSnapshot {
  std::string domain;
  world::TimePoint at{};
  std::string text;
};

struct Snapshot {
  std::vector<HostSnapshot> hosts;
  std::vector<RouteSnapshot> routes;
  std::vector<RelaySnapshot> relays;
  std::vector<DomainSnapshot> domains;
};

}  // namespace mxlab::delivery
