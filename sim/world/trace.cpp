#include "sim/world/trace.hpp"

#include <cstring>
#include <utility>

namespace mxlab::sim {

std::string_view to_string(EventKind kind) {
  static constexpr std::string_view kNames[] = {"boot",
                                                "crash",
                                                "kill",
                                                "stop",
                                                "fault",
                                                "note",
                                                "syn",
                                                "connected",
                                                "failed",
                                                "established",
                                                "backlog-full",
                                                "accepted",
                                                "data",
                                                "stalled",
                                                "fin",
                                                "reset",
                                                "datagram",
                                                "lost",
                                                "port-unreachable",
                                                "disk",
                                                "log",
                                                "stat",
                                                "sent",
                                                "received",
                                                "queue"};
  return kNames[static_cast<std::size_t>(kind)];
}

void Trace::mix(std::string_view bytes) {
  mix(bytes.size());
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), 8);
    mix(word);
  }
  if (bytes.empty()) return;
  std::uint64_t word = 0;
  std::memcpy(&word, bytes.data(), bytes.size());
  mix(word);
}

void Trace::mix(const Endpoint& endpoint) {
  if (endpoint.address.is_v4())
    return mix(std::uint64_t{endpoint.address.to_v4().to_uint()} << 16 | endpoint.port);
  auto bytes = endpoint.address.to_v6().to_bytes();
  mix({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  mix(endpoint.port);
}

void Trace::begin(std::uint32_t host, EventKind kind) {
  ++size_;
  mix(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
  mix(std::uint64_t{host} << 8 | static_cast<std::uint64_t>(kind));
}

void Trace::record(std::uint32_t host, EventKind kind, std::string_view text) {
  begin(host, kind);
  mix(text);
  if (!wanted()) return;
  Event event;
  event.at = now_, event.host = host, event.kind = kind, event.text = text;
  publish(std::move(event));
}

void Trace::record(std::uint32_t host, const world::Fact& fact) {
  auto kind =
      static_cast<EventKind>(static_cast<int>(EventKind::kLog) + static_cast<int>(fact.kind));
  begin(host, kind);
  mix(fact.subject);
  mix(fact.text);
  mix(static_cast<std::uint64_t>(fact.value));
  if (!wanted()) return;
  Event event;
  event.at = now_, event.host = host, event.kind = kind, event.value = fact.value;
  event.subject = fact.subject, event.text = fact.text;
  publish(std::move(event));
}

void Trace::record(std::uint32_t host, EventKind kind, const Packet& packet,
                   std::string_view text) {
  begin(host, kind);
  mix(packet.connection);
  mix(packet.from);
  mix(packet.to);
  mix(packet.payload);
  mix(text);
  for (auto& reader : packet_readers_) reader(now_, kind, packet, text);
  if (!wanted()) return;
  Event event;
  event.at = now_, event.host = host, event.kind = kind;
  event.from = packet.from, event.to = packet.to, event.connection = packet.connection;
  event.value = static_cast<std::int64_t>(packet.payload.size());
  event.text = !text.empty() ? text : keep_ == Keep::kPayload ? packet.payload : std::string_view();
  publish(std::move(event));
}

void Trace::record_disk(std::uint32_t host, const world::Fact& call, std::uint64_t b) {
  begin(host, EventKind::kDisk);
  mix(call.subject);
  mix(call.text);
  mix(static_cast<std::uint64_t>(call.value));
  mix(b);
  if (!wanted()) return;
  Event event;
  event.at = now_, event.host = host, event.kind = EventKind::kDisk, event.value = call.value;
  event.subject = call.subject, event.text = call.text;
  publish(std::move(event));
}

void Trace::publish(Event event) {
  for (auto& reader : readers_) reader(event);
  if (keep_ != Keep::kNothing) events_.push_back(std::move(event));
}

}  // namespace mxlab::sim
