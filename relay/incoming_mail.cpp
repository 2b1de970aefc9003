// A message of an inbound session on its way into the queue, and who may send it.
#include <fmt/format.h>

#include "relay/config/table.hpp"
#include "relay/incoming.hpp"
#include "relay/password.hpp"
#include "relay/smtp/ascii.hpp"

namespace mxlab::relay {
namespace {

/// How long a message waits for its Received header to know the client's name.
constexpr world::Duration kNamesPatience = std::chrono::seconds(5);

constexpr std::size_t kFreeFailures = 1;  // log-ins of a network that fail without a wait
constexpr std::size_t kMaxFailures = 20;  // then none is tried until they are forgotten
constexpr world::Duration kLongestWait = std::chrono::seconds(30);

/// Twice as long with every failure.
world::Duration wait_after(std::size_t failures) {
  if (failures <= kFreeFailures) return {};
  const std::size_t doublings = std::min<std::size_t>(failures - kFreeFailures - 1, 5);
  return std::min<world::Duration>(std::chrono::seconds(1 << doublings), kLongestWait);
}

/// RFC 3848, RFC 6531 4.3.
std::string protocol_of(const smtp::SessionState& session) {
  if (!session.extended) return "SMTP";
  return std::string(session.utf8 ? "UTF8SMTP" : "ESMTP") + (session.tls ? "S" : "") +
         (session.user.empty() ? "" : "A");
}

/// A hash whose test takes as long as that of a real user's.
std::string typical_hash(const config::TableRef& credentials) {
  if (!credentials || credentials->values().empty()) return kNobodysHash;
  return credentials->lookup(credentials->values().front()).value_or(kNobodysHash);
}

}  // namespace

awaitable<smtp::Verdict> Incoming::authenticate(const smtp::SessionState& session, std::string user,
                                                std::string password) {
  auto& world = reception_.context.world;
  auto tell = [&](const char* result) {
    world.journal.info(fmt::format("{} smtp authentication user={} result={}", session.id,
                                   smtp::printable(user, 100), result));
  };
  const std::size_t failures = reception_.logins.count(session.peer.address, now());
  if (failures >= kMaxFailures) {
    tell("tempfail");
    co_return smtp::Refusal{
        {454, "4.7.0", "Too many failed log-ins from your network, try again later"}, false};
  }
  co_await world.clock.sleep_for(wait_after(failures));
  const auto hash = listen_.credentials ? listen_.credentials->lookup(user) : std::nullopt;
  // Who does not exist is looked at as long as who does.
  auto job = [password = std::move(password),
              tried = hash.value_or(typical_hash(listen_.credentials))]() mutable {
    const bool fits = password_fits(password, tried);
    std::fill(password.begin(), password.end(), '\0');
    return fits;
  };
  const bool fits = co_await world::on_compute(world, std::move(job));
  if (fits && hash) {
    reception_.logins.forgive(session.peer.address);
    tell("ok");
    co_return std::nullopt;
  }
  reception_.logins.add(session.peer.address, now());
  tell("permfail");
  co_return smtp::Refusal{{535, "5.7.8", "Authentication failed"}, false};
}

awaitable<smtp::Backend::DataVerdict> Incoming::data(const smtp::SessionState& session) {
  auto filtered = co_await filter(config::Phase::kData, session);
  if (filtered.refusal) co_return DataVerdict{std::move(filtered.refusal), {}};
  co_await names_->wait_until(now() + kNamesPatience);
  names_->announce();
  co_return DataVerdict{
      std::nullopt,
      std::make_unique<IntakeSink>(reception_.context, reception_.scheduler, intake_of(session))};
}

Intake Incoming::intake_of(const smtp::SessionState& session) {
  Intake intake;
  intake.session = session.id;
  intake.envelopes = envelopes_of(session);
  intake.trace.helo = helo_;
  intake.trace.peer_name = names_->name();
  intake.trace.peer_address = session.peer.address.to_string();
  intake.trace.masked = listen_.mask_source;
  intake.trace.host = hostname_;
  intake.trace.protocol = protocol_of(session);
  intake.trace.tls = session.tls_description;
  if (listen_.received_auth && session.tls)
    intake.trace.authentication =
        session.user.empty() ? "auth=no" : "auth=yes user=" + smtp::printable(session.user, 100);
  if (recipients_.size() == 1) intake.trace.recipient = recipients_.front().recipient.address;
  intake.junk = junk_session_ || junk_message_;
  if (listen_.masquerade && !session.user.empty()) intake.from = sender_;
  // The session and its state outlive the sink.
  intake.last_word = [this, &session]() -> awaitable<smtp::Verdict> {
    co_return (co_await filter(config::Phase::kCommit, session)).refusal;
  };
  return intake;
}

std::vector<queue::Envelope> Incoming::envelopes_of(const smtp::SessionState& session) const {
  std::vector<queue::Envelope> envelopes;
  for (const Accepted& accepted : recipients_)
    for (const delivery::Target& target : accepted.targets) {
      queue::Envelope envelope;
      delivery::direct(envelope, target);
      envelope.source =
          session.peer.address.is_v4() ? queue::Source::kInet4 : queue::Source::kInet6;
      envelope.authenticated = !session.user.empty();
      envelope.utf8 = session.utf8;
      envelope.sender = sender_;
      envelope.recipient = accepted.recipient.address;
      envelope.tag = listen_.tag;
      envelope.smtp_name = hostname_;
      envelope.helo = helo_;
      envelope.peer_name = names_->name();
      envelope.peer_address = session.peer.address.to_string();
      envelope.dsn = {accepted.recipient.notify, session.ret, session.envid,
                      accepted.recipient.orcpt};
      envelopes.push_back(std::move(envelope));
    }
  return envelopes;
}

}  // namespace mxlab::relay
