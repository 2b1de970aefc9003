// wires.hpp - what the network does with a packet from one host to another: the faults.
//
// Rules say pass, drop, reject …; the last rule that fits decides. Quality says how late, how
// lossy, how broken up. A host's own loopback always passes.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "relay/world/time.hpp"
#include "sim/world/rng.hpp"
#include "sim/world/trace.hpp"

namespace mxlab::sim {

using world::Duration;

struct Host;

enum class Verdict {
  kPass,
  kDrop,         // a black hole: no answer at all
  kReject,       // RST, or ICMP port unreachable
  kProhibit,     // ICMP administratively prohibited
  kUnreachable,  // nobody answers ARP
};
std::string_view to_string(Verdict verdict);

/// One directed pair's packets; for TCP, what gets lost is sent again and arrives later.
struct Quality {
  Duration latency_min = std::chrono::microseconds(200);
  Duration latency_max = std::chrono::milliseconds(2);
  double loss = 0;
  double duplicate = 0;         // datagrams only
  double reset = 0;             // per TCP segment: the connection dies at both ends
  double split = 0.25;          // per write: only a part of it goes at once
  std::uint64_t bandwidth = 0;  // bytes a second; 0: no limit
};

/// Packets it is about. nullptr is every host; port 0 is every port, any other is either end's.
struct Traffic {
  const Host* from = nullptr;
  const Host* to = nullptr;
  std::uint16_t port = 0;
};

class Wires {
 public:
  Wires(Trace& trace, Rng rng) : trace_(trace), rng_(rng) {}

  void rule(Traffic traffic, Verdict verdict);
  /// No packet reaches the host's port; port 0: none reaches it, and none leaves it.
  void blackhole(const Host& host, std::uint16_t port = 0);
  /// Nothing passes between the two, in either direction.
  void part(const Host& one, const Host& other);
  void set_quality(Quality quality);  // of all pairs, and of those without their own
  void set_quality(const Host& from, const Host& to, Quality quality);
  /// Forgets the rules that name this host (and no longer delays its packets).
  void heal(const Host& host);
  void heal();  // everything: no rules, and the quality of the beginning

  /// `to` is nullptr when no host has the address.
  Verdict verdict(const Host& from, const Host* to, std::uint16_t port, std::uint16_t other) const;
  const Quality& quality(const Host& from, const Host& to) const;
  /// When a packet of so many bytes that leaves now arrives.
  TimePoint arrival(const Host& from, const Host& to, std::size_t bytes, TimePoint now);
  /// The same for what the sender repeats until it arrives.
  TimePoint certain_arrival(const Host& from, const Host& to, std::size_t bytes, TimePoint now);
  /// Whether chance takes this packet.
  bool loses(const Host& from, const Host& to);
  Rng& rng() { return rng_; }

 private:
  struct Rule {
    Traffic traffic;
    Verdict verdict;
  };
  using Pair = std::pair<std::uint32_t, std::uint32_t>;
  void note(std::string_view what, const Traffic& traffic);

  Trace& trace_;
  Rng rng_;
  std::vector<Rule> rules_;
  Quality default_;
  std::map<Pair, Quality> qualities_;
  std::map<Pair, TimePoint> busy_until_;
};

}  // namespace mxlab::sim
