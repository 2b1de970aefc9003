// trace.hpp - everything that happens in a simulation, in one total order.
//
// Counters, monitors, expectations, ladders and the determinism check read this and nothing else.
// The hash covers every event, stored or not, payload bytes included; two runs with the same hash
// were the same run.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/world/address.hpp"
#include "relay/world/journal.hpp"
#include "relay/world/time.hpp"

namespace mxlab::sim {

using world::Address;
using world::Endpoint;
using world::TimePoint;

enum class EventKind : std::uint8_t {
  // Hosts and the scenario. text: what.
  kBoot,
  kCrash,
  kKill,
  kStop,
  kFault,
  kNote,
  // TCP. from, to; connection: its number; kData: value bytes, payload in text when kept.
  kSyn,            // at the client, text: what the network did with it ("pass", "drop", …)
  kConnected,      // at the client
  kConnectFailed,  // at the client, text: the error
  kEstablished,    // at the server's kernel, which has put it into the backlog
  kBacklogFull,    // at the server's kernel: a SYN was dropped
  kAccepted,       // at the server's process
  kData,           // arrived
  kStalled,        // at the sender: a segment found no way and will be sent again
  kFin,            // arrived
  kReset,          // arrived
  // Datagrams. from, to; value bytes, payload in text when kept.
  kDatagram,         // arrived
  kDatagramLost,     // on the way
  kPortUnreachable,  // arrived at the sender
  // Disk. subject: the call, text: the path, value: its first number.
  kDisk,
  // What the relay says of itself (world::FactKind, in the same order).
  kLog,
  kStat,
  kSent,
  kReceived,
  kQueue,
};

/// "boot", "data", … for people and files.
std::string_view to_string(EventKind kind);

struct Event {
  static constexpr std::uint32_t kNoHost = 0xffffffff;
  TimePoint at{};
  std::uint32_t host = kNoHost;  // index into Simulation::hosts()
  EventKind kind = EventKind::kNote;
  std::string subject;
  std::string text;
  std::int64_t value = 0;
  Endpoint from, to;             // of network events
  std::uint64_t connection = 0;  // of TCP events, from 1
};

/// What a network event is about; payload is hashed, and kept on demand.
struct Packet {
  const Endpoint& from;
  const Endpoint& to;
  std::uint64_t connection = 0;
  std::string_view payload{};
};

enum class Keep { kNothing, kEvents, kPayload };

class Trace {
 public:
  explicit Trace(const TimePoint& now) : now_(now) {}

  /// What is stored for readers; subscribers are served anyway.
  void keep(Keep what) { keep_ = what; }
  /// Called for every event, in order. Must not change the simulation; it may request a power cut.
  void on_event(std::function<void(const Event&)> reader) { readers_.push_back(std::move(reader)); }

  /// Called for every network event, with its bytes, for who writes down what was on the wires.
  /// Must not change the simulation.
  using PacketReader = std::function<void(TimePoint at, EventKind kind, const Packet& packet,
                                          std::string_view text)>;
  void on_packet(PacketReader reader) { packet_readers_.push_back(std::move(reader)); }

  const std::deque<Event>& events() const { return events_; }
  std::uint64_t hash() const { return hash_; }
  std::uint64_t size() const { return size_; }  // events so far, stored or not

  void record(std::uint32_t host, EventKind kind, std::string_view text = {});
  void record(std::uint32_t host, const world::Fact& fact);
  void record(std::uint32_t host, EventKind kind, const Packet& packet, std::string_view text = {});
  /// A disk call, `a` and `b` its numbers.
  void record_disk(std::uint32_t host, const world::Fact& call, std::uint64_t b);
  /// A handler ran on this host: hashed, not stored.
  void step(std::uint32_t host) { mix(host); }

 private:
  void mix(std::uint64_t word) {
    hash_ = (hash_ ^ word) * 0x9fb21c651e98df25ull;
    hash_ ^= hash_ >> 32;
  }
  void mix(std::string_view bytes);
  void mix(const Endpoint& endpoint);
  void begin(std::uint32_t host, EventKind kind);
  bool wanted() const { return keep_ != Keep::kNothing || !readers_.empty(); }
  void publish(Event event);

  const TimePoint& now_;
  Keep keep_ = Keep::kEvents;
  std::uint64_t hash_ = 0xcbf29ce484222325ull;
  std::uint64_t size_ = 0;
  std::deque<Event> events_;
  std::vector<std::function<void(const Event&)>> readers_;
  std::vector<PacketReader> packet_readers_;
};

}  // namespace mxlab::sim
