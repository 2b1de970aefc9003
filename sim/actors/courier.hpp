// courier.hpp - one burst of work towards one domain: its hosts, its connections, its messages.
//
// A host is left for the next one only while its session is not ready; after that its answers
// decide. A courier goes home when it has neither messages nor sessions.
#pragma once
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "relay/smtp/client_session.hpp"
#include "sim/actors/mx_walk.hpp"
#include "sim/actors/outbox.hpp"

namespace mxlab::sim {

/// One message for one domain.
struct Load {
  std::uint32_t message = 0;
  std::string sender;
  std::vector<std::uint64_t> envelopes;
  std::vector<std::string> recipients;
  bool returned = false;  // came back once because a session that had lingered was dead
};

class Courier {
 public:
  Courier(SenderContext& context, Outbox& outbox, std::string domain);

  void add(Load load);
  static awaitable<void> run(std::shared_ptr<Courier> self);

 private:
  /// A session that is ready for MAIL.
  struct Ready {
    std::unique_ptr<smtp::ClientSession> client;
    std::string session, source, relay;
    std::size_t mails = 0;
  };
  struct Opened {
    std::optional<Ready> ready;
    bool tls_failed = false;
  };

  bool idle() const { return loads_.empty() && sessions_ == 0 && connecting_ == 0; }
  awaitable<bool> look_up();
  static awaitable<void> step(std::shared_ptr<Courier> self);
  void begin(const MailHost& host);
  /// The sender looks at its shunned hosts at ticks only: 1 s, 11 s, 21 s … after the start.
  SteadyPoint tick_after(SteadyPoint at) const;
  awaitable<void> give_up();
  void fail_all(const NoHosts& why);
  void wake_all();

  static awaitable<void> try_host(std::shared_ptr<Courier> self, MailHost host);
  awaitable<Opened> open(MailHost host, bool with_tls);
  static awaitable<void> converse(std::shared_ptr<Courier> self, Ready ready, MailHost host);
  awaitable<bool> linger();
  awaitable<void> carry(Ready& ready);
  void settle(const Load& load, const std::vector<smtp::Outcome>& outcomes, const Ready& ready);

  SenderContext& context_;
  Outbox& outbox_;
  std::string domain_;
  std::deque<Load> loads_;
  std::vector<MailHost> hosts_;  // empty: not looked up yet
  HostUses uses_;
  SteadyPoint started_;
  SteadyPoint next_connect_{};  // not before
  std::size_t sessions_ = 0, connecting_ = 0;
  world::Signal changed_;
  std::vector<world::Signal*> lingering_;
};

}  // namespace mxlab::sim
