// incoming.hpp - what the relay says to an SMTP client: admission, log-ins, filters, rules, and
// into the queue.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "relay/admission.hpp"
#include "relay/config/config.hpp"
#include "relay/delivery/context.hpp"
#include "relay/delivery/recipients.hpp"
#include "relay/delivery/scheduler.hpp"
#include "relay/intake.hpp"
#include "relay/peer_names.hpp"
#include "relay/smtp/server_session.hpp"
#include "relay/strikes.hpp"

namespace mxlab::relay {

using world::awaitable;

/// What all sessions of the relay share.
struct Reception {
  delivery::Context& context;
  delivery::Scheduler& scheduler;
  std::shared_ptr<const delivery::Accounts>& accounts;
  Admission admission{};
  Strikes logins{};     // log-ins that failed
  Strikes strangers{};  // recipients that were refused
  std::shared_ptr<std::size_t> lookups = std::make_shared<std::size_t>(0);  // that run now
};

/// One inbound session's Backend.
class Incoming final : public smtp::Backend {
 public:
  Incoming(Reception& reception, config::Listen listen);

  awaitable<smtp::Verdict> arrived(const smtp::SessionState& session) override;
  awaitable<smtp::Verdict> connected(const smtp::SessionState& session) override;
  awaitable<smtp::Verdict> helo(const smtp::SessionState& session) override;
  awaitable<smtp::Verdict> mail(const smtp::SessionState& session) override;
  awaitable<smtp::Verdict> rcpt(const smtp::SessionState& session,
                                smtp::Recipient recipient) override;
  awaitable<DataVerdict> data(const smtp::SessionState& session) override;
  void reset(const smtp::SessionState& session) override;
  void secured(const smtp::SessionState& session) override;
  awaitable<smtp::Verdict> authenticate(const smtp::SessionState& session, std::string user,
                                        std::string password) override;
  void disconnected(const smtp::SessionState& session, const std::string& reason) override;

 private:
  struct Filtered {
    smtp::Verdict refusal;
    std::optional<std::string> rewritten;  // the phase's argument
  };
  awaitable<Filtered> filter(config::Phase phase, const smtp::SessionState& session,
                             const std::string& recipient = {});
  void trace_pass(config::Phase phase, const smtp::SessionState& session) const;
  Filtered obey(const config::Filter& filter, config::Phase phase,
                const smtp::SessionState& session);
  awaitable<smtp::Verdict> await_names(config::Phase phase);

  config::Transaction transaction(const smtp::SessionState& session,
                                  const std::string& recipient) const;
  using Resolved = std::variant<std::vector<delivery::Target>, smtp::Reply>;
  Resolved resolve(const smtp::SessionState& session, std::string& recipient) const;
  void trace(const smtp::SessionState& session, const config::Transaction& facts,
             const Resolved& resolved) const;
  awaitable<smtp::Verdict> accept(const smtp::SessionState& session, smtp::Recipient recipient);
  smtp::Verdict check_sender(const smtp::SessionState& session) const;
  Intake intake_of(const smtp::SessionState& session);
  std::vector<queue::Envelope> envelopes_of(const smtp::SessionState& session) const;

  bool is_trusted(const world::Address& address) const;
  bool has_accepted(const std::string& recipient) const;
  void forget_transaction();
  world::SteadyPoint now() const;

  struct Accepted {
    smtp::Recipient recipient;
    std::vector<delivery::Target> targets;
  };

  Reception& reception_;
  // The configuration as it was when the session began; a reload does not reach into it.
  std::shared_ptr<const config::Config> config_;
  config::Listen listen_;
  std::string hostname_;
  std::shared_ptr<PeerNames> names_;  // from arrived() on
  Admission::Ticket ticket_ = 0;
  bool trusted_ = false;
  bool junk_session_ = false, junk_message_ = false;
  std::string helo_, sender_;  // as filters may have rewritten them
  std::vector<Accepted> recipients_;
  std::size_t targets_ = 0;  // of all of them
  bool counted_ = false, counted_tls_ = false;
};

}  // namespace mxlab::relay
