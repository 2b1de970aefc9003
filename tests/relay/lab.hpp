// lab.hpp - one relay among primaries and strangers, on virtual time.
#pragma once
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "fakedns/server.hpp"
#include "relay/relay.hpp"
#include "sim/actors/dialogue.hpp"
#include "sim/actors/primary.hpp"
#include "sim/world/simulation.hpp"

namespace mxlab::relay {

/// A mail host to which the relay delivers, with all that outlives its process.
struct Peer {
  sim::Host* host = nullptr;
  std::string name;
  sim::InboxOptions inbox;  // read when it is booted
  sim::Mailboxes mailboxes;
  sim::Manners manners;
  std::shared_ptr<sim::Primary> primary;
  std::size_t mails() const { return mailboxes.all().size(); }
};

/// mx2.example.org at 192.0.2.30 takes mail for all and relays it; 192.0.2.99 is a stranger.
class RelayLab {
 public:
  static const std::string kRelayForAll;
  explicit RelayLab(std::string config = kRelayForAll);
  ~RelayLab();

  /// A primary at 192.0.2.NUMBER.
  Peer& add_peer(const std::string& name, int number);
  void boot(Peer& peer);
  /// The relay's process; what it throws at its start is in fault().
  void boot_relay();
  /// A power cut, and the next start.
  void reboot_relay();

  /// Hands a message in on the relay's host; the reply's text.
  std::string submit(const std::string& from, const std::vector<std::string>& to,
                     const std::string& text = "Subject: hello\r\n\r\nA letter.\r\n");
  std::vector<control::QueueRow> rows();
  /// The stranger speaks to the relay; empty when all was as expected.
  std::string talk(std::vector<std::string> say, std::vector<std::string> hear,
                   world::Duration patience = std::chrono::seconds(300));

  /// Something else that the stranger does; returns when it is done.
  void as_stranger(std::function<awaitable<void>(world::World&)> body) {
    run_on(*stranger_, std::move(body));
  }

  void run_until(double seconds);
  double now() const;
  std::int64_t counter(const std::string& key) const;
  std::size_t count_logs(const std::string& part);
  /// Times (s) of the relay's log lines that contain this.
  std::vector<double> times(const std::string& part);

  sim::Simulation simulation{1};
  fakedns::ZoneSet zones;
  fakedns::Lies lies;
  RelayOptions options;
  sim::Host* machine = nullptr;
  std::shared_ptr<Relay> relay;
  std::string fault;

 private:
  void run_on(sim::Host& host, std::function<awaitable<void>(world::World&)> body);

  sim::Host* stranger_ = nullptr;
  std::deque<Peer> peers_;
};

}  // namespace mxlab::relay
