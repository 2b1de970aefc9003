#include "relay/incoming.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "relay/delivery/verdict.hpp"
#include "relay/intake.hpp"
#include "relay/smtp/address.hpp"

namespace mxlab::relay {
namespace {

constexpr std::size_t kMaxNames = 10;        // PTR records that are confirmed
constexpr std::size_t kMaxTargets = 10'000;  // of one message, once aliases are followed

smtp::Refusal refuse(int code, std::string enhanced, std::string text) {
  return {{code, std::move(enhanced), std::move(text)}, false};
}

std::string_view family_counter(const world::Address& address) {
  return address.is_v4() ? "smtp.session.inet4" : "smtp.session.inet6";
}

bool asks_for_names(const config::FilterChain& chain) {
  return std::any_of(chain.begin(), chain.end(), [](const auto& filter) {
    return filter->subject == config::FilterSubject::kRdns ||
           filter->subject == config::FilterSubject::kFcrdns;
  });
}

}  // namespace

Incoming::Incoming(Reception& reception, config::Listen listen)
    : reception_(reception), config_(reception.context.config), listen_(std::move(listen)) {}

std::string Incoming::hostname() const {
  return listen_.hostname.empty() ? reception_.context.server_name : listen_.hostname;
}

awaitable<smtp::Verdict> Incoming::connected(const smtp::SessionState& session) {
  auto& context = reception_.context;
  counted_ = true;
  context.counters.add("smtp.session");
  context.counters.add(family_counter(session.peer.address));
  co_await look_up_names(session.peer.address);
  context.world.journal.info(fmt::format("{} smtp connected address={} host={}", session.id,
                                         session.peer.address.to_string(),
                                         rdns_.empty() ? "<unknown>" : rdns_));
  // A name that could not be looked up is not a name that does not exist: refusing such a client
  // for good would bounce mail because our own resolver was down.
  if (names_unknown_ && asks_for_names(listen_.filters))
    co_return smtp::Refusal{{451, "4.4.3", "Temporary failure in reverse name lookup"}, true};
  co_return filter(config::Phase::kConnect, session);
}

/// The reverse name, and whether it leads back to the address (FCrDNS).
awaitable<void> Incoming::look_up_names(world::Address address) {
  auto& resolver = reception_.context.resolver;
  auto answer = co_await resolver.names(address);
  names_unknown_ = answer.status == dns::Status::kTemporaryFailure;
  if (answer.names.empty()) co_return;
  rdns_ = answer.names.front();
  for (std::size_t i = 0; i < std::min(answer.names.size(), kMaxNames) && !fcrdns_; ++i) {
    auto forward = co_await resolver.addresses(answer.names[i]);
    names_unknown_ |= forward.status == dns::Status::kTemporaryFailure;
    fcrdns_ = std::find(forward.addresses.begin(), forward.addresses.end(), address) !=
              forward.addresses.end();
    if (fcrdns_) rdns_ = answer.names[i];
  }
  if (fcrdns_) names_unknown_ = false;
}

config::Transaction Incoming::transaction(const smtp::SessionState& session,
                                          const std::string& recipient) const {
  config::Transaction transaction;
  transaction.source = session.peer.address;
  const auto& own = reception_.context.own_addresses;
  transaction.own_address = std::find(own.begin(), own.end(), session.peer.address) != own.end();
  transaction.rdns = rdns_;
  transaction.fcrdns = fcrdns_;
  transaction.helo = session.helo;
  transaction.sender = session.sender;
  transaction.recipient = recipient;
  transaction.tag = listen_.tag;
  transaction.tls = session.tls;
  return transaction;
}

smtp::Verdict Incoming::filter(config::Phase phase, const smtp::SessionState& session,
                               const std::string& recipient) {
  const config::Filter* hit =
      config::apply(listen_.filters, phase, transaction(session, recipient));
  if (hit == nullptr || !config::refuses(*hit)) return std::nullopt;
  smtp::Refusal refusal{smtp::parse_reply_text(hit->text),
                        hit->action == config::FilterAction::kDisconnect};
  if (refusal.reply.code == 421) refusal.disconnect = true;  // smtpd.conf(5), filters
  reception_.context.world.journal.info(
      fmt::format("{} smtp filter name={} result=\"{}\"", session.id, hit->name, hit->text));
  return refusal;
}

awaitable<smtp::Verdict> Incoming::helo(const smtp::SessionState& session) {
  if (auto refusal = filter(config::Phase::kHelo, session)) co_return refusal;
  co_return filter(config::Phase::kEhlo, session);
}

awaitable<smtp::Verdict> Incoming::mail(const smtp::SessionState& session) {
  forget_recipients();
  if (auto refusal = filter(config::Phase::kMailFrom, session)) co_return refusal;
  // RFC 5321 4.3.2, RFC 1870 6.1: say so before the body is sent, not after.
  if (!co_await reception_.context.queue.has_room(session.declared_size))
    co_return refuse(452, "4.3.1", "Insufficient system storage, try again later");
  co_return std::nullopt;
}

awaitable<smtp::Verdict> Incoming::rcpt(const smtp::SessionState& session, smtp::Recipient asked) {
  std::string recipient = std::move(asked.address);
  if (auto refusal = filter(config::Phase::kRcptTo, session, recipient)) co_return refusal;
  // RFC 5321 4.5.1: <Postmaster> without a domain is this host's.
  if (smtp::is_bare_postmaster(recipient)) recipient += "@" + reception_.context.server_name;
  // Who is named twice gets it once.
  if (has_accepted(recipient)) co_return std::nullopt;
  delivery::Directory directory{*config_, *reception_.accounts, reception_.context.server_name};
  auto resolved = delivery::resolve_recipient(directory, transaction(session, recipient));
  if (auto* reply = std::get_if<smtp::Reply>(&resolved)) co_return smtp::Refusal{*reply, false};
  auto& targets = std::get<std::vector<delivery::Target>>(resolved);
  if (targets_ + targets.size() > kMaxTargets)
    co_return refuse(452, "4.5.3", "Too many recipients");  // RFC 5321 4.5.3.1.10
  targets_ += targets.size();
  recipients_.push_back({std::move(recipient), std::move(targets)});
  co_return std::nullopt;
}

bool Incoming::has_accepted(const std::string& recipient) const {
  return std::any_of(recipients_.begin(), recipients_.end(),
                     [&](const Accepted& accepted) { return accepted.recipient == recipient; });
}

void Incoming::forget_recipients() {
  recipients_.clear();
  targets_ = 0;
}

awaitable<smtp::Backend::DataVerdict> Incoming::data(const smtp::SessionState& session) {
  if (auto refusal = filter(config::Phase::kData, session)) co_return DataVerdict{refusal, {}};
  auto& context = reception_.context;
  Intake intake;
  intake.session = session.id;
  intake.envelopes = envelopes_of(session);
  intake.trace.helo = session.helo;
  intake.trace.peer_name = rdns_;
  intake.trace.peer_address = session.peer.address.to_string();
  intake.trace.host = hostname();
  intake.trace.protocol = session.extended ? (session.tls ? "ESMTPS" : "ESMTP") : "SMTP";
  intake.trace.tls = session.tls_description;
  if (recipients_.size() == 1) intake.trace.recipient = recipients_.front().recipient;
  co_return DataVerdict{
      std::nullopt, std::make_unique<IntakeSink>(context, reception_.scheduler, std::move(intake))};
}

std::vector<queue::Envelope> Incoming::envelopes_of(const smtp::SessionState& session) const {
  std::vector<queue::Envelope> envelopes;
  for (const Accepted& accepted : recipients_)
    for (const delivery::Target& target : accepted.targets) {
      queue::Envelope envelope;
      delivery::direct(envelope, target);
      envelope.source =
          session.peer.address.is_v4() ? queue::Source::kInet4 : queue::Source::kInet6;
      envelope.sender = session.sender;
      envelope.recipient = accepted.recipient;
      envelope.tag = listen_.tag;
      envelope.smtp_name = hostname();
      envelope.helo = session.helo;
      envelope.peer_name = rdns_;
      envelope.peer_address = session.peer.address.to_string();
      envelopes.push_back(std::move(envelope));
    }
  return envelopes;
}

void Incoming::reset(const smtp::SessionState&) { forget_recipients(); }

void Incoming::secured(const smtp::SessionState&) {
  counted_tls_ = true;
  reception_.context.counters.add("smtp.tls");
}

void Incoming::disconnected(const smtp::SessionState& session, const std::string& reason) {
  auto& context = reception_.context;
  if (counted_tls_) context.counters.add("smtp.tls", -1);
  if (!counted_) return;
  context.counters.add(family_counter(session.peer.address), -1);
  context.counters.add("smtp.session", -1);
  context.world.journal.info(fmt::format("{} smtp disconnected reason={}", session.id, reason));
}

}  // namespace mxlab::relay
