// mx_walk.hpp - which hosts take mail for a domain, in which order, and which of them is next.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "relay/dns/resolver.hpp"
#include "sim/actors/host_notes.hpp"

namespace mxlab::sim {

using world::awaitable;

/// One address of one exchange.
struct MailHost {
  std::uint16_t preference = 0;
  std::string name;
  Address address;
};

/// Why there is none.
struct NoHosts {
  bool permanent = false;
  std::string text, status;
};
using HostList = std::variant<std::vector<MailHost>, NoHosts>;

/// Best first; equal preferences in the order of the answer. Asks the DNS.
awaitable<HostList> find_hosts(dns::Resolver& resolver, std::string domain);
/// Shuffles the hosts within each preference.
void shuffle_equals(std::vector<MailHost>& hosts, world::Random& random);

/// What the sender does with a host at the moment.
struct HostUse {
  bool connecting = false;     // a first connection is being made: nobody knows yet what it is
  std::uint32_t sessions = 0;  // ready ones
  SteadyPoint last_connect{};  // meaningful while there are sessions
};
using HostUses = std::map<Address, HostUse>;

/// The next step of the walk.
struct Connect {
  MailHost host;
};
struct Wait {                                    // until something changes, or …
  SteadyPoint free_at = SteadyPoint::max();      // … a busy host may be connected to once more
  SteadyPoint forgiven_at = SteadyPoint::max();  // … a better host is not shunned any more
};
struct AllShunned {};
using WalkStep = std::variant<Connect, Wait, AllShunned>;

/// Pure. From the best preference down: a level is left only when all of its hosts are shunned;
/// while one of them is busy the walk waits, until it changes or a better host is forgiven.
WalkStep walk(const std::vector<MailHost>& hosts, const HostUses& uses, const HostNotes& notes,
              SteadyPoint now);

}  // namespace mxlab::sim
