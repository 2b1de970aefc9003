// mta_lab.hpp - a sender, a primary and a backup on wires, any of them somebody else's mail system,
// and the name server that they all ask.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "fakedns/server.hpp"
#include "relay/world/real_disk.hpp"
#include "relay/world/real_world.hpp"
#include "sim/judge/chronicle.hpp"
#include "sim/live/mta.hpp"
#include "sim/live/station.hpp"
#include "sim/live/wires.hpp"

namespace mxlab::sim::live {

/// What plays the three of them; mxrelayd can be the backup.
struct Cast {
  Kind sender = Kind::kPostfix, primary = Kind::kPostfix, backup = Kind::kPostfix;
  std::vector<std::string> mailboxes{};  // of the primary; empty: everybody at example.org
};

class MtaLab {
 public:
  /// Nobody is started. Inside a sandbox.
  MtaLab(const std::filesystem::path& place, const Cast& cast);
  ~MtaLab();

  static constexpr const char* kSender = "mail.example.net";
  static constexpr const char* kPrimary = "mail.example.org";
  static constexpr const char* kBackup = "mx2.example.org";

  LiveStation& station(const std::string& host) { return *hosts_.at(host).station; }
  /// Its counters, since its last start.
  Digest digest(const std::string& host) { return hosts_.at(host).digest; }
  /// The last word about each of its envelopes, by their names.
  std::map<std::string, std::string>& envelopes(const std::string& host) {
    return hosts_.at(host).envelopes;
  }
  /// Does what a station is asked to do, and expects that it can.
  void expect(awaitable<std::string> work);
  std::string told(awaitable<std::string> work);
  std::vector<control::QueueRow> rows(const std::string& host);
  void start(const std::string& host);
  /// From a@example.net.
  void send(const std::string& to, const std::string& subject);
  /// Goes on until it is so; false when it is not within half a minute (`seconds`).
  bool until(const std::function<bool()>& done, int seconds = 30);
  /// What each program has said lately, for failures.
  std::string story() const;

 private:
  struct Host {
    std::unique_ptr<LiveStation> station;
    scenario::HostSpec spec;  // of mxrelayd
    Digest digest;
    std::map<std::string, std::string> envelopes;
  };
  void add(const std::string& name, Kind kind, const Cast& cast);
  void add_mxrelayd(Machine& machine, Facts facts, Died died);
  void hear(const std::string& name, const world::Fact& fact);
  template <class Value>
  Value finish(awaitable<Value> work);

  world::RealDisk disk_;
  std::unique_ptr<world::Journal> journal_;
  Wires wires_;
  fakedns::ZoneSet zones_;
  fakedns::Lies lies_;
  std::map<std::string, Host> hosts_;
  std::string story_;
  std::unique_ptr<world::RealWorld> world_;
};

/// Skipped, with the reason, where no sandbox can be had or the mail system has not been fetched.
std::string why_not_played(const Cast& cast);

}  // namespace mxlab::sim::live
