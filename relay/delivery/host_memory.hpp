// host_memory.hpp - what we remember of hosts between attempts. Pure: time is passed in.
//
// A route (one address of ours, one of a peer) that failed before its session was ready is left
// alone for 15 s times its penalty squared, at most an hour (OpenSMTPD mta_route_disable). A domain
// that has answered lately gets its waiting mail rescheduled when it answers again (hoststat).
// What the operator has blocked stands here too.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "relay/delivery/snapshot.hpp"
#include "relay/queue/envelope.hpp"
#include "relay/world/address.hpp"
#include "relay/world/time.hpp"

namespace mxlab::delivery {

using world::Address;
using world::Duration;
using world::SteadyPoint;
using world::TimePoint;

/// One way from us to a peer. An unspecified source is the system's choice.
struct RouteKey {
  RouteKey(Address p) : peer(std::move(p)) {}
  RouteKey(Address s, Address p) : source(std::move(s)), peer(std::move(p)) {}
  Address source, peer;
  std::strong_ordering operator<=>(const RouteKey&) const = default;
  bool operator==(const RouteKey&) const = default;
};

/// "pause mta from ADDRESS for DOMAIN": an unspecified source is every one, an empty domain too.
struct Block {
  Address source;
  std::string domain;
  std::strong_ordering operator<=>(const Block&) const = default;
  bool operator==(const Block&) const = default;
};

class HostMemory {
 public:
  // --- routes ---
  bool usable(const RouteKey& route, SteadyPoint now) const;
  /// Raises the penalty; returns for how long the route is disabled.
  Duration disable(const RouteKey& route, SteadyPoint now);
  /// A route by the id that a snapshot gave it; false when it is unknown or not disabled.
  bool enable(std::uint64_t id, SteadyPoint now);
  /// Whatever was, the route is worth another attempt at once.
  void forgive(const RouteKey& route);
  /// A connection is about to be tried; the peer's name is for snapshots. Until `attempt_ended`
  /// snapshots show it as a connection, as OpenSMTPD does: it may hang for minutes.
  void meet(const RouteKey& route, const std::string& name, SteadyPoint now);
  void attempt_ended(const RouteKey& route);
  void connected(const RouteKey& route, SteadyPoint now);
  void disconnected(const RouteKey& route, SteadyPoint now);
  std::uint32_t connections(const RouteKey& route) const;
  std::uint32_t connections_to(const Address& peer) const;
  std::uint32_t connections_from(const Address& source) const;
  /// When the last connection was made, and when the last one ended.
  std::pair<SteadyPoint, SteadyPoint> last_use(const RouteKey& route) const;

  // --- domains ---
  /// A session got far enough to give an answer for a recipient of this domain.
  void answered(const std::string& domain, SteadyPoint now);
  void answered(const std::string& domain, SteadyPoint now, TimePoint at, std::string text);
  /// Remembers an envelope that failed for its route, if the domain has answered lately.
  void remember(const std::string& domain, queue::EnvelopeId id, SteadyPoint now, std::size_t most);
  /// The remembered envelopes of the domain, which are then forgotten.
  std::vector<queue::EnvelopeId> take_deferred(const std::string& domain);
  /// Sessions of all destinations that carry mail for this domain.
  std::uint32_t sessions_for(const std::string& domain) const;
  void session_began(const std::string& domain) { ++sessions_[domain]; }
  void session_ended(const std::string& domain);

  // --- blocks; false when it is so already ---
  bool block(const Block& block) { return blocks_.insert(block).second; }
  bool unblock(const Block& block) { return blocks_.erase(block) != 0; }
  bool blocked(const Address& source, const std::string& domain) const;
  const std::set<Block>& blocks() const { return blocks_; }

  /// Hosts, routes and domains; relays are the destinations' to tell.
  void describe(Snapshot& snapshot, SteadyPoint now) const;

 private:
  struct Route {
    std::uint64_t id = 0;
    std::string name;
    std::uint32_t points = 0;                   // of its penalty
    SteadyPoint until{};                        // disabled
    std::uint32_t attempts = 0;                 // that are not ready yet
    std::uint32_t connections = 0, errors = 0;  // ready ones; failures
    bool ready_once = false;
    SteadyPoint last_attempt{}, last_begin{}, last_end{};
  };
  struct Domain {
    SteadyPoint last_answer{};
    TimePoint at{};
    std::string text;
    std::set<queue::EnvelopeId> deferred;
  };
  Route& route(const RouteKey& key, SteadyPoint now);
  static std::uint32_t points_left(const Route& route, SteadyPoint now);
  static bool in_use(const Route& route, SteadyPoint now);
  static std::optional<Duration> ago(SteadyPoint then, SteadyPoint now);
  void forget_old_routes(SteadyPoint now);
  void forget_old_domains(SteadyPoint now);

  std::map<RouteKey, Route> routes_;
  std::uint64_t last_id_ = 0;
  std::map<Address, std::uint32_t> by_peer_, by_source_;
  std::map<std::string, Domain> domains_;
  std::map<std::string, std::uint32_t> sessions_;
  std::set<Block> blocks_;
};

}  // namespace mxlab::delivery
