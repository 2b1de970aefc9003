// faults.hpp - what goes wrong on real wires: nftables rules in the victim's own namespace, and
// netem where the kernel has it.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "relay/world/time.hpp"
#include "sim/live/wires.hpp"

namespace mxlab::sim::live {

enum class FaultKind {
  kDrop,    // no packet arrives; and none leaves, unless it is about one sender alone
  kReject,  // TCP is reset, all else is answered "port unreachable"
  /// ICMP "administratively prohibited": EHOSTUNREACH at once. By IPv6 Linux calls it EACCES, and
  /// on wires without any latency hears it only at its second SYN, after 1 s.
  kProhibit,
  kUnreachable,  // ARP and neighbour discovery stay unanswered
};

/// What the wires are like, faults or not.
struct Line {
  world::Duration least{}, most{};  // how much later packets leave a machine
  std::uint64_t rate = 0;           // bytes a second that leave it; 0: no limit
  double loss = 0;                  // chance takes this share (0 to 1) of the packets that arrive

  bool is_slow() const { return most > world::Duration{} || rate > 0; }
};

class Faults {
 public:
  explicit Faults(Wires& wires) : wires_(wires) {}

  /// What happens to packets for the victim; `from`: only to those of this machine; empty: to all.
  /// The latest fault for the same pair counts.
  void set(const std::string& victim, FaultKind kind, const std::string& from = "");
  /// Of every machine, until heal_all(). Delay and rate need has_netem(), else it throws
  /// std::runtime_error with a sentence.
  void set_line(const Line& line);
  /// Whether this kernel has netem.
  bool has_netem();
  /// All faults of the victim end, or those between `from` and it.
  void heal(const std::string& victim, const std::string& from = "");
  void heal_all();

 private:
  struct Victim {
    std::map<std::string, FaultKind> by_sender;  // "": everybody
  };
  void apply(const std::string& victim);
  void shape(const Machine& machine);
  std::string rules(const Victim& victim) const;
  void forget_neighbours();

  Wires& wires_;
  std::map<std::string, Victim> victims_;
  Line line_;
};

}  // namespace mxlab::sim::live
