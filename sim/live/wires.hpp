// wires.hpp - the machines of a live lab and the network between them, inside a sandbox.
//
// A machine is a network namespace, a root directory and a host name. A bridge in the lab's own
// namespace joins them; addresses are 192.0.2.0/24 and 2001:db8::/64, there is no route to
// anywhere else. The lab itself is 192.0.2.53 and 2001:db8::53 on that bridge: a fakedns::Server on
// the lab's own RealWorld, listening there, is everybody's name server.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "relay/world/address.hpp"

namespace mxlab::sim::live {

using world::Address;

struct MachineSpec {
  std::string name;
  std::vector<Address> addresses;
};

/// A network namespace, held open.
class Net {
 public:
  explicit Net(int descriptor) : descriptor_(descriptor) {}
  ~Net();
  Net(const Net&) = delete;
  Net& operator=(const Net&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

class Machine {
 public:
  /// Its root directory is made below `directory`; the network is another's business.
  Machine(MachineSpec spec, const std::filesystem::path& directory, std::shared_ptr<Net> net);

  const std::string& name() const { return spec_.name; }
  const std::vector<Address>& addresses() const { return spec_.addresses; }
  /// Its "/", as the lab sees it. Programs are the real machine's (/usr, read-only), /etc holds
  /// what programs need (resolv.conf and hosts for this lab), /var, /run, /tmp and /root are empty.
  const std::filesystem::path& root() const { return root_; }
  /// Where the lab finds what the machine calls `path`.
  std::filesystem::path at(const std::string& path) const;
  /// Writes a file, with the directories above it.
  void install(const std::string& path, const std::string& text, unsigned mode = 0644) const;
  /// A directory of the real machine is there too, read-only, under the same path or another.
  void show(const std::filesystem::path& directory, std::string as = "") const;
  /// A filesystem of its own of so many bytes, in place of an empty directory: a disk that fills.
  void limit_disk(const std::string& directory, std::uint64_t bytes) const;
  const Net& net() const { return *net_; }

 private:
  MachineSpec spec_;
  std::filesystem::path root_;
  std::shared_ptr<Net> net_;
};

class Wires {
 public:
  /// All machines, connected, with their addresses up. Throws std::runtime_error with a sentence.
  Wires(const std::filesystem::path& place, const std::vector<MachineSpec>& machines);

  Machine& machine(const std::string& name);
  std::vector<std::unique_ptr<Machine>>& machines() { return machines_; }

 private:
  std::vector<std::unique_ptr<Machine>> machines_;
};

}  // namespace mxlab::sim::live
