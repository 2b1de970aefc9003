// wires.hpp - the network of a live lab: its machines, joined by a bridge, inside a sandbox.
//
// Addresses are 192.0.2.0/24 and 2001:db8::/64; anywhere else is ENETUNREACH, at once. The lab
// itself is 192.0.2.53 and 2001:db8::53 on that bridge: a fakedns::Server on the lab's own
// RealWorld, listening there, is everybody's name server.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "sim/live/machine.hpp"

namespace mxlab::sim::live {

/// The interface at which the lab sees all that passes.
constexpr const char* kBridge = "wires";

class Wires {
 public:
  /// All machines, connected, with their addresses up. Throws std::runtime_error with a sentence.
  Wires(const std::filesystem::path& place, const std::vector<MachineSpec>& machines);

  Machine& machine(const std::string& name);
  const std::vector<std::unique_ptr<Machine>>& machines() const { return machines_; }

 private:
  std::vector<std::unique_ptr<Machine>> machines_;
};

}  // namespace mxlab::sim::live
