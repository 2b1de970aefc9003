// town.hpp - three mail hosts on wires, and a name server: who sends, who is the backup, who has
// the mailboxes.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "fakedns/server.hpp"
#include "relay/world/real_disk.hpp"
#include "sim/live/actor_process.hpp"
#include "sim/live/faults.hpp"
#include "sim/live/relay_process.hpp"
#include "sim/live/wires.hpp"

namespace mxlab::sim::live {

/// A fact, kept.
struct Told {
  world::TimePoint at{};
  world::FactKind kind{};
  std::string subject, text;
  std::int64_t value = 0;
};

/// Inside a sandbox. Everybody is down at first.
class Town {
 public:
  explicit Town(const std::filesystem::path& place);
  ~Town();
  Town(const Town&) = delete;
  Town& operator=(const Town&) = delete;

  /// Lets the town live until the work is done; what it returned.
  std::string run(awaitable<std::string> work);
  std::vector<control::QueueRow> rows(LiveStation& station);
  /// Lets it live until this is true; false when it does not become so within seconds.
  bool comes(const std::function<bool()>& truth);
  /// Whether a fact of this kind with this text has been told.
  static bool has(const std::vector<Told>& facts, world::FactKind kind, const std::string& part);
  static Letter letter(const std::string& name);

  std::vector<Told> from_sender, from_relay, from_primary;
  std::vector<std::string> deaths;
  std::vector<std::string> questions;  // "192.0.2.10 primary.example A"

 private:
  class Silent final : public world::Journal {
   public:
    void record(const world::Fact&) override {}
  };
  Facts into(std::vector<Told>& facts);
  Died died();

  scenario::HostSpec sender_spec_, relay_spec_, primary_spec_;
  world::RealDisk disk_;
  Silent journal_;
  fakedns::ZoneSet zones_;
  fakedns::Lies lies_;
  world::RealWorld world_;

 public:
  Wires wires;
  Faults faults;
  ActorProcess sender;
  RelayProcess relay;
  ActorProcess primary;
};

}  // namespace mxlab::sim::live
