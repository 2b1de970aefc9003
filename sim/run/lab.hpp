// lab.hpp - the simulated stage: a scenario's machines on virtual time, what runs on them, its DNS.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "fakedns/server.hpp"
#include "sim/actors/primary.hpp"
#include "sim/actors/sender.hpp"
#include "sim/run/relay_station.hpp"
#include "sim/run/stage.hpp"
#include "sim/run/strikes.hpp"
#include "sim/run/supervisor.hpp"
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

/// What must be there before the stage that reads its trace.
struct SimulatedWorld {
  explicit SimulatedWorld(std::uint64_t seed) : simulation(seed) {}
  Simulation simulation;
};

class Lab final : public SimulatedWorld, public Stage {
 public:
  Lab(const scenario::Scenario& scenario, std::uint64_t seed);

  // --- hosts ---
  LabHost& host(const std::string& name) { return *hosts_[number_of(name)]; }
  std::vector<std::unique_ptr<LabHost>>& hosts() { return hosts_; }
  void boot(LabHost& host);
  void stop(LabHost& host);
  std::vector<Delivered> mail_of(LabHost& host);
  /// Asks a station for its rows and lets the simulation go on until it answers.
  std::vector<control::QueueRow> rows_of(LabHost& host);

  // --- the stage ---
  TimePoint now() const override { return simulation.now(); }
  TimePoint start() const override { return simulation.start(); }
  bool step(TimePoint limit) override;
  void run_until(TimePoint end) override { simulation.run_until(end); }
  void at(TimePoint when, std::function<void()> event) override {
    simulation.at(when, std::move(event));
  }
  void after_step(std::function<void()> hook) override { simulation.after_step(std::move(hook)); }
  std::uint64_t seed() const override { return simulation.seed(); }
  std::uint64_t network_events() const override { return simulation.network_events(); }
  bool asking_counts() const override { return true; }

  bool is_up(HostNumber host) override;
  void boot(HostNumber host) override { boot(*hosts_[host]); }
  void stop(HostNumber host) override { stop(*hosts_[host]); }
  void kill(HostNumber host) override { simulation.kill(*hosts_[host]->machine); }
  void strike(const scenario::Strike& strike) override { strikes_.expect(strike); }
  void crash(HostNumber host) override { simulation.crash(*hosts_[host]->machine); }
  void pause(HostNumber host, const std::string& part, bool paused, Told told) override;
  void schedule(HostNumber host, Told told) override;
  void set_full(HostNumber host, bool full) override;
  std::string fault_of(HostNumber host) override;

  void network(const scenario::HostAction& action) override;
  void answer(const scenario::Answer& answer) override;
  void slow(const scenario::Slow& slow) override;
  void lie(const scenario::DnsLie& lie) override;
  void fail_disk(const scenario::DiskFault& fault) override;
  void step_clock(const scenario::ClockStep& step) override;
  void heal_everything() override;
  void change_dns(const scenario::DnsChange& change) override;

  void hold(const scenario::Dialogue& dialogue, Told told) override;
  std::vector<Delivered> mail_of(HostNumber host) override { return mail_of(*hosts_[host]); }
  std::vector<control::QueueRow> rows_of(HostNumber host) override {
    return rows_of(*hosts_[host]);
  }

  fakedns::ZoneSet zones;
  fakedns::Lies lies;

 protected:
  void submit(HostNumber host, Letter letter, Told told) override;
  const std::vector<Delivered>& delivered_to(HostNumber host) override {
    return hosts_[host]->mailboxes.all();
  }
  bool knows_its_queue(HostNumber host) override;

 private:
  Simulation::Program program_of(LabHost& host);
  void take_leave(LabHost& host);
  void boot_name_server();

  std::vector<std::unique_ptr<LabHost>> hosts_;
  Host* name_server_ = nullptr;
  Supervisor supervisor_;
  Strikes strikes_;
};

}  // namespace mxlab::sim
