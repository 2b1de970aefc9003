// faults.hpp - what goes wrong on real wires: nftables rules in the victim's own namespace, and
// netem where the kernel has it.
#pragma once
#include <map>
#include <optional>
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

class Faults {
 public:
  explicit Faults(Wires& wires) : wires_(wires) {}

  /// What happens to packets for the victim; `from`: only to those of this machine; empty: to all.
  /// The latest fault for the same pair counts.
  void set(const std::string& victim, FaultKind kind, const std::string& from = "");
  /// Chance takes this share (0 to 1) of the packets that arrive there.
  void lose(const std::string& victim, double share);
  /// Whether this kernel has netem. It is asked once.
  bool can_delay();
  /// Packets leave the victim so much later. Only where can_delay().
  void delay(const std::string& victim, world::Duration latency, world::Duration jitter = {});
  /// All faults of the victim end, or those between `from` and it.
  void heal(const std::string& victim, const std::string& from = "");
  void heal_all();

 private:
  struct Victim {
    std::map<std::string, FaultKind> by_sender;  // "": everybody
    double loss = 0;
    bool delayed = false;
  };
  void apply(const std::string& victim);
  std::string rules(const Victim& victim) const;
  void forget_neighbours();

  Wires& wires_;
  std::map<std::string, Victim> victims_;
  std::optional<bool> can_delay_;
};

}  // namespace mxlab::sim::live
