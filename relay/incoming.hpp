// incoming.hpp - what the relay says to an SMTP client: filters, rules, and into the queue.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "relay/config/config.hpp"
#include "relay/delivery/context.hpp"
#include "relay/delivery/recipients.hpp"
#include "relay/delivery/scheduler.hpp"
#include "relay/smtp/server_session.hpp"

namespace mxlab::relay {

using world::awaitable;

/// What all sessions of the relay share.
struct Reception {
  delivery::Context& context;
  delivery::Scheduler& scheduler;
  std::shared_ptr<const delivery::Accounts>& accounts;
};

/// One inbound session's Backend.
class Incoming final : public smtp::Backend {
 public:
  Incoming(Reception& reception, config::Listen listen);

  awaitable<smtp::Verdict> connected(const smtp::SessionState& session) override;
  awaitable<smtp::Verdict> helo(const smtp::SessionState& session) override;
  awaitable<smtp::Verdict> mail(const smtp::SessionState& session) override;
  awaitable<smtp::Verdict> rcpt(const smtp::SessionState& session,
                                smtp::Recipient recipient) override;
  awaitable<DataVerdict> data(const smtp::SessionState& session) override;
  void reset(const smtp::SessionState& session) override;
  void secured(const smtp::SessionState& session) override;
  void disconnected(const smtp::SessionState& session, const std::string& reason) override;

 private:
  awaitable<void> look_up_names(world::Address address);
  smtp::Verdict filter(config::Phase phase, const smtp::SessionState& session,
                       const std::string& recipient = {});
  config::Transaction transaction(const smtp::SessionState& session,
                                  const std::string& recipient) const;
  std::vector<queue::Envelope> envelopes_of(const smtp::SessionState& session) const;
  std::string hostname() const;
  bool has_accepted(const std::string& recipient) const;
  void forget_recipients();

  struct Accepted {
    std::string recipient;
    std::vector<delivery::Target> targets;
  };

  Reception& reception_;
  // The configuration as it was when the session began; a reload does not reach into it.
  std::shared_ptr<const config::Config> config_;
  config::Listen listen_;
  std::string rdns_;
  bool fcrdns_ = false;
  bool names_unknown_ = false;  // the look-up failed: "no name" is not proved
  bool counted_ = false, counted_tls_ = false;
  std::vector<Accepted> recipients_;
  std::size_t targets_ = 0;  // of all of them
};

}  // namespace mxlab::relay
