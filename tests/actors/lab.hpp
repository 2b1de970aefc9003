// lab.hpp - a small internet of actors: a name server, senders, primaries, and what they did.
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fakedns/server.hpp"
#include "sim/actors/dialogue.hpp"
#include "sim/actors/primary.hpp"
#include "sim/actors/sender.hpp"
#include "sim/world/simulation.hpp"

namespace mxlab::sim {

/// One host of the lab, with all that outlives its process.
struct ActorHost {
  Host* host = nullptr;
  std::string name;
  bool tls = false;
  SenderProfile profile = opensmtpd();
  Mailboxes mailboxes;
  Manners manners;
  SenderSpool spool;
  std::shared_ptr<Sender> sender;
  std::shared_ptr<Primary> primary;

  Station& station() { return sender ? static_cast<Station&>(*sender) : *primary; }
  const control::Digest& digest() { return station().digest(); }
  control::Columns columns() { return control::columns(digest(), {}); }
};

class ActorLab {
 public:
  explicit ActorLab(std::uint64_t seed = 1);
  ~ActorLab();

  ActorHost& add(const std::string& name, const std::string& address);
  void boot_sender(ActorHost& actor);
  void boot_primary(ActorHost& actor);

  /// Hands a letter in now; what submit() said.
  std::string submit(ActorHost& via, const std::string& from, const std::vector<std::string>& to);
  std::vector<control::QueueRow> rows(ActorHost& of);
  std::string talk(ActorHost& from, DialogueScript script);
  void run_until(double seconds);
  double now() const;

  /// Times (s) of this host's facts of a kind whose text begins so.
  std::vector<double> times(const ActorHost& actor, EventKind kind, const std::string& begin);
  /// Times (s) at which this host began to connect to port 25 of that address.
  std::vector<double> connects(const ActorHost& from, const ActorHost& to);
  bool logged(const ActorHost& actor, const std::string& part);

  Simulation simulation;
  fakedns::ZoneSet zones;
  fakedns::Lies lies;

 private:
  void run_on(ActorHost& actor, std::function<world::awaitable<void>(World&)> body);

  std::deque<ActorHost> actors_;
};

/// The tutorial's three hosts: a sender, the primary (10) and a second primary as backup (100).
struct Tutorial : ActorLab {
  explicit Tutorial(std::uint64_t seed = 1);
  ActorHost& sender;
  ActorHost& primary;
  ActorHost& backup;
  std::string send() { return submit(sender, "test@websteading.net", {"someone@example.org"}); }
};

}  // namespace mxlab::sim
