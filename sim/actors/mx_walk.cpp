#include "sim/actors/mx_walk.hpp"

#include <algorithm>
#include <optional>

namespace mxlab::sim {
namespace {

constexpr Duration kSameHostDelay = 5s;    // OpenSMTPD limit.c conn-delay-route
constexpr std::uint32_t kMostPerHost = 5;  // max-conn-per-route

NoHosts lookup_failed() { return {false, "Temporary failure in MX lookup", "4.4.3"}; }

/// The exchanges to look up, or why not.
std::variant<std::vector<dns::Mx>, NoHosts> exchanges_of(const std::string& domain,
                                                         const dns::MxAnswer& answer) {
  switch (answer.status) {
    case dns::Status::kTemporaryFailure:
      return lookup_failed();
    case dns::Status::kNoSuchName:
      return NoHosts{true, "Domain does not exist", "5.1.2"};
    case dns::Status::kNoData:
      return std::vector<dns::Mx>{{0, domain}};  // RFC 5321 5.1
    case dns::Status::kOk:
      break;
  }
  if (answer.records.size() == 1 && answer.records.front().exchange == ".")  // RFC 7505 3
    return NoHosts{true, "Domain does not accept mail", "5.1.10"};
  return answer.records;
}

/// One preference's hosts, looked at together.
struct Level {
  std::optional<MailHost> best;  // the one with the fewest connections
  std::uint32_t fewest = 0;
  bool busy = false;
  SteadyPoint free_at = SteadyPoint::max();  // of a busy one

  void look_at(const MailHost& host, const HostUse& use, SteadyPoint now) {
    const SteadyPoint next = use.last_connect + kSameHostDelay;
    if (use.connecting || use.sessions >= kMostPerHost) {
      busy = true;
    } else if (use.sessions > 0 && next > now) {
      busy = true;
      free_at = std::min(free_at, next);
    } else if (!best || use.sessions < fewest) {
      best = host;
      fewest = use.sessions;
    }
  }
};

HostUse use_of(const HostUses& uses, const Address& address) {
  auto at = uses.find(address);
  return at == uses.end() ? HostUse() : at->second;
}

}  // namespace

awaitable<HostList> find_hosts(dns::Resolver& resolver, std::string domain) {
  auto exchanges = exchanges_of(domain, co_await resolver.mx(domain));
  if (auto* none = std::get_if<NoHosts>(&exchanges)) co_return *none;
  std::vector<MailHost> hosts;
  bool unknown = false;
  for (const dns::Mx& mx : std::get<std::vector<dns::Mx>>(exchanges)) {
    if (mx.exchange == ".") continue;
    auto answer = co_await resolver.addresses(mx.exchange);
    unknown |= answer.status == dns::Status::kTemporaryFailure;
    for (const Address& address : answer.addresses)
      hosts.push_back({mx.preference, mx.exchange, address});
  }
  if (!hosts.empty()) co_return hosts;
  if (unknown) co_return lookup_failed();
  co_return NoHosts{false, "No MX found for domain", "4.4.4"};
}

void shuffle_equals(std::vector<MailHost>& hosts, world::Random& random) {
  for (std::size_t i = hosts.size(); i > 1; --i) std::swap(hosts[i - 1], hosts[random.next() % i]);
  std::stable_sort(hosts.begin(), hosts.end(), [](const MailHost& a, const MailHost& b) {
    return a.preference < b.preference;
  });
}

WalkStep walk(const std::vector<MailHost>& hosts, const HostUses& uses, const HostNotes& notes,
              SteadyPoint now) {
  SteadyPoint forgiven_at = SteadyPoint::max();
  for (auto host = hosts.begin(); host != hosts.end();) {
    Level level;
    const auto preference = host->preference;
    for (; host != hosts.end() && host->preference == preference; ++host) {
      if (auto until = notes.shunned_until(host->address, now))
        forgiven_at = std::min(forgiven_at, *until);
      else
        level.look_at(*host, use_of(uses, host->address), now);
    }
    if (level.best) return Connect{*level.best};
    if (level.busy) return Wait{level.free_at, forgiven_at};
  }
  return AllShunned{};
}

}  // namespace mxlab::sim
