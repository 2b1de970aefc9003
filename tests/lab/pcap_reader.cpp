#include "tests/lab/pcap_reader.hpp"

#include <fmt/format.h>
#include <stdexcept>

namespace mxlab::test {
namespace {

constexpr std::size_t kEthernet = 14;
constexpr int kTcp = 6, kUdp = 17, kIcmp = 1, kIcmpV6 = 58;

void require(bool holds, std::size_t frame, const std::string& what) {
  if (!holds) throw std::runtime_error(fmt::format("frame {}: {}", frame, what));
}

std::uint32_t number(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value = value << 8 | static_cast<unsigned char>(bytes.at(at + i));
  return value;
}

std::uint32_t little(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes.at(at + i));
  return value;
}

// With its checksum in it, whatever is summed up gives all ones.
bool sums_up(std::string bytes) {
  if (bytes.size() % 2 != 0) bytes += '\0';
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    sum += number(bytes, i, 2);
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return sum == 0xffff;
}

std::string pseudo_header(const CapturedFrame& frame, std::size_t size) {
  std::string out = frame.from + frame.to;
  if (frame.version == 6) out += std::string(2, '\0');
  out += {static_cast<char>(size >> 8), static_cast<char>(size)};
  if (frame.version == 6) out += std::string(2, '\0');
  return out + std::string({'\0', static_cast<char>(frame.protocol)});
}

void read_transport(CapturedFrame& frame, std::string_view segment, std::size_t index) {
  const bool has_pseudo_header = frame.protocol != kIcmp;
  const std::string summed =
      (has_pseudo_header ? pseudo_header(frame, segment.size()) : "") + std::string(segment);
  require(sums_up(summed), index, "the checksum of what IP carries is wrong");
  if (frame.protocol == kIcmp || frame.protocol == kIcmpV6) return;
  frame.from_port = static_cast<std::uint16_t>(number(segment, 0, 2));
  frame.to_port = static_cast<std::uint16_t>(number(segment, 2, 2));
  if (frame.protocol == kUdp) {
    require(number(segment, 4, 2) == segment.size(), index, "UDP's length is wrong");
    frame.payload = segment.substr(8);
    return;
  }
  frame.sequence = number(segment, 4, 4);
  frame.acknowledged = number(segment, 8, 4);
  frame.flags = number(segment, 12, 2) & 0x3f;
  frame.payload = segment.substr((number(segment, 12, 2) >> 12) * 4);
}

CapturedFrame read_frame(std::string_view bytes, std::size_t index) {
  CapturedFrame frame;
  const std::string_view packet = bytes.substr(kEthernet);
  frame.version = static_cast<int>(number(packet, 0, 1) >> 4);
  const bool v4 = frame.version == 4;
  require(number(bytes, 12, 2) == (v4 ? 0x0800u : 0x86ddu), index, "no IP in Ethernet");
  const std::size_t header = v4 ? 20 : 40, length = number(packet, v4 ? 2 : 4, 2);
  require(length + (v4 ? 0 : header) == packet.size(), index, "IP's length is wrong");
  if (v4) require(sums_up(std::string(packet.substr(0, header))), index, "IP's checksum is wrong");
  frame.protocol = static_cast<int>(number(packet, v4 ? 9 : 6, 1));
  require(
      frame.protocol == kTcp || frame.protocol == kUdp || frame.protocol == (v4 ? kIcmp : kIcmpV6),
      index, "an unknown protocol");
  const std::size_t size = v4 ? 4 : 16, at = v4 ? 12 : 8;
  frame.from = packet.substr(at, size);
  frame.to = packet.substr(at + size, size);
  read_transport(frame, packet.substr(header), index);
  return frame;
}

void follow(const CapturedFrame& frame, CapturedSide& side, const CapturedSide& other,
            std::size_t index) {
  const bool opens = (frame.flags & kCapturedSyn) != 0, resets = (frame.flags & kCapturedRst) != 0;
  if (opens && (frame.flags & kCapturedAck) == 0 &&
      (!side.syn || side.fin || side.rst || other.rst))
    side = {.said = side.said, .syn = false, .fin = false, .rst = false, .next = frame.sequence};
  if (opens && (frame.flags & kCapturedAck) != 0 && !side.syn) side.next = frame.sequence;
  // A SYN may be repeated; a refusal comes from somebody who never had a number.
  const bool again = opens && side.syn && frame.sequence + 1 == side.next;
  const bool refused = resets && !side.syn;
  require(again || refused || frame.sequence == side.next, index, "the number does not follow");
  if ((frame.flags & kCapturedAck) != 0)
    require(frame.acknowledged == other.next, index, "acknowledged is not what was sent");
  require(opens || refused || side.syn, index, "a segment before the connection");
  if (again) return;
  side.said += frame.payload;
  side.syn = side.syn || opens;
  side.fin = side.fin || (frame.flags & kCapturedFin) != 0;
  side.rst = side.rst || resets;
  if (!refused)
    side.next += static_cast<std::uint32_t>(
        frame.payload.size() + ((frame.flags & (kCapturedSyn | kCapturedFin)) != 0 ? 1 : 0));
}

}  // namespace

std::vector<CapturedFrame> read_capture(const std::string& bytes) {
  constexpr std::size_t kFileHeader = 24, kFrameHeader = 16;
  constexpr std::uint32_t kNanoseconds = 0xa1b23c4d;
  if (bytes.size() < kFileHeader || little(bytes, 0) != kNanoseconds || little(bytes, 20) != 1)
    throw std::runtime_error("this is no capture of Ethernet with nanoseconds");
  std::vector<CapturedFrame> frames;
  for (std::size_t at = kFileHeader; at < bytes.size();) {
    const std::size_t index = frames.size() + 1, size = little(bytes, at + 8);
    require(little(bytes, at + 12) == size && at + kFrameHeader + size <= bytes.size(), index,
            "its length is wrong");
    frames.push_back(read_frame(std::string_view(bytes).substr(at + kFrameHeader, size), index));
    frames.back().at = std::int64_t{little(bytes, at)} * 1'000'000'000 + little(bytes, at + 4);
    require(index == 1 || frames[index - 2].at <= frames.back().at, index, "time runs back");
    at += kFrameHeader + size;
  }
  return frames;
}

std::map<CapturedWay, CapturedSide> follow_connections(const std::vector<CapturedFrame>& frames) {
  std::map<CapturedWay, CapturedSide> sides;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const CapturedFrame& frame = frames[i];
    if (frame.protocol != kTcp) continue;
    const CapturedWay way{{frame.from, frame.from_port}, {frame.to, frame.to_port}};
    follow(frame, sides[way], sides[{way.second, way.first}], i + 1);
  }
  return sides;
}

}  // namespace mxlab::test
