#include "relay/delivery/destination.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "relay/control/texts.hpp"
#include "relay/smtp/errors.hpp"
#include "relay/world/spawn.hpp"

namespace mxlab::delivery {
namespace {
using namespace std::chrono_literals;

// OpenSMTPD limit.c and mta.c.
constexpr Duration kConnectDelay = 2s;  // between connections of one destination
constexpr Duration kFirstTick = 1s;     // without a usable route, tasks are given up at 1 s, 11 s,
constexpr Duration kTick = 10s;         // 21 s … after the destination's start
constexpr std::size_t kMaxSessions = 20;
constexpr std::uint32_t kMaxPerRoute = 5;
// A task waits so long for a busy session before it gets one of its own.
constexpr Duration kPatience = 5s;
// Between looks whether a host that others use as well has room.
constexpr Duration kBusyPause = 2s;
// Under steady traffic a destination never ends: so often it asks DNS again, and gives hosts that
// have failed another chance.
constexpr Duration kRoundLife = 5min;
// MX hosts whose addresses are looked up; the best ones.
constexpr std::size_t kMaxHosts = 50;
constexpr std::uint16_t kSmtpPort = 25;

/// RFC 5321 5.1: hosts of equal preference are tried in an order of chance.
void shuffle_equals(Route& route, world::Random& random) {
  for (std::size_t begin = 0; begin < route.size();) {
    std::size_t end = begin;
    while (end < route.size() && route[end].preference == route[begin].preference) ++end;
    for (std::size_t i = end - begin; i > 1; --i)
      std::swap(route[begin + i - 1], route[begin + random.next() % i]);
    begin = end;
  }
}

}  // namespace

Destination::Destination(Context& context, Recorder& recorder, DestinationKey key)
    : context_(context),
      recorder_(recorder),
      key_(std::move(key)),
      started_(context.world.clock.steady_now()),
      changed_(context.world.clock) {}

void Destination::add(Task task) {
  task.since = context_.world.clock.steady_now();
  tasks_.push_back(std::move(task));
  notify_all();
}

void Destination::notify_all() {
  changed_.notify();
  for (world::Signal* idle : idle_) idle->notify();
}

awaitable<void> Destination::run(std::shared_ptr<Destination> self) {
  while (!self->idle()) {
    if (self->needs_facts() && !co_await self->find_route()) continue;
    if (self->wants_session())
      co_await connect_next(self);
    else
      co_await self->changed_.wait_until(self->next_look());
  }
}

bool Destination::needs_facts() const {
  if (tasks_.empty()) return false;
  const bool old = context_.world.clock.steady_now() >= round_.since + kRoundLife;
  return round_.route.empty() || (round_.answered && old);
}

/// More tasks than sessions; or one that has waited long, because the peer is slow.
bool Destination::wants_session() const {
  if (tasks_.empty() || sessions_ >= kMaxSessions) return false;
  if (tasks_.size() > sessions_) return true;
  return idle_.empty() && context_.world.clock.steady_now() >= patience_ends();
}

world::SteadyPoint Destination::patience_ends() const {
  return std::max(tasks_.front().since, last_taken_) + kPatience;
}

world::SteadyPoint Destination::next_look() const {
  if (tasks_.empty()) return world::SteadyPoint::max();
  const auto end = patience_ends();
  return context_.world.clock.steady_now() < end ? end : world::SteadyPoint::max();
}

awaitable<bool> Destination::find_route() {
  auto decided = route(co_await gather());
  auto* none = std::get_if<NoRoute>(&decided);
  if (none != nullptr && sessions_ == 0) {
    co_await fail_all(none->permanent, none->failure);
    co_return false;
  }
  // While sessions work, a route that is only old is better than none.
  Round next{none == nullptr ? std::get<Route>(std::move(decided)) : std::move(round_.route),
             context_.world.clock.steady_now(),
             {},
             {},
             sessions_ > 0};
  round_ = std::move(next);
  shuffle_equals(round_.route, context_.world.random);
  co_return true;
}

awaitable<RouteFacts> Destination::gather() {
  RouteFacts facts;
  facts.domain = key_.domain;
  facts.backup = key_.backup;
  facts.own_name = key_.own_name;
  facts.server_name = context_.server_name;
  facts.own_addresses = context_.own_addresses;
  facts.mx = co_await context_.resolver.mx(key_.domain);
  std::vector<dns::Mx> hosts = facts.mx.records;
  if (facts.mx.status == dns::Status::kNoData) hosts = {{0, key_.domain}};  // RFC 5321 5.1
  for (const dns::Mx& mx : hosts) {
    if (facts.hosts.size() >= kMaxHosts) break;
    if (mx.exchange == ".") continue;  // RFC 7505 3: not a host
    facts.hosts.push_back(
        {mx.preference, mx.exchange, co_await context_.resolver.addresses(mx.exchange)});
  }
  co_return facts;
}

awaitable<void> Destination::connect_next(std::shared_ptr<Destination> self) {
  auto& clock = self->context_.world.clock;
  if (clock.steady_now() < self->next_connect_) {
    co_await clock.sleep_until(self->next_connect_);
    co_return;  // what was true before the wait may not be now
  }
  auto hop = self->pick();
  if (!hop && self->sessions_ == 0) co_return co_await self->give_up_at_next_tick();
  if (!hop || !self->has_room(*hop)) co_return co_await self->wait_for_room();
  self->next_connect_ = clock.steady_now() + kConnectDelay;
  auto attempt = co_await self->connect(*hop);
  if (!attempt.connected) co_return self->note_failure(*hop);
  self->round_.answered = true;
  self->last_taken_ = clock.steady_now();
  ++self->sessions_;
  self->context_.hosts.connected(hop->address);
  world::spawn(self->context_.world, converse(self, std::move(*attempt.connected), *hop));
}

/// At the best preference with a usable route, the one with the fewest connections. When they are
/// all merely busy, that preference is waited for: no worse one is taken instead.
std::optional<Hop> Destination::pick() const {
  const auto now = context_.world.clock.steady_now();
  auto rank = [this](const Hop& hop) {
    return std::pair(!has_room(hop), context_.hosts.connections(hop.address));
  };
  std::optional<Hop> best;
  for (const Hop& hop : round_.route) {
    if (best && hop.preference != best->preference) break;
    if (round_.failed.contains(hop.address) || !context_.hosts.usable(hop.address, now)) continue;
    if (!best || rank(hop) < rank(*best)) best = hop;
  }
  return best;
}

bool Destination::has_room(const Hop& hop) const {
  auto ceiling = round_.ceiling.find(hop.address);
  const auto most = ceiling == round_.ceiling.end() ? kMaxPerRoute : ceiling->second;
  return context_.hosts.connections(hop.address) < most;
}

/// Sessions of other destinations count too, and nobody tells us when they end.
awaitable<void> Destination::wait_for_room() {
  co_await changed_.wait_until(context_.world.clock.steady_now() + kBusyPause);
}

/// RFC 3207 4.1: for public MX hosts TLS is opportunistic; when it breaks, once more in the clear.
awaitable<Destination::Attempt> Destination::connect(Hop hop) {
  auto attempt = co_await open(hop, true);
  if (!attempt.tls_failed) co_return attempt;
  context_.world.journal.info(
      fmt::format("smtp-out: opportunistic TLS failed with {}, downgrading to plain", hop.host));
  co_return co_await open(hop, false);
}

awaitable<Destination::Attempt> Destination::open(Hop hop, bool with_tls) {
  auto& outside = context_.world;
  const std::string session = draw_session_id(outside.random);
  outside.journal.info(fmt::format("{} mta connecting address=smtp://{} host={}", session,
                                   world::to_string({hop.address, kSmtpPort}), hop.host));
  std::string trouble;
  try {
    const smtp::ClientTimeouts timeouts;
    auto stream =
        co_await smtp::connect_within(outside, {hop.address, kSmtpPort}, timeouts.connect);
    std::string source = stream->local().address.to_string();
    smtp::ClientOptions options;
    options.helo = key_.helo;
    if (with_tls) options.tls = context_.client_tls;
    options.session = session;
    auto client =
        std::make_unique<smtp::ClientSession>(outside, std::move(stream), std::move(options));
    outside.journal.info(fmt::format("{} mta connected", session));
    auto not_ready = co_await client->start();
    if (!not_ready) co_return Attempt{Connected{std::move(client), session, source}, false};
    trouble = not_ready->reason;
    if (with_tls && not_ready->tls_failed) co_return Attempt{std::nullopt, true};
  } catch (const std::system_error& error) {
    trouble = smtp::describe(error.code());
  }
  outside.journal.info(fmt::format("{} mta error reason={}", session, trouble));
  co_return Attempt{};
}

/// A host that serves us and refuses one more connection is not down: it takes no more at a time.
void Destination::note_failure(const Hop& hop) {
  if (auto open = context_.hosts.connections(hop.address); open > 0) {
    round_.ceiling[hop.address] = std::min(open, kMaxPerRoute);
    return;
  }
  round_.failed.insert(hop.address);
  auto pause = context_.hosts.disable(hop.address, context_.world.clock.steady_now());
  context_.world.journal.info(fmt::format("smtp-out: Disabling route [] <-> {} ({}) for {}",
                                          hop.address.to_string(), hop.host,
                                          control::duration_text(pause)));
}

awaitable<void> Destination::give_up_at_next_tick() {
  auto& clock = context_.world.clock;
  auto tick = started_ + kFirstTick;
  if (auto now = clock.steady_now(); now >= tick) tick += ((now - tick) / kTick + 1) * kTick;
  co_await clock.sleep_until(tick);
  context_.world.journal.info(fmt::format("smtp-out: No valid route for {}", key_.domain));
  for (const Task& task : tasks_)
    for (const Envelope& envelope : task.envelopes)
      context_.hosts.remember(key_.domain, envelope.id, clock.steady_now(),
                              context_.config->max_deferred);
  round_ = {};
  co_await fail_all(false, {"Network error on destination MXs", "4.4.1", {}});
}

awaitable<void> Destination::fail_all(bool permanent, queue::Failure failure) {
  std::vector<Result> results;
  for (const Task& task : tasks_)
    for (const Envelope& envelope : task.envelopes)
      results.push_back({envelope, permanent ? ResultKind::kPermanent : ResultKind::kTemporary,
                         failure, key_.domain, "-", std::string(16, '0')});
  tasks_.clear();
  co_await recorder_.record(std::move(results));
}

}  // namespace mxlab::delivery
