#include "relay/delivery/facts.hpp"

namespace mxlab::delivery {
namespace {

// MX hosts whose addresses are looked up; the best ones.
constexpr std::size_t kMaxHosts = 50;

/// `src` names addresses; what is none has been refused when the configuration was read.
std::vector<dns::Address> addresses_of(const std::vector<std::string>& sources) {
  std::vector<dns::Address> addresses;
  for (const std::string& source : sources) {
    std::error_code error;
    auto address = asio::ip::make_address(source, error);
    if (!error) addresses.push_back(address);
  }
  return addresses;
}

awaitable<void> gather_mx(dns::Resolver& resolver, RouteFacts& facts) {
  facts.mx = co_await resolver.mx(facts.domain);
  std::vector<dns::Mx> hosts = facts.mx.records;
  if (facts.mx.status == dns::Status::kNoData) hosts = {{0, facts.domain}};  // RFC 5321 5.1
  for (const dns::Mx& mx : hosts) {
    if (facts.hosts.size() >= kMaxHosts) break;
    if (mx.exchange == ".") continue;  // RFC 7505 3: not a host
    // Awaited apart: half an aggregate would leak if the coroutine ended here.
    auto addresses = co_await resolver.addresses(mx.exchange);
    facts.hosts.push_back({mx.preference, mx.exchange, std::move(addresses)});
  }
}

awaitable<void> gather_given(dns::Resolver& resolver, const Way& way, RouteFacts& facts) {
  for (const config::RelayUrl& url : way.hosts) {
    if (facts.given.size() >= kMaxHosts) break;
    GivenHost host{url, {}};
    std::error_code error;
    auto literal = asio::ip::make_address(url.host, error);
    if (error)
      host.addresses = co_await resolver.addresses(url.host);
    else
      host.addresses = {dns::Status::kOk, {literal}, {}};
    facts.given.push_back(std::move(host));
  }
}

}  // namespace

awaitable<RouteFacts> gather_facts(Context& context, Way way) {
  RouteFacts facts;
  facts.domain = way.key.domain;
  facts.backup = way.key.backup;
  facts.own_name = way.key.own_name;
  facts.server_name = context.server_name;
  facts.own_addresses = context.own_addresses;
  facts.sources = addresses_of(way.action.sources);
  facts.only_ipv6 = limits_for(*context.config, way.key.domain).only_ipv6;
  facts.tls = way.action.tls;
  if (way.hosts.empty())
    co_await gather_mx(context.resolver, facts);
  else
    co_await gather_given(context.resolver, way, facts);
  co_return facts;
}

}  // namespace mxlab::delivery
