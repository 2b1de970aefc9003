// inbox.hpp - the receiving half of an actor: port 25 of all its addresses, into mailboxes.
//
// The protocol is relay/smtp's server; what is answered follows the Manners. Counters and log lines
// are OpenSMTPD's.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "relay/control/counters.hpp"
#include "relay/dns/resolver.hpp"
#include "relay/smtp/server_session.hpp"
#include "sim/actors/certificate.hpp"
#include "sim/actors/mailbox.hpp"
#include "sim/actors/manners.hpp"

namespace mxlab::sim {

struct InboxOptions {
  std::string name;                        // in the banner and the Received header
  std::vector<std::string> domains;        // mail for these is taken; empty: for every domain
  std::optional<Certificate> certificate;  // absent: STARTTLS is not offered
  std::vector<world::Endpoint> dns;        // asked for the names of clients; empty: not asked
  std::uint64_t max_message_size = 35 * 1024 * 1024;
  bool dsn = true, utf8 = true;  // offered (RFC 3461, RFC 6531)
};

/// What the lab keeps for a host from one life to the next.
struct Belongings {
  Mailboxes& mailboxes;
  Manners& manners;
};

class Inbox {
 public:
  Inbox(world::World& world, InboxOptions options, Belongings belongings,
        control::Counters& counters);

  /// Opens the listeners and serves; returns at once.
  void start();
  /// False when it is in that state already.
  bool pause(bool paused);
  bool paused() const { return paused_; }
  /// Closes the listeners; open sessions go on.
  void stop();
  /// Whether mail for this recipient is taken in.
  bool takes(const std::string& recipient) const;
  /// Whether the recipient's domain is one of the options'.
  bool is_own_domain(const std::string& recipient) const;
  /// Mail for the domain of this sender, whose letters go out here, is taken from now on.
  void answer_for(const std::string& sender);

  /// Into a mailbox, without a word and uncounted.
  void deliver(const std::string& sender, const std::string& recipient, const std::string& text);

  // For its sessions.
  struct Arrival {
    std::string session, sender;
    std::vector<std::string> recipients;
    std::string text, protocol;
    std::uint32_t id = 0;
  };
  /// A message that has been taken: counted, delivered, logged.
  void store(const Arrival& arrival);
  awaitable<std::string> name_of(world::Address client);
  world::World& world() { return world_; }
  control::Counters& counters() { return counters_; }
  Manners& manners() { return belongings_.manners; }
  const InboxOptions& options() const { return options_; }

 private:
  static awaitable<void> accept_loop(Inbox* self, std::unique_ptr<world::Listener> listener);
  static awaitable<void> serve(Inbox* self, std::unique_ptr<world::Stream> stream);

  world::World& world_;
  InboxOptions options_;
  Belongings belongings_;
  control::Counters& counters_;
  std::unique_ptr<dns::Resolver> resolver_;
  std::shared_ptr<smtp::TlsContext> tls_;
  std::set<std::string> domains_;            // of the options, in upper case
  std::set<std::string> senders_domains_;    // learnt, likewise
  std::vector<world::Listener*> listeners_;  // owned by the frames that accept on them
  bool paused_ = false;
};

}  // namespace mxlab::sim
