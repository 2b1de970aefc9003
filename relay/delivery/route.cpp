#include "relay/delivery/route.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <strings.h>

namespace mxlab::delivery {
namespace {

bool same_name(const std::string& a, const std::string& b) {
  return strcasecmp(a.c_str(), b.c_str()) == 0;
}

NoRoute temporary(std::string text, std::string enhanced) {
  return {false, {std::move(text), std::move(enhanced), {}}};
}

NoRoute permanent(std::string text, std::string enhanced) {
  return {true, {std::move(text), std::move(enhanced), {}}};
}

bool is_null_mx(const dns::MxAnswer& mx) {  // RFC 7505 3
  return mx.records.size() == 1 && mx.records.front().exchange == ".";
}

std::optional<NoRoute> refuse_by_answer(const RouteFacts& facts) {
  switch (facts.mx.status) {
    case dns::Status::kTemporaryFailure:
      return temporary("Temporary failure in MX lookup", "4.4.3");
    case dns::Status::kNoSuchName:
      return permanent("Domain does not exist", "5.1.2");
    case dns::Status::kNoData:
      // RFC 5321 5.1 would send to the domain's own address. A backup must not: nobody has told it
      // who its primary is.
      if (facts.backup)
        return temporary(
            fmt::format("No MX found for {}: a backup cannot know its primary", facts.domain),
            "4.4.4");
      return std::nullopt;
    case dns::Status::kOk:
      if (is_null_mx(facts.mx)) return permanent("Domain does not accept mail", "5.1.10");
      return std::nullopt;
  }
  return std::nullopt;
}

bool has_our_name(const RouteFacts& facts, const MxHost& host) {
  return same_name(host.name, facts.own_name) || same_name(host.name, facts.server_name);
}

const dns::Address* address_of_ours(const RouteFacts& facts, const MxHost& host) {
  for (const dns::Address& address : host.addresses.addresses)
    if (std::find(facts.own_addresses.begin(), facts.own_addresses.end(), address) !=
        facts.own_addresses.end())
      return &address;
  return nullptr;
}

bool is_ourselves(const RouteFacts& facts, const MxHost& host) {
  return has_our_name(facts, host) || address_of_ours(facts, host) != nullptr;
}

/// The best preference at which we stand ourselves, by name or by address.
std::optional<std::uint16_t> own_preference(const RouteFacts& facts) {
  std::optional<std::uint16_t> best;
  for (const MxHost& host : facts.hosts)
    if (is_ourselves(facts, host) && (!best || host.preference < *best)) best = host.preference;
  return best;
}

/// With an address unknown, "not ourselves" is not proved.
bool any_address_unknown(const RouteFacts& facts) {
  return std::any_of(facts.hosts.begin(), facts.hosts.end(), [](const MxHost& host) {
    return host.addresses.status == dns::Status::kTemporaryFailure;
  });
}

NoRoute unknown_preference(const RouteFacts& facts) {
  if (any_address_unknown(facts)) return temporary("Temporary failure in MX lookup", "4.4.3");
  return temporary(fmt::format("{} is not among the MX hosts of {}: cannot tell which are better "
                               "(set `relay backup mx NAME`)",
                               facts.own_name, facts.domain),
                   "4.4.4");
}

NoRoute nothing_better(const RouteFacts& facts) {
  if (facts.backup) return temporary("No MX found for destination", "4.4.4");
  // RFC 5321 5.1: the best MX host is ourselves, and no rule says that the domain is local.
  return permanent(fmt::format("Mail for {} loops back to myself", facts.domain), "5.4.6");
}

NoRoute nothing_resolves(const RouteFacts& facts) {
  return any_address_unknown(facts) ? temporary("Temporary failure in MX lookup", "4.4.3")
                                    : temporary("No MX found for domain", "4.4.4");
}

std::variant<Route, NoRoute> route_by_mx(const RouteFacts& facts) {
  if (auto refused = refuse_by_answer(facts)) return *refused;
  auto own = own_preference(facts);
  if (facts.backup && !own) return unknown_preference(facts);

  Route hops;
  bool better_exists = false;
  for (const MxHost& host : facts.hosts) {
    if (own && host.preference >= *own) continue;  // RFC 5321 5.1: ourselves and all that is worse
    better_exists = true;
    for (const dns::Address& address : host.addresses.addresses) {
      hops.push_back({host.preference, host.name, address});
      hops.back().tls = facts.tls.value_or(config::RelayTls::kOpportunistic);
    }
  }
  if (!better_exists && own) return nothing_better(facts);
  if (hops.empty()) return nothing_resolves(facts);
  std::stable_sort(hops.begin(), hops.end(),
                   [](const Hop& a, const Hop& b) { return a.preference < b.preference; });
  return hops;
}

/// A name that is wrong in smtpd.conf is mended by a person, so mail waits for that.
NoRoute given_host_unknown(const RouteFacts& facts) {
  std::string names;
  for (const GivenHost& host : facts.given) {
    if (host.addresses.status == dns::Status::kTemporaryFailure)
      return temporary("Temporary failure in lookup of relay host " + host.url.host, "4.4.3");
    names += (names.empty() ? "" : ", ") + host.url.host;
  }
  return temporary("No address found for relay host " + names, "4.4.4");
}

std::variant<Route, NoRoute> route_by_hosts(const RouteFacts& facts) {
  Route hops;
  for (const GivenHost& host : facts.given)
    for (const dns::Address& address : host.addresses.addresses)
      hops.push_back({0, host.url.host, address, host.url.port, host.url.protocol,
                      facts.tls.value_or(host.url.tls), host.url.label});
  if (hops.empty()) return given_host_unknown(facts);
  return hops;
}

/// Each hop once from every address of ours that can reach it.
std::variant<Route, NoRoute> from_our_addresses(const RouteFacts& facts, const Route& hops) {
  Route reachable;
  for (const Hop& hop : hops) {
    if (facts.only_ipv6 && *facts.only_ipv6 != hop.address.is_v6()) continue;
    if (facts.sources.empty()) reachable.push_back(hop);
    for (const dns::Address& source : facts.sources) {
      if (source.is_v6() != hop.address.is_v6()) continue;
      reachable.push_back(hop);
      reachable.back().source = source;
    }
  }
  if (reachable.empty()) return temporary("Address family mismatch on destination MXs", "4.4.4");
  return reachable;
}

}  // namespace

std::variant<Route, NoRoute> route(const RouteFacts& facts) {
  auto found = facts.given.empty() ? route_by_mx(facts) : route_by_hosts(facts);
  if (auto* hops = std::get_if<Route>(&found)) return from_our_addresses(facts, *hops);
  return found;
}

std::string standing_of_ourselves(const RouteFacts& facts) {
  const auto own = own_preference(facts);
  if (!facts.backup || !own) return {};
  const MxHost& host = *std::ranges::find_if(facts.hosts, [&](const MxHost& candidate) {
    return candidate.preference == *own && is_ourselves(facts, candidate);
  });
  std::string text = fmt::format("{}, preference {}, is this host", host.name, *own);
  if (!has_our_name(facts, host))
    text += fmt::format(": {} is our address", address_of_ours(facts, host)->to_string());
  return text;
}

}  // namespace mxlab::delivery
