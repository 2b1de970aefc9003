// resolver.hpp - the stub resolver: questions to the configured servers over World::network.
//
// UDP first, TCP when truncated, retries, a cache by TTL (negative answers too, RFC 2308), a limit
// on CNAME chains. A server that fails is not a name that does not exist: the two never mix.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "relay/world/world.hpp"

namespace mxlab::dns {

using world::Address;
using world::awaitable;
using world::Duration;
using world::Endpoint;

enum class Status {
  kOk,
  kNoData,            // the name exists, such records do not
  kNoSuchName,        // NXDOMAIN
  kTemporaryFailure,  // SERVFAIL, REFUSED, silence, nonsense, a CNAME loop: try again later
};

struct Mx {
  std::uint16_t preference = 0;
  std::string exchange;  // lower case, without the final dot; "." alone is RFC 7505's null MX
  auto operator<=>(const Mx&) const = default;
};

struct MxAnswer {
  Status status = Status::kTemporaryFailure;
  std::vector<Mx> records;  // sorted by preference, equal ones in the order of the answer
  std::string reason;       // of a failure, for people: "SERVFAIL from 192.0.2.53"
};

struct AddressAnswer {
  Status status = Status::kTemporaryFailure;
  std::vector<Address> addresses;  // IPv4 and IPv6 in the order of the answers
  std::string reason;
};

struct NameAnswer {
  Status status = Status::kTemporaryFailure;
  std::vector<std::string> names;
  std::string reason;
};

struct ResolverOptions {
  std::vector<Endpoint> servers;
  Duration timeout = std::chrono::seconds(5);  // per try (resolv.conf(5))
  int attempts = 2;                            // rounds over all servers
};

class Resolver {
 public:
  Resolver(world::World& world, ResolverOptions options);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  awaitable<MxAnswer> mx(std::string domain);
  /// A and AAAA. kOk when either has addresses; kTemporaryFailure when none was found and either
  /// question failed.
  awaitable<AddressAnswer> addresses(std::string host);
  /// PTR of an address.
  awaitable<NameAnswer> names(Address address);
  /// Forgets the cache.
  void flush();
  /// Asks these from the next question on; what is remembered stays.
  void use_servers(std::vector<Endpoint> servers);

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

/// The servers of a resolv.conf(5) text.
std::vector<Endpoint> parse_resolv_conf(std::string_view text);

}  // namespace mxlab::dns
