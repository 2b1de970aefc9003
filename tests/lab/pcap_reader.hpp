// pcap_reader.hpp - reads capture files strictly, for tests: every length and checksum must be
// right, and every number of a TCP connection must follow from those before it.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mxlab::test {

struct CapturedFrame {
  std::int64_t at = 0;   // nanoseconds
  int version = 0;       // of IP
  int protocol = 0;      // 6 TCP, 17 UDP, 1 and 58 ICMP
  std::string from, to;  // addresses as bytes
  std::uint16_t from_port = 0, to_port = 0;
  std::uint32_t sequence = 0, acknowledged = 0;
  unsigned flags = 0;
  std::string payload;
};

/// Throws std::runtime_error, which names the frame and what is wrong with it.
std::vector<CapturedFrame> read_capture(const std::string& bytes);

constexpr unsigned kCapturedFin = 1, kCapturedSyn = 2, kCapturedRst = 4, kCapturedAck = 16;

/// What one side of a connection said, and how it went.
struct CapturedSide {
  std::string said;
  bool syn = false, fin = false, rst = false;
  std::uint32_t next = 0;  // number
};

/// Follows the connections and checks their numbers; by both ports' and addresses' owner who
/// speaks.
using CapturedWay =
    std::pair<std::pair<std::string, std::uint16_t>, std::pair<std::string, std::uint16_t>>;
std::map<CapturedWay, CapturedSide> follow_connections(const std::vector<CapturedFrame>& frames);

}  // namespace mxlab::test
