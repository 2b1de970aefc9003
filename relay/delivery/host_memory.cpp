#include "relay/delivery/host_memory.hpp"

#include <algorithm>

namespace mxlab::delivery {
namespace {
using namespace std::chrono_literals;

constexpr Duration kPenaltyUnit = 15s;
constexpr Duration kLongestPenalty = 3600s;
constexpr Duration kDomainLife = 4h;  // hoststat's TTL
// Beyond these, what has run out is forgotten.
constexpr std::size_t kMostPenalties = 10'000;
constexpr std::size_t kMostDomains = 10'000;

Duration pause_for(std::uint32_t points) {
  // 15·16² is past the hour already; the bound keeps the product small.
  std::uint32_t bounded = std::min(points, 16u);
  return std::min<Duration>(kPenaltyUnit * bounded * bounded, kLongestPenalty);
}

}  // namespace

/// Each pause that has run out takes one point off and starts the next, shorter one in memory only:
/// the route itself is usable again after the first.
HostMemory::Penalty HostMemory::current(const Address& address, SteadyPoint now) const {
  auto at = penalties_.find(address);
  if (at == penalties_.end()) return {};
  Penalty penalty = at->second;
  while (penalty.points > 0 && penalty.until <= now) {
    --penalty.points;
    penalty.until += pause_for(penalty.points);
  }
  return penalty;
}

bool HostMemory::usable(const Address& address, SteadyPoint now) const {
  auto at = penalties_.find(address);
  return at == penalties_.end() || at->second.until <= now;
}

Duration HostMemory::disable(const Address& address, SteadyPoint now) {
  if (penalties_.size() >= kMostPenalties) forget_old_penalties(now);
  std::uint32_t points = current(address, now).points + 1;
  Duration pause = pause_for(points);
  penalties_[address] = {points, now + pause};
  return pause;
}

void HostMemory::disconnected(const Address& address) {
  auto at = connections_.find(address);
  if (at != connections_.end() && --at->second == 0) connections_.erase(at);
}

std::uint32_t HostMemory::connections(const Address& address) const {
  auto at = connections_.find(address);
  return at == connections_.end() ? 0 : at->second;
}

void HostMemory::answered(const std::string& domain, SteadyPoint now) {
  if (domains_.size() >= kMostDomains) forget_old_domains(now);
  if (domains_.size() >= kMostDomains && !domains_.contains(domain)) return;
  domains_[domain].last_answer = now;
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

void HostMemory::forget_old_penalties(SteadyPoint now) {
  std::erase_if(penalties_,
                [&](const auto& entry) { return current(entry.first, now).points == 0; });
}

/// What waits for such a domain keeps its own schedule.
void HostMemory::forget_old_domains(SteadyPoint now) {
  std::erase_if(domains_,
                [&](const auto& entry) { return entry.second.last_answer + kDomainLife < now; });
}

}  // namespace mxlab::delivery
