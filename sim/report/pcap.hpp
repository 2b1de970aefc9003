// pcap.hpp - the simulated wires as a capture file that Wireshark reads.
//
// A segment or datagram stands there when it arrives at its host; a SYN and a datagram that gets
// lost when they leave, for they may never arrive. What a kernel sends again stands there once,
// when it arrives. Local sockets are not on a wire.
#pragma once
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "sim/report/pcap_frames.hpp"
#include "sim/world/trace.hpp"

namespace mxlab::report {

/// A capture file (pcap, nanoseconds, Ethernet). Its calls throw std::system_error with its name.
class PcapFile {
 public:
  explicit PcapFile(const std::string& name);
  void write(world::TimePoint at, std::string_view frame);
  /// Everything is in the file.
  void finish();

 private:
  void put(std::string_view bytes);

  std::string name_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
};

/// Writes what a trace tells of the network into a file. Lives as long as the trace.
class PacketCapture {
 public:
  PacketCapture(const std::string& file, sim::Trace& trace);
  PacketCapture(const PacketCapture&) = delete;
  PacketCapture& operator=(const PacketCapture&) = delete;
  void finish() { file_.finish(); }

 private:
  /// One direction of a connection: the number of the next byte that arrives.
  struct Flow {
    world::Endpoint from;
    std::uint32_t next = 0;
  };
  struct Conversation {
    Flow client, server;
    std::string syn;  // the frame
    bool prohibited = false;
  };
  void take(world::TimePoint at, sim::EventKind kind, const sim::Packet& packet,
            std::string_view text);
  void take_tcp(sim::EventKind kind, const sim::Packet& packet, std::string_view text);
  void take_syn(const sim::Packet& packet, std::string_view verdict);
  void take_failure(const sim::Packet& packet, std::string_view error);
  void take_data(const sim::Packet& packet);
  void send(const sim::Packet& packet, std::uint8_t flags, std::string_view payload = {});
  void acknowledge(const sim::Packet& packet);
  void write(std::string_view frame) { file_.write(now_, frame); }

  PcapFile file_;
  world::TimePoint now_{};
  std::map<std::uint64_t, Conversation> conversations_;  // by the connection's number
};

}  // namespace mxlab::report
