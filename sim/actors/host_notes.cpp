#include "sim/actors/host_notes.hpp"

#include <algorithm>

namespace mxlab::sim {
namespace {
constexpr Duration kDomainMemory = 4h;     // OpenSMTPD mta.c, hoststat
constexpr std::size_t kMostWaiting = 100;  // mta max-deferred
}  // namespace

Duration HostNotes::span_of(std::uint32_t points) const {
  const auto p = static_cast<std::int64_t>(std::min(points, 1000u));
  return std::min<Duration>(profile_.penalty_unit * p * p, profile_.longest_penalty);
}

std::optional<SteadyPoint> HostNotes::shunned_until(const Address& host, SteadyPoint now) const {
  auto at = shunned_.find(host);
  if (at == shunned_.end() || at->second.until <= now) return std::nullopt;
  return at->second.until;
}

/// When a span has run out, a point goes; the next point goes after the next, shorter span.
Duration HostNotes::shun(const Address& host, SteadyPoint now) {
  Shunned& shunned = shunned_[host];
  while (shunned.points > 0 && shunned.until <= now) shunned.until += span_of(--shunned.points);
  const Duration span = span_of(++shunned.points);
  shunned.until = now + span;
  return span;
}

void HostNotes::answered(const std::string& domain, SteadyPoint now) {
  domains_[domain].answered = now;
}

void HostNotes::waits_for(const std::string& domain, std::uint64_t envelope, SteadyPoint now) {
  auto at = domains_.find(domain);
  if (at == domains_.end() || at->second.answered + kDomainMemory < now) return;
  if (at->second.waiting.size() < kMostWaiting) at->second.waiting.insert(envelope);
}

std::set<std::uint64_t> HostNotes::take_waiting(const std::string& domain) {
  auto at = domains_.find(domain);
  return at == domains_.end() ? std::set<std::uint64_t>() : std::exchange(at->second.waiting, {});
}

}  // namespace mxlab::sim
