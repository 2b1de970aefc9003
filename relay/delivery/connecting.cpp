// connecting.cpp - how a destination comes from its route to sessions that are ready for mail.
#include <algorithm>
#include <fmt/format.h>

#include "relay/config/table.hpp"
#include "relay/control/texts.hpp"
#include "relay/delivery/destination.hpp"
#include "relay/smtp/errors.hpp"
#include "relay/world/spawn.hpp"

namespace mxlab::delivery {
namespace {
using namespace std::chrono_literals;

// Between looks whether a host that others use as well has room.
constexpr Duration kBusyPause = 2s;

const char* scheme_of(const Hop& hop) {
  if (hop.protocol == config::RelayProtocol::kLmtp) return "lmtp";
  if (hop.protocol == config::RelayProtocol::kSmtps) return "smtps";
  if (hop.tls == config::RelayTls::kOpportunistic) return "smtp";
  return hop.tls == config::RelayTls::kNever ? "smtp+notls" : "smtp+tls";
}

std::string route_text(const Hop& hop) {
  const std::string source = hop.source.is_unspecified() ? "" : hop.source.to_string();
  return fmt::format("[{}] <-> {} ({})", source, hop.address.to_string(), hop.host);
}

bool is_public_choice(const Hop& hop) {
  return hop.tls == config::RelayTls::kOpportunistic &&
         hop.protocol == config::RelayProtocol::kSmtp && hop.label.empty();
}

}  // namespace

awaitable<void> Destination::connect_next(std::shared_ptr<Destination> self) {
  auto& clock = self->context_.world.clock;
  const auto& limits = self->limits();
  const bool hurry = self->pace_.hurries(self->tasks_.size(), self->sessions_, limits);
  if (!hurry && clock.steady_now() < self->pace_.next()) {
    co_await self->changed_.wait_until(self->pace_.next());
    co_return;  // what was true before the wait may not be now
  }
  auto hop = self->pick();
  if (!hop && self->sessions_ == 0) co_return co_await self->give_up_at_next_tick();
  if (!hop || !self->has_room(*hop)) co_return co_await self->wait_for_room();
  if (auto until = self->route_rests_until(*hop); clock.steady_now() < until) {
    co_await self->changed_.wait_until(until);
    co_return;
  }
  self->pace_.connected(clock.steady_now(), limits);
  self->connecting_since_ = clock.steady_now();
  auto attempt = co_await self->connect(*hop);
  self->connecting_since_.reset();
  if (!attempt.connected) co_return self->note_failure(*hop, attempt);
  self->begin_session(*hop);
  world::spawn(self->context_.world, converse(self, std::move(*attempt.connected), *hop));
}

void Destination::begin_session(const Hop& hop) {
  const auto now = context_.world.clock.steady_now();
  round_.answered = true;
  last_taken_ = now;
  ++sessions_;
  if (++from_[hop.source] == 1) context_.counters.add("mta.connector");
  context_.hosts.connected({hop.source, hop.address}, now);
  context_.hosts.session_began(way_.key.domain);
  count_use(hop, 1);
}

/// What has its first session now, or has had its last one (smtpctl show stats).
void Destination::count_use(const Hop& hop, std::int64_t change) {
  const std::uint32_t mark = change > 0 ? 1 : 0;
  const auto& hosts = context_.hosts;
  auto count = [&](const char* key, std::uint32_t sessions) {
    if (sessions == mark) context_.counters.add(key, change);
  };
  count("mta.route", hosts.connections({hop.source, hop.address}));
  count("mta.host", hosts.connections_to(hop.address));
  count("mta.source", hosts.connections_from(hop.source));
  count("mta.domain", hosts.sessions_for(way_.key.domain));
}

void Destination::end_session(const Hop& hop) {
  context_.hosts.disconnected({hop.source, hop.address}, context_.world.clock.steady_now());
  context_.hosts.session_ended(way_.key.domain);
  count_use(hop, -1);
  auto at = from_.find(hop.source);
  if (--at->second > 0) return;
  from_.erase(at);
  context_.counters.add("mta.connector", -1);
}

bool Destination::usable(const Hop& hop) const {
  return !round_.failed.contains({hop.source, hop.address}) &&
         !context_.hosts.blocked(hop.source, way_.key.domain) &&
         context_.hosts.usable({hop.source, hop.address}, context_.world.clock.steady_now());
}

/// At the best preference with a usable route, the one with the fewest connections. When they are
/// all merely busy, that preference is waited for: no worse one is taken instead.
std::optional<Hop> Destination::pick() const {
  auto rank = [this](const Hop& hop) {
    return std::pair(!has_room(hop), context_.hosts.connections({hop.source, hop.address}));
  };
  std::optional<Hop> best;
  for (const Hop& hop : round_.route) {
    if (best && hop.preference != best->preference) break;
    if (!usable(hop)) continue;
    if (!best || rank(hop) < rank(*best)) best = hop;
  }
  return best;
}

bool Destination::has_room(const Hop& hop) const {
  const auto& most = limits();
  const auto& hosts = context_.hosts;
  auto ceiling = round_.ceiling.find(hop.address);
  const auto on_route =
      ceiling == round_.ceiling.end() ? most.per_route : std::min(ceiling->second, most.per_route);
  auto from = from_.find(hop.source);
  return hosts.connections({hop.source, hop.address}) < on_route &&
         hosts.connections_to(hop.address) < most.per_host &&
         hosts.connections_from(hop.source) < most.per_source &&
         hosts.sessions_for(way_.key.domain) < most.per_domain &&
         (from == from_.end() || from->second < most.per_connector);
}

/// Delays of a route are obeyed where the operator has set them: the defaults would only slow down
/// the drain of a queue into a host that answers well, and one that fails has its penalty.
world::SteadyPoint Destination::route_rests_until(const Hop& hop) const {
  const config::MtaLimits defaults;
  const auto& set = limits();
  auto own = [](Duration value, Duration usual) { return value == usual ? Duration{} : value; };
  const auto [begin, end] = context_.hosts.last_use({hop.source, hop.address});
  const Duration delay = std::max({own(set.delay_route, defaults.delay_route),
                                   own(set.delay_host, defaults.delay_host),
                                   own(set.delay_source, defaults.delay_source)});
  if (begin == world::SteadyPoint{}) return {};
  return std::max(begin + delay, end + own(set.reconnect_route, defaults.reconnect_route));
}

/// Sessions of other destinations count too, and nobody tells us when they end.
awaitable<void> Destination::wait_for_room() {
  co_await changed_.wait_until(context_.world.clock.steady_now() + kBusyPause);
}

/// RFC 3207 4.1: for public MX hosts TLS is opportunistic; when it breaks, once more in the clear.
awaitable<Destination::Attempt> Destination::connect(Hop hop) {
  auto attempt = co_await open(hop, true);
  if (attempt.connected || attempt.trouble != Trouble::kTls) co_return attempt;
  context_.world.journal.info(
      fmt::format("smtp-out: opportunistic TLS failed with {}, downgrading to plain", hop.host));
  co_return co_await open(hop, false);
}

/// What the session must do before it is ready; or why it cannot be had.
std::optional<std::string> Destination::prepare(const Hop& hop, bool with_tls,
                                                smtp::ClientOptions& options) {
  // Looked up now: log-ins and certificates may have changed since the mail came.
  const auto current = find_action(*context_.config, way_.action.name);
  const config::Action& action = current ? *current : way_.action;
  if (!hop.label.empty()) {
    options.login = login_of(action, hop.label);
    if (!options.login) return "No log-in for \"" + hop.label + "\" in smtpd.conf";
  }
  options.protocol = hop.protocol == config::RelayProtocol::kLmtp ? smtp::ClientProtocol::kLmtp
                                                                  : smtp::ClientProtocol::kSmtp;
  options.implicit_tls = hop.protocol == config::RelayProtocol::kSmtps;
  options.require_tls = !is_public_choice(hop) && hop.tls != config::RelayTls::kNever &&
                        hop.protocol != config::RelayProtocol::kLmtp;
  options.require_utf8 = way_.key.utf8;
  options.peer_name = hop.host;
  const bool lmtp = hop.protocol == config::RelayProtocol::kLmtp;
  if (!with_tls || lmtp || hop.tls == config::RelayTls::kNever) return std::nullopt;
  options.tls = context_.client_tls->find(action, hop.tls == config::RelayTls::kVerified);
  if (!options.tls) return "TLS is not set up for action \"" + action.name + "\"";
  return std::nullopt;
}

awaitable<Destination::Attempt> Destination::open(Hop hop, bool with_tls) {
  auto& outside = context_.world;
  Connected ready;
  ready.session = draw_session_id(outside.random);
  outside.journal.info(fmt::format("{} mta connecting address={}://{} host={}", ready.session,
                                   scheme_of(hop), world::to_string({hop.address, hop.port}),
                                   hop.host));
  context_.hosts.meet({hop.source, hop.address}, hop.host, outside.clock.steady_now());
  Attempt attempt;
  smtp::ClientOptions options;
  options.session = ready.session;
  if (auto missing = prepare(hop, with_tls, options)) {
    attempt.reason = *missing;
  } else {
    try {
      co_await dial(hop, std::move(options), ready, attempt);
    } catch (const std::system_error& error) {
      attempt.reason = smtp::describe(error.code());
      if (smtp::is_unroutable(error.code())) attempt.trouble = Trouble::kUnroutable;
    }
  }
  context_.hosts.attempt_ended({hop.source, hop.address});
  const std::string session = ready.session;
  if (attempt.reason.empty()) {
    attempt.connected = std::move(ready);
  } else if (attempt.trouble != Trouble::kTls || !with_tls) {
    outside.journal.info(fmt::format("{} mta error reason={}", session, attempt.reason));
  }
  co_return attempt;
}

/// Leaves a reason in the attempt when the session did not get ready.
awaitable<void> Destination::dial(Hop hop, smtp::ClientOptions options, Connected& ready,
                                  Attempt& attempt) {
  auto& outside = context_.world;
  auto stream = co_await smtp::connect_within(outside, {hop.address, hop.port},
                                              options.timeouts.connect, hop.source);
  const auto local = stream->local().address;
  ready.source = local.to_string();
  ready.ledger = std::make_shared<Ledger>(outside.clock);
  options.helo = way_.key.helo;
  if (way_.action.helo_by_source)
    options.helo = way_.action.helo_by_source->lookup_address(local).value_or(options.helo);
  const bool welcome_tls = options.tls && is_public_choice(hop);
  ready.client =
      std::make_unique<smtp::ClientSession>(outside, std::move(stream), std::move(options));
  outside.journal.info(fmt::format("{} mta connected", ready.session));
  auto not_ready = co_await ready.client->start();
  if (!not_ready) co_return;
  attempt.reason = not_ready->reason;
  attempt.spoke = not_ready->reply.code != 0;
  if (not_ready->lacks_utf8) attempt.trouble = Trouble::kLacksUtf8;
  if (not_ready->tls_failed && welcome_tls) attempt.trouble = Trouble::kTls;
}

void Destination::note_failure(const Hop& hop, const Attempt& attempt) {
  round_.last_trouble = attempt.reason;
  const RouteKey route{hop.source, hop.address};
  // A host that serves us and refuses one more connection is not down: it takes no more at a time.
  if (auto open = context_.hosts.connections(route);
      open > 0 && attempt.trouble == Trouble::kHost) {
    round_.ceiling[hop.address] = std::min(open, limits().per_route);
    return pace_.refused();
  }
  round_.failed.insert({hop.source, hop.address});
  round_.only_utf8_lacking &= attempt.trouble == Trouble::kLacksUtf8;
  if (attempt.trouble == Trouble::kLacksUtf8) return;
  // Nobody was disturbed, and nobody is to be spared (RFC 5321 5.2: a host without IPv6).
  if (attempt.trouble == Trouble::kUnroutable) return pace_.connected_nowhere();
  // Silent to one of our addresses is silent to all; a peer that speaks may dislike but this one.
  for (const Hop& other : round_.route)
    if (other.address == hop.address && !attempt.spoke)
      round_.failed.insert({other.source, other.address});
  auto pause = context_.hosts.disable(route, context_.world.clock.steady_now());
  context_.world.journal.info(fmt::format("smtp-out: Disabling route {} for {}", route_text(hop),
                                          control::duration_text(pause)));
}

}  // namespace mxlab::delivery
