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
  tasks_.push_back(std::move(task));
  notify_all();
}

void Destination::notify_all() {
  changed_.notify();
  for (world::Signal* idle : idle_) idle->notify();
}

awaitable<void> Destination::run(std::shared_ptr<Destination> self) {
  while (!self->idle()) {
    if (self->route_.empty() && !co_await self->find_route()) continue;
    if (self->tasks_.size() > self->sessions_ && self->sessions_ < kMaxSessions)
      co_await connect_next(self);
    else
      co_await self->changed_.wait();
  }
}

awaitable<bool> Destination::find_route() {
  auto decided = route(co_await gather());
  if (auto* none = std::get_if<NoRoute>(&decided)) {
    co_await fail_all(none->permanent, none->failure);
    co_return false;
  }
  route_ = std::get<Route>(std::move(decided));
  shuffle_equals(route_, context_.world.random);
  co_return true;
}

awaitable<RouteFacts> Destination::gather() {
  RouteFacts facts;
  facts.domain = key_.domain;
  facts.backup = key_.backup;
  facts.own_name = key_.own_name;
  facts.own_addresses = context_.own_addresses;
  facts.mx = co_await context_.resolver.mx(key_.domain);
  std::vector<dns::Mx> hosts = facts.mx.records;
  if (facts.mx.status == dns::Status::kNoData) hosts = {{0, key_.domain}};  // RFC 5321 5.1
  for (const dns::Mx& mx : hosts) {
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
  if (!hop || self->context_.hosts.connections(hop->address) >= kMaxPerRoute)
    co_return co_await self->changed_.wait();
  self->next_connect_ = clock.steady_now() + kConnectDelay;
  auto attempt = co_await self->connect(*hop);
  if (!attempt.connected) co_return self->disable(*hop);
  ++self->sessions_;
  self->context_.hosts.connected(hop->address);
  world::spawn(self->context_.world, converse(self, std::move(*attempt.connected), *hop));
}

/// At the best preference with a usable route, the one with the fewest connections.
std::optional<Hop> Destination::pick() const {
  const auto now = context_.world.clock.steady_now();
  std::optional<Hop> best;
  for (const Hop& hop : route_) {
    if (best && hop.preference != best->preference) break;
    if (!context_.hosts.usable(hop.address, now)) continue;
    if (!best ||
        context_.hosts.connections(hop.address) < context_.hosts.connections(best->address))
      best = hop;
  }
  return best;
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

void Destination::disable(const Hop& hop) {
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
