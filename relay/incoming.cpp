#include "relay/incoming.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "relay/config/table.hpp"
#include "relay/config/units.hpp"
#include "relay/postmaster.hpp"
#include "relay/session_options.hpp"
#include "relay/smtp/address.hpp"

namespace mxlab::relay {
namespace {

constexpr std::size_t kMaxTargets = 10'000;  // of one message, once aliases are followed
/// Recipients refused to one network in a quarter of an hour, over all its sessions.
constexpr std::size_t kMaxStrangers = 250;

smtp::Refusal refuse(int code, std::string enhanced, std::string text) {
  return {{code, std::move(enhanced), std::move(text)}, false};
}

std::string_view family_counter(const world::Address& address) {
  return address.is_v4() ? "smtp.session.inet4" : "smtp.session.inet6";
}

bool asks_for_names(const config::Filter& filter) {
  return filter.subject == config::FilterSubject::kRdns ||
         filter.subject == config::FilterSubject::kFcrdns;
}

bool asks_for_names(const config::Config& config) {
  return std::ranges::any_of(config.rules, [](const config::Rule& rule) {
    return rule.from == config::Rule::From::kRdns;
  });
}

/// "user%elsewhere", "elsewhere!user" and "user@elsewhere" in quotes: we never take a local part
/// apart, but the next hop may, and it trusts its backup MX.
bool is_routed(std::string_view recipient) {
  return smtp::local_part_of(recipient).find_first_of("%!@") != std::string_view::npos;
}

/// Said to whom we cannot let in now.
smtp::Reply closed_door(Admission::Answer answer, const std::string& hostname) {
  switch (answer) {
    case Admission::Answer::kTooMany:
      return {421, "4.7.0", hostname + " Too many connections from your network, come again"};
    case Admission::Answer::kClosing:  // RFC 5321 3.8
      return {421, "4.3.2", hostname + " Service closing, come again"};
    case Admission::Answer::kRefused:
      return {421, "4.3.2", hostname + " Not accepting mail now, try another host"};
    default:
      return {421, "4.3.2", hostname + " Too many connections, come again"};
  }
}

/// For a trace: the line of smtpd.conf, and where it leads.
std::string describe(const config::Rule* rule) {
  if (rule == nullptr) return "no rule matches";
  return fmt::format("rule of line {}: {}", rule->line,
                     rule->reject ? "reject" : "action \"" + rule->action + "\"");
}

}  // namespace

Incoming::Incoming(Reception& reception, config::Listen listen)
    : reception_(reception), config_(reception.context.config), listen_(std::move(listen)) {}

world::SteadyPoint Incoming::now() const { return reception_.context.world.clock.steady_now(); }

/// This host itself: no limit of a network holds it back.
bool Incoming::is_trusted(const world::Address& address) const {
  const auto& own = reception_.context.own_addresses;
  return config::unmapped(address).is_loopback() || std::ranges::find(own, address) != own.end();
}

// --- the session ---------------------------------------------------------------------------------

awaitable<smtp::Verdict> Incoming::arrived(const smtp::SessionState& session) {
  auto& context = reception_.context;
  const world::Address& address = session.peer.address;
  hostname_ = host_name(listen_, session.local.address, context.server_name);
  trusted_ = is_trusted(address);
  counted_ = true;
  context.counters.add("smtp.session");
  context.counters.add(family_counter(address));
  names_ = std::make_shared<PeerNames>(context, reception_.lookups, session.id, address);
  const auto decision = reception_.admission.admit(address, session.guest, now(), trusted_);
  ticket_ = decision.ticket;
  if (ticket_ == 0) co_return smtp::Refusal{closed_door(decision.answer, hostname_), true};
  if (!trusted_ && reception_.strangers.count(address, now()) >= kMaxStrangers)
    co_return refuse(421, "4.7.0", hostname_ + " Too many unknown recipients, come again later");
  PeerNames::start(names_);
  co_return std::nullopt;
}

awaitable<smtp::Verdict> Incoming::connected(const smtp::SessionState& session) {
  auto filtered = co_await filter(config::Phase::kConnect, session);
  // Before the banner there is nothing that a client could go on with.
  if (filtered.refusal && filtered.refusal->reply.transient()) filtered.refusal->disconnect = true;
  co_return std::move(filtered.refusal);
}

awaitable<smtp::Verdict> Incoming::helo(const smtp::SessionState& session) {
  helo_ = session.helo;
  const auto phase = session.extended ? config::Phase::kEhlo : config::Phase::kHelo;
  auto filtered = co_await filter(phase, session);
  if (filtered.rewritten) helo_ = *filtered.rewritten;
  co_return std::move(filtered.refusal);
}

void Incoming::secured(const smtp::SessionState&) {
  counted_tls_ = true;
  const bool implicit = listen_.tls == config::ListenTls::kImplicit;
  reception_.context.counters.add(implicit ? "smtp.smtps" : "smtp.tls");
}

void Incoming::disconnected(const smtp::SessionState& session, const std::string& reason) {
  auto& context = reception_.context;
  reception_.admission.leave(ticket_);
  if (names_) names_->announce();
  const bool implicit = listen_.tls == config::ListenTls::kImplicit;
  if (counted_tls_) context.counters.add(implicit ? "smtp.smtps" : "smtp.tls", -1);
  if (counted_) context.counters.add("smtp.session", -1);
  if (counted_ || listen_.proxy_v2)
    context.world.journal.info(fmt::format("{} smtp disconnected reason={}", session.id, reason));
}

// --- filters -------------------------------------------------------------------------------------

/// Waits for the reverse name where a filter or a rule will look at it. A name that could not be
/// looked up is not a name that does not exist: refusing such a client for good would bounce mail
/// because our own resolver was down.
awaitable<smtp::Verdict> Incoming::await_names(config::Phase phase) {
  bool wanted = phase == config::Phase::kRcptTo && asks_for_names(*config_);
  bool decisive = false;
  for (const auto& filter : listen_.filters) {
    if (filter->phase != phase || !asks_for_names(*filter)) continue;
    wanted = true;
    decisive |= config::refuses(*filter);
  }
  if (wanted) co_await names_->wait_until(world::SteadyPoint::max());
  if (decisive && names_->failed())
    co_return refuse(451, "4.4.3", "Temporary failure in reverse name lookup");
  co_return std::nullopt;
}

awaitable<Incoming::Filtered> Incoming::filter(config::Phase phase,
                                               const smtp::SessionState& session,
                                               const std::string& recipient) {
  if (auto later = co_await await_names(phase)) co_return Filtered{std::move(later), {}};
  const config::Transaction facts = transaction(session, recipient);
  for (const config::Filter* report : config::reports(listen_.filters, phase, facts))
    reception_.context.world.journal.info(fmt::format("{} smtp filter name={} report=\"{}\"",
                                                      session.id, report->name, report->text));
  const config::Filter* hit = config::apply(listen_.filters, phase, facts);
  if (hit == nullptr) {
    trace_pass(phase, session);
    co_return Filtered{};
  }
  co_return obey(*hit, phase, session);
}

void Incoming::trace_pass(config::Phase phase, const smtp::SessionState& session) const {
  auto& journal = reception_.context.world.journal;
  if (listen_.filters.empty() || !journal.traces("filters")) return;
  const char* const words[] = {"connect", "helo", "ehlo", "mail-from", "rcpt-to", "data", "commit"};
  journal.detail("filters", fmt::format("{}: phase {}: no filter objects", session.id,
                                        words[static_cast<int>(phase)]));
}

Incoming::Filtered Incoming::obey(const config::Filter& filter, config::Phase phase,
                                  const smtp::SessionState& session) {
  using config::FilterAction;
  const char* const words[] = {"reject", "disconnect", "rewrite", "report", "junk", "bypass"};
  const std::string result =
      filter.text.empty() ? words[static_cast<int>(filter.action)] : filter.text;
  reception_.context.world.journal.info(
      fmt::format("{} smtp filter name={} result=\"{}\"", session.id, filter.name, result));
  if (filter.action == FilterAction::kRewrite) return {{}, filter.text};
  if (filter.action == FilterAction::kJunk) {
    const bool whole = phase < config::Phase::kMailFrom;
    (whole ? junk_session_ : junk_message_) = true;
  }
  if (!config::refuses(filter)) return {};
  smtp::Refusal refusal{smtp::parse_reply_text(filter.text),
                        filter.action == FilterAction::kDisconnect};
  if (refusal.reply.code == 421) refusal.disconnect = true;  // smtpd.conf(5), filters
  return {std::move(refusal), {}};
}

config::Transaction Incoming::transaction(const smtp::SessionState& session,
                                          const std::string& recipient) const {
  const auto& own = reception_.context.own_addresses;
  config::Transaction facts;
  facts.source = session.peer.address;
  facts.own_address = std::ranges::find(own, session.peer.address) != own.end();
  facts.rdns = names_->name();
  facts.fcrdns = names_->confirmed();
  facts.user = session.user;
  facts.helo = helo_;
  facts.sender = sender_;
  facts.recipient = recipient;
  facts.tag = listen_.tag;
  facts.tls = session.tls;
  return facts;
}

// --- a transaction -------------------------------------------------------------------------------

awaitable<smtp::Verdict> Incoming::mail(const smtp::SessionState& session) {
  forget_transaction();
  sender_ = session.sender;
  auto filtered = co_await filter(config::Phase::kMailFrom, session);
  if (filtered.refusal) co_return std::move(filtered.refusal);
  if (filtered.rewritten) sender_ = *filtered.rewritten;
  if (auto refusal = check_sender(session)) co_return refusal;
  // RFC 5321 4.3.2, RFC 1870 6.1: say so before the body is sent, not after.
  if (!co_await reception_.context.queue.has_room(session.declared_size))
    co_return refuse(452, "4.3.1", "Insufficient system storage, try again later");
  co_return std::nullopt;
}

/// listen … senders: who has logged in sends in his own names alone.
smtp::Verdict Incoming::check_sender(const smtp::SessionState& session) const {
  if (!listen_.senders || session.user.empty()) return std::nullopt;
  if (listen_.senders->may_send_as(session.user, sender_)) return std::nullopt;
  return refuse(550, "5.7.1", "Sender rejected: you may not send as this address");
}

awaitable<smtp::Verdict> Incoming::rcpt(const smtp::SessionState& session,
                                        smtp::Recipient recipient) {
  // RFC 5321 4.5.1: whoever has trouble with our filters must be able to tell somebody.
  if (!is_postmaster(recipient.address)) {
    auto filtered = co_await filter(config::Phase::kRcptTo, session, recipient.address);
    if (filtered.refusal) co_return std::move(filtered.refusal);
    if (filtered.rewritten) recipient.address = *filtered.rewritten;
  }
  auto verdict = co_await accept(session, std::move(recipient));
  const bool stranger = verdict && verdict->reply.permanent() && !trusted_ && session.user.empty();
  if (stranger) reception_.strangers.add(session.peer.address, now());
  co_return verdict;
}

awaitable<smtp::Verdict> Incoming::accept(const smtp::SessionState& session,
                                          smtp::Recipient recipient) {
  if (asks_for_names(*config_)) co_await names_->wait_until(world::SteadyPoint::max());
  auto resolved = resolve(session, recipient.address);
  if (auto* reply = std::get_if<smtp::Reply>(&resolved)) {
    if (names_->failed() && asks_for_names(*config_))  // a rule might have known the name
      co_return refuse(451, "4.4.3", "Temporary failure in reverse name lookup");
    co_return smtp::Refusal{*reply, false};
  }
  // Who is named twice gets it once.
  if (has_accepted(recipient.address)) co_return std::nullopt;
  auto& targets = std::get<std::vector<delivery::Target>>(resolved);
  const bool stranger = !trusted_ && session.user.empty();
  const bool relayed = std::ranges::any_of(targets, [](const delivery::Target& target) {
    return target.kind == queue::EnvelopeKind::kRelay && !target.internal;
  });
  if (stranger && relayed && is_routed(recipient.address))
    co_return refuse(550, "5.7.1", "Relaying of routed recipients denied");
  if (targets_ + targets.size() > kMaxTargets)
    co_return refuse(452, "4.5.3", "Too many recipients");  // RFC 5321 4.5.3.1.10
  targets_ += targets.size();
  recipients_.push_back({std::move(recipient), std::move(targets)});
  co_return std::nullopt;
}

/// Where the recipient's mail goes. Postmaster without a domain is given one.
Incoming::Resolved Incoming::resolve(const smtp::SessionState& session,
                                     std::string& recipient) const {
  const std::string& server_name = reception_.context.server_name;
  delivery::Directory directory{*config_, *reception_.accounts, server_name,
                                reception_.context.world.clock.now()};
  std::vector<std::string> candidates{recipient};
  if (smtp::is_bare_postmaster(recipient))
    candidates = postmaster_addresses(*config_, recipient, server_name);
  Resolved resolved = smtp::Reply{};
  for (std::string& candidate : candidates) {
    const config::Transaction facts = transaction(session, candidate);
    resolved = delivery::resolve_recipient(directory, facts);
    trace(session, facts, resolved);
    recipient = std::move(candidate);
    if (std::holds_alternative<std::vector<delivery::Target>>(resolved)) break;
  }
  return resolved;
}

void Incoming::trace(const smtp::SessionState& session, const config::Transaction& facts,
                     const Resolved& resolved) const {
  auto& journal = reception_.context.world.journal;
  if (journal.traces("rules")) {
    const auto* rule = config::match(*config_, facts, reception_.context.server_name);
    journal.detail("rules", fmt::format("{}: from=<{}> to=<{}>: {}", session.id, facts.sender,
                                        facts.recipient, describe(rule)));
  }
  const auto* targets = std::get_if<std::vector<delivery::Target>>(&resolved);
  if (targets == nullptr || !journal.traces("expand")) return;
  for (const delivery::Target& target : *targets)
    journal.detail("expand", fmt::format("{}: <{}> leads to <{}> by action \"{}\"", session.id,
                                         facts.recipient, target.destination, target.action));
}

bool Incoming::has_accepted(const std::string& recipient) const {
  return std::ranges::any_of(recipients_, [&](const Accepted& accepted) {
    return accepted.recipient.address == recipient;
  });
}

void Incoming::forget_transaction() {
  recipients_.clear();
  targets_ = 0;
  sender_.clear();
  junk_message_ = false;
}

void Incoming::reset(const smtp::SessionState&) { forget_transaction(); }

}  // namespace mxlab::relay
