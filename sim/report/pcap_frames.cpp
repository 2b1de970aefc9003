#include "sim/report/pcap_frames.hpp"

#include <algorithm>
#include <array>
#include <asio/ip/address.hpp>

namespace mxlab::report {
namespace {

constexpr std::size_t kEthernet = 14, kMtu = 1500, kTcp = 20, kV4 = 20, kV6 = 40;
enum Protocol : std::uint8_t { kIcmpV4 = 1, kTcpProtocol = 6, kUdpProtocol = 17, kIcmpV6 = 58 };

void put8(std::string& out, std::uint8_t value) { out.push_back(static_cast<char>(value)); }
void put16(std::string& out, std::size_t value) {
  put8(out, static_cast<std::uint8_t>(value >> 8));
  put8(out, static_cast<std::uint8_t>(value));
}
void put32(std::string& out, std::uint32_t value) {
  put16(out, value >> 16);
  put16(out, value & 0xffff);
}

std::string bytes_of(const world::Address& address) {
  std::string out;
  if (address.is_v4())
    for (const auto byte : address.to_v4().to_bytes()) put8(out, byte);
  else
    for (const auto byte : address.to_v6().to_bytes()) put8(out, byte);
  return out;
}

// Locally administered; the end of the IP address tells whose it is.
std::string hardware_address(const world::Address& address) {
  constexpr std::size_t kTold = 4;
  const std::string bytes = bytes_of(address);
  return std::string("\x02\x00", 2) + bytes.substr(bytes.size() - kTold);
}

// RFC 1071.
std::uint16_t checksum(std::string_view bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(bytes[i]);
    sum += i % 2 == 0 ? std::uint32_t{byte} << 8 : byte;
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<std::uint16_t>(~sum);
}

void set16(std::string& bytes, std::size_t at, std::uint16_t value) {
  bytes[at] = static_cast<char>(value >> 8);
  bytes[at + 1] = static_cast<char>(value);
}

// RFC 9293 3.1, RFC 8200 8.1: what TCP, UDP and ICMPv6 add up besides themselves.
std::string pseudo_header(const Route& route, Protocol protocol, std::size_t size) {
  std::string out = bytes_of(route.from.address) + bytes_of(route.to.address);
  if (route.from.address.is_v4()) {
    put16(out, protocol);
    put16(out, size);
  } else {
    put32(out, static_cast<std::uint32_t>(size));
    put32(out, protocol);
  }
  return out;
}

void seal(std::string& segment, std::size_t field, const Route& route, Protocol protocol) {
  std::uint16_t sum = checksum(pseudo_header(route, protocol, segment.size()) + segment);
  if (protocol == kUdpProtocol && sum == 0) sum = 0xffff;  // RFC 768: 0 is "none"
  set16(segment, field, sum);
}

std::string v4_header(const Route& route, Protocol protocol, std::size_t size) {
  constexpr std::size_t kDoNotFragment = 0x4000, kChecksum = 10;
  constexpr std::uint8_t kVersionAndLength = 0x45, kHops = 64;
  std::string out;
  put8(out, kVersionAndLength);
  put8(out, 0);
  put16(out, kV4 + size);
  put16(out, 0);
  put16(out, kDoNotFragment);
  put8(out, kHops);
  put8(out, protocol);
  put16(out, 0);
  out += bytes_of(route.from.address) + bytes_of(route.to.address);
  set16(out, kChecksum, checksum(out));
  return out;
}

std::string v6_header(const Route& route, Protocol protocol, std::size_t size) {
  constexpr std::uint32_t kVersion = 0x60000000;
  constexpr std::uint8_t kHops = 64;
  std::string out;
  put32(out, kVersion);
  put16(out, size);
  put8(out, protocol);
  put8(out, kHops);
  return out + bytes_of(route.from.address) + bytes_of(route.to.address);
}

std::string frame(const Route& route, Protocol protocol, const std::string& segment) {
  constexpr std::size_t kTypeV4 = 0x0800, kTypeV6 = 0x86dd;
  const bool v4 = route.from.address.is_v4();
  std::string out = hardware_address(route.to.address) + hardware_address(route.from.address);
  put16(out, v4 ? kTypeV4 : kTypeV6);
  out +=
      v4 ? v4_header(route, protocol, segment.size()) : v6_header(route, protocol, segment.size());
  return out + segment;
}

}  // namespace

std::size_t most_in_segment(const Route& route) {
  return kMtu - (route.from.address.is_v4() ? kV4 : kV6) - kTcp;
}

std::string tcp_frame(const Route& route, const TcpHeader& header, std::string_view payload) {
  constexpr std::size_t kChecksum = 16, kWindow = 65535, kMaximumSegmentSize = 0x0204;
  const bool says_most = (header.flags & kSyn) != 0;
  const std::size_t words = says_most ? 6 : 5;
  std::string out;
  put16(out, route.from.port);
  put16(out, route.to.port);
  put32(out, header.sequence);
  put32(out, header.acknowledged);
  put16(out, words << 12 | header.flags);
  put16(out, kWindow);
  put16(out, 0);
  put16(out, 0);
  if (says_most) put16(out, kMaximumSegmentSize), put16(out, most_in_segment(route));
  out += payload;
  seal(out, kChecksum, route, kTcpProtocol);
  return frame(route, kTcpProtocol, out);
}

std::string udp_frame(const Route& route, std::string_view payload) {
  constexpr std::size_t kHeader = 8, kChecksum = 6;
  std::string out;
  put16(out, route.from.port);
  put16(out, route.to.port);
  put16(out, kHeader + payload.size());
  put16(out, 0);
  out += payload;
  seal(out, kChecksum, route, kUdpProtocol);
  return frame(route, kUdpProtocol, out);
}

// RFC 792 and RFC 1812 5.2.7.1; RFC 4443 3.1.
std::string refusal_frame(const Route& refused, std::string_view frame_refused, Refusal why) {
  constexpr std::size_t kMostQuoted = 548, kChecksum = 2;
  const bool v4 = refused.from.address.is_v4();
  const std::array<std::uint8_t, 2> codes_v4{3, 13}, codes_v6{4, 1};
  const auto index = static_cast<std::size_t>(why);
  std::string out;
  put8(out, v4 ? 3 : 1);  // destination unreachable
  put8(out, v4 ? codes_v4.at(index) : codes_v6.at(index));
  put16(out, 0);
  put32(out, 0);
  out += frame_refused.substr(kEthernet, kMostQuoted);
  const Route back{refused.to, refused.from};
  if (v4)
    set16(out, kChecksum, checksum(out));
  else
    seal(out, kChecksum, back, kIcmpV6);
  return frame(back, v4 ? kIcmpV4 : kIcmpV6, out);
}

}  // namespace mxlab::report
