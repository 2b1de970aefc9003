// host.hpp - a simulated machine: its kernel's side of the network, its disk, and at times a
// process.
//
// The machine is `powered` from its first boot until a power cut; it is `up` while its process
// runs. A host that is powered and not up refuses connections; one without power answers nothing.
#pragma once
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "relay/world/world.hpp"
#include "sim/world/rng.hpp"
#include "sim/world/sim_disk.hpp"

namespace mxlab::sim {

using world::Address;
using world::Duration;
using world::Endpoint;
using world::error_code;
using world::TimePoint;
using world::World;

class Simulation;
class Process;
struct Sockets;

struct Host {
  Host(Simulation& owner, std::string name, std::vector<Address> addresses, std::uint32_t index);
  ~Host();

  SimDisk& disk() { return disk_; }
  /// From now on chance decides otherwise about what survives on the disk. For copies of one world,
  /// which would all decide alike.
  void reseed_disk(std::uint64_t seed) { disk_random_ = Rng::derived(seed, disk_random_.next()); }
  /// The same for all that chance decides here.
  void reseed(std::uint64_t seed);
  /// Of the running process; only while it is up.
  World& world();
  /// True between a request for a power cut and the cut: nothing may leave the host any more.
  bool doomed() const { return power_cut_requested || disk_.dead(); }
  bool owns(const Address& address) const;

  Simulation& simulation;
  const std::string name;
  const std::vector<Address> addresses;
  const std::uint32_t index;  // into Simulation::hosts()

  bool powered = false;
  bool up = false;
  std::uint64_t life = 0;                                   // processes so far
  std::uint64_t power_cycle = 0;                            // kernels so far
  std::uint64_t steps = 0;                                  // handlers run, over all lives
  Duration clock_skew{0};                                   // of the wall clock alone
  Duration storage_latency = std::chrono::milliseconds(1);  // a job takes half to one and a half
  std::function<void(const DiskCall&)> on_disk_call;

  // For the simulation's own parts.
  void post(world::IoCompletion done, error_code error, std::size_t bytes);
  void post(world::Wakeup done, error_code error);
  void post(world::Completion<> done);
  Rng random;
  std::unique_ptr<Sockets> sockets;
  std::set<std::string> socket_files;  // of local sockets; a killed process leaves its own
  std::unique_ptr<Process> process;
  bool ready = false;  // in the simulation's list of hosts that may have a ready handler
  bool power_cut_requested = false;

 private:
  Rng disk_random_;
  SimDisk disk_;
};

}  // namespace mxlab::sim
