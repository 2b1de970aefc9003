#include "sim/actors/courier.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "relay/control/texts.hpp"
#include "relay/smtp/errors.hpp"
#include "relay/world/spawn.hpp"

namespace mxlab::sim {
namespace {
constexpr std::uint16_t kSmtpPort = 25;
}

Courier::Courier(SenderContext& context, Outbox& outbox, std::string domain)
    : context_(context),
      outbox_(outbox),
      domain_(std::move(domain)),
      started_(context.world.clock.steady_now()),
      changed_(context.world.clock) {}

void Courier::add(Load load) {
  loads_.push_back(std::move(load));
  wake_all();
}

void Courier::wake_all() {
  changed_.notify();
  for (world::Signal* session : lingering_) session->notify();
}

awaitable<void> Courier::run(std::shared_ptr<Courier> self) {
  while (!self->idle()) {
    if (self->hosts_.empty() && !co_await self->look_up()) continue;
    co_await step(self);
  }
}

awaitable<bool> Courier::look_up() {
  auto found = co_await find_hosts(context_.resolver, domain_);
  if (auto* none = std::get_if<NoHosts>(&found)) {
    fail_all(*none);
    co_return false;
  }
  hosts_ = std::get<std::vector<MailHost>>(std::move(found));
  if (context_.profile.equal_order == EqualOrder::kShuffled)
    shuffle_equals(hosts_, context_.world.random);
  co_return true;
}

/// One more connection if there is more to carry than ready sessions could; else waits.
awaitable<void> Courier::step(std::shared_ptr<Courier> self) {
  auto& clock = self->context_.world.clock;
  const SteadyPoint now = clock.steady_now();
  if (self->loads_.size() <= self->sessions_ ||
      self->sessions_ + self->connecting_ >= self->context_.profile.max_sessions)
    co_return co_await self->changed_.wait();
  // The delay comes first: so a host that refused at once costs a lone destination eleven seconds.
  if (now < self->next_connect_) {
    co_await self->changed_.wait_until(self->next_connect_);
    co_return;
  }
  auto next = walk(self->hosts_, self->uses_, self->context_.notes, now);
  if (auto* wait = std::get_if<Wait>(&next)) {
    const SteadyPoint look_again = std::min(wait->free_at, self->tick_after(wait->forgiven_at));
    co_await self->changed_.wait_until(look_again);
  } else if (auto* connect = std::get_if<Connect>(&next)) {
    self->begin(connect->host);
    world::spawn(self->context_.world, try_host(self, connect->host));
  } else if (self->sessions_ + self->connecting_ > 0) {
    co_await self->changed_.wait();
  } else {
    co_await self->give_up();
  }
}

void Courier::begin(const MailHost& host) {
  const SteadyPoint now = context_.world.clock.steady_now();
  next_connect_ = now + context_.profile.connect_delay;
  HostUse& use = uses_[host.address];
  use.connecting = true;
  use.last_connect = now;
  ++connecting_;
}

SteadyPoint Courier::tick_after(SteadyPoint at) const {
  if (at == SteadyPoint::max()) return at;
  const auto& profile = context_.profile;
  SteadyPoint tick = started_ + profile.first_tick;
  if (at >= tick) tick += ((at - tick) / profile.tick + 1) * profile.tick;
  return tick;
}

awaitable<void> Courier::give_up() {
  auto& clock = context_.world.clock;
  co_await clock.sleep_until(tick_after(clock.steady_now()));
  context_.world.journal.info(
      fmt::format("smtp-out: No valid route for [connector:[]->[relay:{},smtp],0x0]", domain_));
  for (const Load& load : loads_)
    for (std::uint64_t envelope : load.envelopes)
      context_.notes.waits_for(domain_, envelope, clock.steady_now());
  fail_all({false, "Network error on destination MXs", "4.4.1"});
}

void Courier::fail_all(const NoHosts& why) {
  std::vector<DeliveryResult> results;
  for (const Load& load : loads_)
    for (std::uint64_t envelope : load.envelopes) {
      DeliveryResult result;
      result.envelope = envelope;
      result.kind = why.permanent ? ResultKind::kPermanent : ResultKind::kTemporary;
      result.text = why.text;
      result.status = why.status;
      result.relay = domain_;
      results.push_back(std::move(result));
    }
  loads_.clear();
  outbox_.settle(results);
}

awaitable<void> Courier::try_host(std::shared_ptr<Courier> self, MailHost host) {
  auto& context = self->context_;
  auto opened = co_await self->open(host, true);
  if (opened.tls_failed) {  // RFC 3207 4.1: opportunistic, so once more in the clear
    context.world.journal.info(
        fmt::format("smtp-out: opportunistic TLS failed with {}, downgrading to plain", host.name));
    opened = co_await self->open(host, false);
  }
  --self->connecting_;
  self->uses_[host.address].connecting = false;
  if (opened.ready) {
    ++self->sessions_;
    ++self->uses_[host.address].sessions;
    self->changed_.notify();
    co_return co_await converse(self, std::move(*opened.ready), host);
  }
  auto span = context.notes.shun(host.address, context.world.clock.steady_now());
  context.world.journal.info(fmt::format("smtp-out: Disabling route [] <-> {} ({}) for {}",
                                         host.address.to_string(), host.name,
                                         control::duration_text(span)));
  self->changed_.notify();
}

awaitable<Courier::Opened> Courier::open(MailHost host, bool with_tls) {
  auto& outside = context_.world;
  const std::string session = SenderSpool::hex(outside.random.next());
  const world::Endpoint peer{host.address, kSmtpPort};
  outside.journal.info(fmt::format("{} mta connecting address=smtp://{} host={}", session,
                                   world::to_string(peer), host.name));
  std::string trouble;
  try {
    const auto& timeouts = context_.profile.timeouts;
    auto stream = co_await smtp::connect_within(outside, peer, timeouts.connect);
    outside.journal.info(fmt::format("{} mta connected", session));
    Ready ready;
    ready.session = session;
    ready.source = stream->local().address.to_string();
    ready.relay = fmt::format("{} ({})", host.address.to_string(), host.name);
    ready.client = std::make_unique<smtp::ClientSession>(
        outside, std::move(stream),
        smtp::ClientOptions{context_.name, with_tls ? context_.tls : nullptr, false, timeouts,
                            session});
    auto not_ready = co_await ready.client->start();
    if (!not_ready) co_return Opened{std::move(ready), false};
    if (with_tls && not_ready->tls_failed) co_return Opened{std::nullopt, true};
    trouble = not_ready->reason;
  } catch (const std::system_error& error) {
    trouble = smtp::describe(error.code());
  }
  outside.journal.info(fmt::format("{} mta error reason={}", session, trouble));
  co_return Opened{};
}

}  // namespace mxlab::sim
