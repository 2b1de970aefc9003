// host_memory.hpp - what we remember of hosts between attempts. Pure: time is passed in.
//
// A route (one address) that failed before its session was ready is left alone for 15 s times its
// penalty squared, at most an hour (OpenSMTPD mta_route_disable). A domain that has answered lately
// gets its waiting mail rescheduled when it answers again (hoststat).
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "relay/queue/envelope.hpp"
#include "relay/world/address.hpp"
#include "relay/world/time.hpp"

namespace mxlab::delivery {

using world::Address;
using world::Duration;
using world::SteadyPoint;

class HostMemory {
 public:
  // --- routes ---
  bool usable(const Address& address, SteadyPoint now) const;
  /// Raises the penalty; returns for how long the route is disabled.
  Duration disable(const Address& address, SteadyPoint now);
  void connected(const Address& address) { ++connections_[address]; }
  void disconnected(const Address& address);
  std::uint32_t connections(const Address& address) const;

  // --- domains ---
  /// A session got far enough to give an answer for a recipient of this domain.
  void answered(const std::string& domain, SteadyPoint now);
  /// Remembers an envelope that failed for its route, if the domain has answered lately.
  void remember(const std::string& domain, queue::EnvelopeId id, SteadyPoint now, std::size_t most);
  /// The remembered envelopes of the domain, which are then forgotten.
  std::vector<queue::EnvelopeId> take_deferred(const std::string& domain);

 private:
  struct Penalty {
    std::uint32_t points = 0;
    SteadyPoint until{};
  };
  struct Domain {
    SteadyPoint last_answer{};
    std::set<queue::EnvelopeId> deferred;
  };
  Penalty current(const Address& address, SteadyPoint now) const;
  void forget_old_penalties(SteadyPoint now);
  void forget_old_domains(SteadyPoint now);

  std::map<Address, Penalty> penalties_;
  std::map<Address, std::uint32_t> connections_;
  std::map<std::string, Domain> domains_;
};

}  // namespace mxlab::delivery
