#include "relay/delivery/host_memory.hpp"

#include <algorithm>

namespace mxlab::delivery {
namespace {
using namespace std::chrono_literals;

constexpr Duration kPenaltyUnit = 15s;
constexpr Duration kLongestPenalty = 3600s;
constexpr Duration kDomainLife = 4h;  // hoststat's TTL
// Beyond these, what has run out is forgotten.
constexpr std::size_t kMostRoutes = 10'000;
constexpr std::size_t kMostDomains = 10'000;

Duration pause_for(std::uint32_t points) {
  // 15·16² is past the hour already; the bound keeps the product small.
  std::uint32_t bounded = std::min(points, 16u);
  return std::min<Duration>(kPenaltyUnit * bounded * bounded, kLongestPenalty);
}

template <class Key>
void take_one(std::map<Key, std::uint32_t>& counts, const Key& key) {
  auto at = counts.find(key);
  if (at != counts.end() && --at->second == 0) counts.erase(at);
}

template <class Key>
std::uint32_t count_of(const std::map<Key, std::uint32_t>& counts, const Key& key) {
  auto at = counts.find(key);
  return at == counts.end() ? 0 : at->second;
}

}  // namespace

/// Each pause that has run out takes one point off and starts the next, shorter one in memory only:
/// the route itself is usable again after the first.
std::uint32_t HostMemory::points_left(const Route& route, SteadyPoint now) {
  std::uint32_t points = route.points;
  for (SteadyPoint until = route.until; points > 0 && until <= now; until += pause_for(points))
    --points;
  return points;
}

bool HostMemory::in_use(const Route& route, SteadyPoint now) {
  return route.attempts + route.connections > 0 || points_left(route, now) > 0;
}

HostMemory::Route& HostMemory::route(const RouteKey& key, SteadyPoint now) {
  if (routes_.size() >= kMostRoutes) forget_old_routes(now);
  Route& route = routes_[key];
  if (route.id == 0) route.id = ++last_id_;
  return route;
}

bool HostMemory::usable(const RouteKey& route, SteadyPoint now) const {
  auto at = routes_.find(route);
  return at == routes_.end() || at->second.until <= now;
}

Duration HostMemory::disable(const RouteKey& key, SteadyPoint now) {
  Route& failed = route(key, now);
  failed.points = points_left(failed, now) + 1;
  ++failed.errors;
  const Duration pause = pause_for(failed.points);
  failed.until = now + pause;
  return pause;
}

bool HostMemory::enable(std::uint64_t id, SteadyPoint now) {
  for (auto& [key, route] : routes_) {
    if (route.id != id) continue;
    if (route.until <= now) return false;
    route.points = route.errors = 0;
    route.until = {};
    return true;
  }
  return false;
}

void HostMemory::forgive(const RouteKey& route) {
  auto at = routes_.find(route);
  if (at == routes_.end()) return;
  at->second.points = 0;
  at->second.until = {};
}

void HostMemory::meet(const RouteKey& key, const std::string& name, SteadyPoint now) {
  Route& tried = route(key, now);
  tried.name = name;
  tried.last_attempt = now;
  ++tried.attempts;
}

void HostMemory::attempt_ended(const RouteKey& key) {
  auto at = routes_.find(key);
  if (at != routes_.end() && at->second.attempts > 0) --at->second.attempts;
}

void HostMemory::connected(const RouteKey& key, SteadyPoint now) {
  Route& used = route(key, now);
  ++used.connections;
  used.ready_once = true;
  used.last_begin = now;
  ++by_peer_[key.peer];
  ++by_source_[key.source];
}

void HostMemory::disconnected(const RouteKey& key, SteadyPoint now) {
  auto at = routes_.find(key);
  if (at == routes_.end() || at->second.connections == 0) return;
  --at->second.connections;
  at->second.last_end = now;
  take_one(by_peer_, key.peer);
  take_one(by_source_, key.source);
}

std::uint32_t HostMemory::connections(const RouteKey& route) const {
  auto at = routes_.find(route);
  return at == routes_.end() ? 0 : at->second.connections;
}

std::uint32_t HostMemory::connections_to(const Address& peer) const {
  return count_of(by_peer_, peer);
}

std::uint32_t HostMemory::connections_from(const Address& source) const {
  return count_of(by_source_, source);
}

std::pair<SteadyPoint, SteadyPoint> HostMemory::last_use(const RouteKey& route) const {
  auto at = routes_.find(route);
  if (at == routes_.end()) return {};
  return {at->second.last_begin, at->second.last_end};
}

void HostMemory::answered(const std::string& domain, SteadyPoint now) {
  if (domains_.size() >= kMostDomains) forget_old_domains(now);
  if (domains_.size() >= kMostDomains && !domains_.contains(domain)) return;
  domains_[domain].last_answer = now;
}

void HostMemory::answered(const std::string& domain, SteadyPoint now, TimePoint at,
                          std::string text) {
  answered(domain, now);
  auto known = domains_.find(domain);
  if (known == domains_.end()) return;
  known->second.at = at;
  known->second.text = std::move(text);
}

void HostMemory::remember(const std::string& domain, queue::EnvelopeId id, SteadyPoint now,
                          std::size_t most) {
  auto at = domains_.find(domain);
  if (at == domains_.end() || at->second.last_answer + kDomainLife < now) return;
  if (at->second.deferred.size() < most) at->second.deferred.insert(id);
}

std::vector<queue::EnvelopeId> HostMemory::take_deferred(const std::string& domain) {
  auto at = domains_.find(domain);
  if (at == domains_.end()) return {};
  std::vector<queue::EnvelopeId> ids(at->second.deferred.begin(), at->second.deferred.end());
  at->second.deferred.clear();
  return ids;
}

std::uint32_t HostMemory::sessions_for(const std::string& domain) const {
  return count_of(sessions_, domain);
}

void HostMemory::session_ended(const std::string& domain) { take_one(sessions_, domain); }

bool HostMemory::blocked(const Address& source, const std::string& domain) const {
  return std::any_of(blocks_.begin(), blocks_.end(), [&](const Block& block) {
    return (block.source.is_unspecified() || block.source == source) &&
           (block.domain.empty() || block.domain == domain);
  });
}

std::optional<Duration> HostMemory::ago(SteadyPoint then, SteadyPoint now) {
  if (then == SteadyPoint{}) return std::nullopt;
  return now - then;
}

void HostMemory::describe(Snapshot& snapshot, SteadyPoint now) const {
  std::map<Address, HostSnapshot> hosts;
  for (const auto& [key, route] : routes_) {
    if (!in_use(route, now)) continue;
    RouteSnapshot shown;
    shown.id = route.id;
    if (!key.source.is_unspecified()) shown.source = key.source.to_string();
    shown.address = key.peer;
    shown.name = route.name;
    shown.never_ready = !route.ready_once;
    shown.disabled = route.until > now;
    shown.connections = route.attempts + route.connections;
    shown.attempts = route.attempts;
    if (route.attempts > 0) shown.trying = now - route.last_attempt;
    shown.errors = route.errors;
    shown.penalty = points_left(route, now);
    if (shown.disabled) shown.timeout = route.until - now;
    HostSnapshot& host = hosts[key.peer];
    host.address = key.peer;
    host.name = route.name;
    ++host.references;
    host.connections += shown.connections;
    if (auto last = ago(std::max(route.last_attempt, route.last_begin), now))
      host.last_connection = std::min(host.last_connection.value_or(*last), *last);
    snapshot.routes.push_back(std::move(shown));
  }
  std::sort(snapshot.routes.begin(), snapshot.routes.end(),
            [](const RouteSnapshot& a, const RouteSnapshot& b) { return a.id < b.id; });
  for (auto& [address, host] : hosts) snapshot.hosts.push_back(std::move(host));
  for (const auto& [name, domain] : domains_)
    if (!domain.text.empty() && domain.last_answer + kDomainLife >= now)
      snapshot.domains.push_back({name, domain.at, domain.text});
}

void HostMemory::forget_old_routes(SteadyPoint now) {
  std::erase_if(routes_, [&](const auto& entry) { return !in_use(entry.second, now); });
}

/// What waits for such a domain keeps its own schedule.
void HostMemory::forget_old_domains(SteadyPoint now) {
  std::erase_if(domains_,
                [&](const auto& entry) { return entry.second.last_answer + kDomainLife < now; });
}

}  // namespace mxlab::delivery
