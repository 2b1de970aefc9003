#include "relay/peer_names.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "relay/world/spawn.hpp"

namespace mxlab::relay {
namespace {

constexpr std::size_t kMaxNames = 10;  // PTR records that are confirmed

}  // namespace

PeerNames::PeerNames(delivery::Context& context, std::shared_ptr<std::size_t> running,
                     std::string session, world::Address address)
    : context_(context),
      running_(std::move(running)),
      session_(std::move(session)),
      address_(address),
      done_(context.world.clock) {}

void PeerNames::start(std::shared_ptr<PeerNames> names) {
  if (*names->running_ >= kMaxLookups) {
    names->failed_ = names->known_ = true;
    return names->announce();
  }
  ++*names->running_;
  world::World& world = names->context_.world;
  world::spawn(world, run(std::move(names)));
}

awaitable<void> PeerNames::run(std::shared_ptr<PeerNames> self) {
  co_await self->look_up();
  --*self->running_;
  self->known_ = true;
  self->announce();
  self->done_.notify();
}

awaitable<void> PeerNames::look_up() {
  auto answer = co_await context_.resolver.names(address_);
  bool failed = answer.status == dns::Status::kTemporaryFailure;
  std::string name = answer.names.empty() ? std::string() : answer.names.front();
  for (std::size_t i = 0; i < std::min(answer.names.size(), kMaxNames) && !confirmed_; ++i) {
    auto forward = co_await context_.resolver.addresses(answer.names[i]);
    failed |= forward.status == dns::Status::kTemporaryFailure;
    confirmed_ = std::ranges::find(forward.addresses, address_) != forward.addresses.end();
    if (confirmed_) name = answer.names[i];
  }
  // Who asks meanwhile shall not see a name whose fate is open.
  name_ = std::move(name);
  failed_ = failed && !confirmed_;
}

awaitable<void> PeerNames::wait_until(world::SteadyPoint until) {
  while (!known_ && context_.world.clock.steady_now() < until) co_await done_.wait_until(until);
}

void PeerNames::announce() {
  if (std::exchange(announced_, true)) return;
  context_.world.journal.info(fmt::format("{} smtp connected address={} host={}", session_,
                                          address_.to_string(),
                                          name_.empty() ? "<unknown>" : name_));
}

}  // namespace mxlab::relay
