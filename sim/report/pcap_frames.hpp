// pcap_frames.hpp - PURE: Ethernet frames with IPv4 or IPv6 and TCP, UDP or ICMP in them.
//
// As a capture shows them: lengths and checksums are right, the hosts' hardware addresses are made
// of their IP addresses. Nothing is fragmented.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "relay/world/address.hpp"

namespace mxlab::report {

/// Who speaks to whom; both of one family.
struct Route {
  world::Endpoint from, to;
};

enum TcpFlag : std::uint8_t { kFin = 1, kSyn = 2, kRst = 4, kPsh = 8, kAck = 16 };

struct TcpHeader {
  std::uint32_t sequence = 0;
  std::uint32_t acknowledged = 0;
  std::uint8_t flags = 0;  // of TcpFlag; a SYN says how much a segment may hold
};

/// What a TCP segment holds at most, on Ethernet.
std::size_t most_in_segment(const Route& route);

std::string tcp_frame(const Route& route, const TcpHeader& header, std::string_view payload = {});
std::string udp_frame(const Route& route, std::string_view payload);

enum class Refusal { kPort, kProhibited };
/// ICMP's answer to a frame: the port is not open, or it is forbidden to go there.
std::string refusal_frame(const Route& refused, std::string_view frame, Refusal why);

}  // namespace mxlab::report
