#include "sim/report/pcap.hpp"

#include <algorithm>
#include <asio/error.hpp>
#include <cerrno>
#include <chrono>
#include <system_error>

#include "sim/world/wires.hpp"

namespace mxlab::report {
namespace {

using sim::EventKind;

/// A word of the file, in the byte order that its first word tells.
std::string word(std::uint32_t value) {
  std::string out;
  for (unsigned shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>(value >> shift));
  return out;
}

// Numbers of their own, so that a reader can tell connections apart.
std::uint32_t first_number(std::uint64_t connection, bool server) {
  constexpr std::uint64_t kClientStep = 64'007, kServerStep = 104'729;
  return static_cast<std::uint32_t>(connection * (server ? kServerStep : kClientStep));
}

bool is_datagram(EventKind kind) {
  return kind == EventKind::kDatagram || kind == EventKind::kDatagramLost ||
         kind == EventKind::kPortUnreachable;
}

}  // namespace

// --- the file ------------------------------------------------------------------------------------

PcapFile::PcapFile(const std::string& name)
    : name_(name), file_(std::fopen(name.c_str(), "wb"), std::fclose) {
  constexpr std::uint32_t kNanoseconds = 0xa1b23c4d, kVersion = 2 | 4 << 16, kLongest = 262'144,
                          kEthernet = 1;
  if (!file_) throw std::system_error(errno, std::generic_category(), name_);
  put(word(kNanoseconds) + word(kVersion) + word(0) + word(0) + word(kLongest) + word(kEthernet));
}

void PcapFile::put(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size())
    throw std::system_error(errno, std::generic_category(), name_);
}

void PcapFile::write(world::TimePoint at, std::string_view frame) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
  const auto size = static_cast<std::uint32_t>(frame.size());
  put(word(static_cast<std::uint32_t>(seconds.time_since_epoch().count())) +
      word(static_cast<std::uint32_t>((at - seconds).count())) + word(size) + word(size));
  put(frame);
}

void PcapFile::finish() {
  if (std::fflush(file_.get()) != 0) throw std::system_error(errno, std::generic_category(), name_);
}

// --- what happens on the wires -------------------------------------------------------------------

PacketCapture::PacketCapture(const std::string& file, sim::Trace& trace) : file_(file) {
  trace.on_packet([this](world::TimePoint at, EventKind kind, const sim::Packet& packet,
                         std::string_view text) { take(at, kind, packet, text); });
}

void PacketCapture::take(world::TimePoint at, EventKind kind, const sim::Packet& packet,
                         std::string_view text) {
  if (packet.from.port == 0 || packet.to.port == 0) return;  // a local socket
  now_ = at;
  if (!is_datagram(kind)) return take_tcp(kind, packet, text);
  const Route route{packet.from, packet.to};
  const std::string frame = udp_frame(route, packet.payload);
  write(kind == EventKind::kPortUnreachable ? refusal_frame(route, frame, Refusal::kPort) : frame);
}

void PacketCapture::take_tcp(EventKind kind, const sim::Packet& packet, std::string_view text) {
  switch (kind) {
    case EventKind::kSyn:
      return take_syn(packet, text);
    case EventKind::kConnectFailed:
      return take_failure(packet, text);
    case EventKind::kConnected: {
      // The event is the client's; the segment is the server's.
      const sim::Packet answer{packet.to, packet.from, packet.connection};
      return send(answer, kSyn | kAck);
    }
    case EventKind::kEstablished:
      return send(packet, kAck);
    case EventKind::kData:
      return take_data(packet);
    case EventKind::kFin:
      send(packet, kFin | kAck);
      return acknowledge(packet);
    case EventKind::kReset:
      return send(packet, kRst | kAck);
    default:
      return;  // it is within a host: accepted, waiting
  }
}

void PacketCapture::take_syn(const sim::Packet& packet, std::string_view verdict) {
  auto [place, first] = conversations_.try_emplace(packet.connection);
  Conversation& conversation = place->second;
  if (first) {
    conversation.client = {packet.from, first_number(packet.connection, false)};
    conversation.server = {packet.to, first_number(packet.connection, true)};
    const TcpHeader header{conversation.client.next++, 0, kSyn};
    conversation.syn = tcp_frame({packet.from, packet.to}, header);
  }
  conversation.prohibited = verdict == to_string(sim::Verdict::kProhibit);
  // Without a neighbour's hardware address, no segment leaves.
  if (verdict != to_string(sim::Verdict::kUnreachable)) write(conversation.syn);
}

void PacketCapture::take_failure(const sim::Packet& packet, std::string_view error) {
  const auto found = conversations_.find(packet.connection);
  if (found == conversations_.end()) return;
  const Conversation& conversation = found->second;
  const Route route{packet.from, packet.to};
  if (error == asio::error_code(asio::error::connection_refused).message())
    write(tcp_frame({route.to, route.from}, {0, conversation.client.next, kRst | kAck}));
  else if (conversation.prohibited)
    write(refusal_frame(route, conversation.syn, Refusal::kProhibited));
}

void PacketCapture::take_data(const sim::Packet& packet) {
  const std::size_t most = most_in_segment({packet.from, packet.to});
  for (std::string_view rest = packet.payload; !rest.empty();
       rest.remove_prefix(std::min(most, rest.size())))
    send(packet, rest.size() <= most ? kPsh | kAck : kAck, rest.substr(0, most));
  acknowledge(packet);
}

void PacketCapture::send(const sim::Packet& packet, std::uint8_t flags, std::string_view payload) {
  const auto found = conversations_.find(packet.connection);
  if (found == conversations_.end()) return;
  Conversation& conversation = found->second;
  const bool by_client = packet.from == conversation.client.from;
  Flow& ours = by_client ? conversation.client : conversation.server;
  const Flow& theirs = by_client ? conversation.server : conversation.client;
  write(tcp_frame({packet.from, packet.to}, {ours.next, theirs.next, flags}, payload));
  // RFC 9293 3.4: SYN and FIN have a number too.
  ours.next += static_cast<std::uint32_t>(payload.size() + ((flags & (kSyn | kFin)) != 0 ? 1 : 0));
}

void PacketCapture::acknowledge(const sim::Packet& packet) {
  send({packet.to, packet.from, packet.connection}, kAck);
}

}  // namespace mxlab::report
