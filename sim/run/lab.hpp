// lab.hpp - a scenario's world: its machines, what runs on them, its DNS, and what is known of it.
#pragma once
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "fakedns/server.hpp"
#include "sim/actors/primary.hpp"
#include "sim/actors/sender.hpp"
#include "sim/judge/chronicle.hpp"
#include "sim/judge/ledger.hpp"
#include "sim/run/relay_station.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/world/simulation.hpp"

namespace mxlab::sim {

/// A machine of the scenario, over all its lives.
struct LabHost {
  explicit LabHost(const scenario::HostSpec& s) : spec(s) {}
  const scenario::HostSpec& spec;
  Host* machine = nullptr;
  Mailboxes mailboxes;
  Manners manners;
  SenderSpool spool;
  std::weak_ptr<Station> station;     // of the present life
  std::weak_ptr<RelayStation> relay;  // the same, when it is a relay
};

class Lab {
 public:
  Lab(const scenario::Scenario& scenario, std::uint64_t seed);

  // --- hosts ---
  LabHost& host(const std::string& name);
  /// Through whom letters go that do not say it.
  LabHost& only_sender();
  std::vector<std::unique_ptr<LabHost>>& hosts() { return hosts_; }
  /// Null while the host is down, or is a client.
  std::shared_ptr<Station> station(const std::string& name);
  void boot(LabHost& host);
  void stop(LabHost& host);
  void kill(LabHost& host) { simulation.kill(*host.machine); }
  void crash(LabHost& host) { simulation.crash(*host.machine); }
  /// All faults off, everybody up and answering: whatever can arrive must now arrive.
  void heal_everything();

  // --- DNS ---
  /// These records in place of all that the name has; none: the name is gone.
  void change_dns(const std::string& name, const std::vector<scenario::Record>& records);
  /// For each domain the preference of each of our hosts that has been among its MX hosts.
  using MxHosts = std::map<std::string, std::map<std::string, std::uint16_t>>;
  const MxHosts& mx_hosts() const { return mx_hosts_; }

  // --- mail ---
  /// Hands a letter in and enters it into the ledger; `refused` is told why a host does not take
  /// it.
  void post(LabHost& host, Letter letter, std::string token,
            std::function<void(std::string)> refused);
  /// All that reached the mailboxes of a host; those of a relay are files on its disk.
  std::vector<Delivered> mail_of(LabHost& host);
  /// Asks a station for its rows and lets the simulation go on until it answers.
  std::vector<control::QueueRow> rows_of(LabHost& host);
  /// Numbers the scenario's letters from 1.
  std::uint32_t next_letter() { return ++letters_; }
  /// How many messages lie twice in the same mailbox.
  std::int64_t copies_too_many() const;
  /// No host holds mail any more.
  bool drained() const;
  /// What the ledger is held against, now.
  Evidence evidence();

  Simulation simulation;
  fakedns::ZoneSet zones;
  fakedns::Lies lies;
  Chronicle chronicle;
  Ledger ledger;

 private:
  void add_zone_records();
  void note_mx(const scenario::Record& record);
  Simulation::Program program_of(LabHost& host);
  void boot_name_server();
  static awaitable<void> post_letter(std::shared_ptr<Station> station, Letter letter,
                                     std::function<void(std::string)> done);

  const scenario::Scenario& scenario_;
  std::vector<std::unique_ptr<LabHost>> hosts_;
  Host* name_server_ = nullptr;
  MxHosts mx_hosts_;
  /// What copies_too_many() has read of each host's mailboxes, which only ever grow.
  struct CopyCount {
    std::size_t read = 0;
    std::set<std::pair<std::string, std::string>> seen;  // mailbox, Message-ID
    std::int64_t copies = 0;
  };
  mutable std::vector<CopyCount> copy_counts_;
  std::uint32_t letters_ = 0;
};

}  // namespace mxlab::sim
