// host_notes.hpp - what the sender remembers of hosts and domains while it lives. Pure: time is
// passed in.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "relay/world/address.hpp"
#include "sim/actors/profile.hpp"

namespace mxlab::sim {

using world::Address;
using world::SteadyPoint;

class HostNotes {
 public:
  explicit HostNotes(const SenderProfile& profile) : profile_(profile) {}

  /// Nothing: the host may be used now. Else: from when on.
  std::optional<SteadyPoint> shunned_until(const Address& host, SteadyPoint now) const;
  /// Shuns the host once more; for how long.
  Duration shun(const Address& host, SteadyPoint now);

  /// The domain has answered for a recipient (OpenSMTPD's hoststat, kept for four hours).
  void answered(const std::string& domain, SteadyPoint now);
  /// An envelope failed for want of a host; it is kept if the domain has answered lately.
  void waits_for(const std::string& domain, std::uint64_t envelope, SteadyPoint now);
  /// The envelopes that wait for an answer of the domain; they do so no longer.
  std::set<std::uint64_t> take_waiting(const std::string& domain);

 private:
  struct Shunned {
    std::uint32_t points = 0;
    SteadyPoint until{};
  };
  struct Domain {
    SteadyPoint answered{};
    std::set<std::uint64_t> waiting;
  };
  Duration span_of(std::uint32_t points) const;

  const SenderProfile& profile_;
  std::map<Address, Shunned> shunned_;
  std::map<std::string, Domain> domains_;
};

}  // namespace mxlab::sim
