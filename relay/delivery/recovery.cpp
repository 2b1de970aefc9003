#include "relay/delivery/recovery.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "relay/smtp/probe.hpp"
#include "relay/world/spawn.hpp"

namespace mxlab::delivery {
namespace {

// Domains that are watched, and hosts that are asked for each: what is beyond keeps its schedule.
constexpr std::size_t kMostWatches = 200;
constexpr std::size_t kMostHosts = 4;
// After each false hope the pause doubles, so often at most.
constexpr std::uint32_t kMostDoublings = 6;

}  // namespace

void Recovery::lost(const std::string& domain, const Route& route) {
  if (!context_.config->recovery_probe || route.empty()) return;
  auto at = watches_.find(domain);
  if (at == watches_.end() && watches_.size() >= kMostWatches) return;
  const bool known = at != watches_.end();
  auto watch = known ? at->second : std::make_shared<Watch>();
  watch->route.assign(route.begin(), route.begin() + static_cast<std::ptrdiff_t>(
                                                         std::min(route.size(), kMostHosts)));
  if (std::exchange(watch->rung, false)) ++watch->false_hopes;
  if (known) return;
  watches_[domain] = watch;
  world::spawn(context_.world, keep(this, domain, watch));
}

/// Nobody has rung yet: what waits for the domain would go on waiting, and nobody watches any more.
void Recovery::found(const std::string& domain) {
  auto at = watches_.find(domain);
  if (at == watches_.end()) return;
  const bool rung = at->second->rung;
  watches_.erase(at);
  if (!rung && context_.config->recovery_probe)
    world::spawn(context_.world, wake_rest(this, domain));
}

awaitable<void> Recovery::wake_rest(Recovery* self, std::string domain) {
  const auto count = co_await self->wake(domain);
  if (count.value_or(0) > 0)
    self->context_.world.journal.info(
        fmt::format("smtp-out: mail for {0} gets through, {1} envelopes for {0} are tried now",
                    domain, *count));
}

/// Nothing when the queue cannot be read.
awaitable<std::optional<std::size_t>> Recovery::wake(std::string domain) {
  std::string trouble;
  try {
    co_return co_await wake_(domain);
  } catch (const std::system_error& error) {
    trouble = error.what();
  }
  context_.world.journal.warn("smtp-out: cannot wake the queue of " + domain + ": " + trouble);
  co_return std::nullopt;
}

bool Recovery::is_watched(const std::string& domain, const std::shared_ptr<Watch>& watch) const {
  auto at = watches_.find(domain);
  return at != watches_.end() && at->second == watch;
}

/// Between three and five quarters of what is configured, so that a hundred backups do not all come
/// in the same second.
Duration Recovery::pause(const Watch& watch) const {
  const Duration usual = context_.config->recovery_probe.value_or(Duration::zero());
  const auto chance = static_cast<std::int64_t>(context_.world.random.next() % 1024);
  const Duration varied = usual * 3 / 4 + usual / 2 * chance / 1024;
  return varied * (std::int64_t{1} << std::min(watch.false_hopes, kMostDoublings));
}

awaitable<void> Recovery::keep(Recovery* self, std::string domain, std::shared_ptr<Watch> watch) {
  auto& context = self->context_;
  context.world.journal.info(fmt::format("smtp-out: watching for the recovery of {}", domain));
  while (self->is_watched(domain, watch) && context.config->recovery_probe) {
    co_await context.world.clock.sleep_for(self->pause(*watch));
    if (watch->rung) continue;
    const Route route = watch->route;
    for (const Hop& hop : route) {
      if (!self->is_watched(domain, watch) || !co_await self->greets(hop)) continue;
      co_await self->ring(domain, watch, hop);
      break;
    }
  }
  if (self->is_watched(domain, watch)) self->watches_.erase(domain);  // switched off
}

awaitable<bool> Recovery::greets(Hop hop) {
  context_.counters.add("mta.probe");
  smtp::Probe probe;
  probe.peer = {hop.address, hop.port};
  probe.source = hop.source;
  probe.session = draw_session_id(context_.world.random);
  const bool well = co_await smtp::answers(context_.world, std::move(probe));
  if (well) context_.counters.add("mta.probe.answered");
  co_return well;
}

awaitable<void> Recovery::ring(std::string domain, std::shared_ptr<Watch> watch, Hop hop) {
  if (!is_watched(domain, watch)) co_return;
  context_.hosts.forgive({hop.source, hop.address});
  watch->rung = true;
  const auto count = co_await wake(domain);
  if (!count) {
    watch->rung = false;
    co_return;
  }
  context_.world.journal.info(
      fmt::format("smtp-out: {} ({}) answers again, {} envelopes for {} are "
                  "tried now",
                  hop.address.to_string(), hop.host, *count, domain));
  if (*count == 0 && is_watched(domain, watch)) watches_.erase(domain);
}

}  // namespace mxlab::delivery
