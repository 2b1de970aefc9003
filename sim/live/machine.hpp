// machine.hpp - a machine of the live lab: a network namespace, a root directory, a host name.
//
// Its programs are this computer's (/usr, read-only); all else below its "/" is its own and lies in
// memory. It needs no process of its own; whoever is to run there enters it.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "relay/world/address.hpp"

namespace mxlab::sim::live {

using world::Address;

struct MachineSpec {
  std::string name;
  std::vector<Address> addresses;
};

/// Where the lab answers DNS questions.
inline constexpr const char* kNameServer4 = "192.0.2.53";
inline constexpr const char* kNameServer6 = "2001:db8::53";

/// A network namespace, held open.
class Net {
 public:
  /// A new one, without interfaces but lo, which is down.
  Net();
  ~Net();
  Net(const Net&) = delete;
  Net& operator=(const Net&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

class Machine {
 public:
  /// Its root directory is made below `place`. Without wires it has no address yet.
  Machine(MachineSpec spec, const std::filesystem::path& place);

  const std::string& name() const { return spec_.name; }
  const std::vector<Address>& addresses() const { return spec_.addresses; }
  /// The lab, as this machine reaches it: by IPv4 if it has that.
  Address name_server() const;
  const Net& net() const { return net_; }

  /// Its "/", as the lab sees it. /etc holds what programs need; /var, /run, /tmp, /root are empty.
  const std::filesystem::path& root() const { return root_; }
  /// Where the lab finds what the machine calls `path`.
  std::filesystem::path at(const std::string& path) const;
  /// Writes a file, with the directories above it.
  void install(const std::string& path, const std::string& text, unsigned mode = 0644) const;
  /// A directory of this computer is there too, read-only, under the same path or another.
  void show(const std::filesystem::path& directory, const std::string& as = "") const;
  /// The same for where this program lies, unless the machine has it already.
  void show_program(const std::string& program) const;
  /// A filesystem of its own of so many bytes in place of an empty directory: a disk that fills.
  void limit_disk(const std::string& directory, std::uint64_t bytes) const;

 private:
  void make_root() const;
  void make_etc() const;

  MachineSpec spec_;
  std::filesystem::path root_;
  Net net_;
};

/// How a process gets onto a machine; called between fork and exec.
enum class As { kRoot, kUser };
/// Namespaces, root directory and host name become the machine's. As its user (1000), the process
/// may use any port, and owns all files of the machine. Throws std::system_error.
void enter(const Machine& machine, As whom);

}  // namespace mxlab::sim::live
