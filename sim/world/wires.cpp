#include "sim/world/wires.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "sim/world/host.hpp"

namespace mxlab::sim {

namespace {
constexpr Duration kLoopbackLatency = std::chrono::microseconds(20);
constexpr Duration kRetransmission = std::chrono::milliseconds(200);
constexpr int kMaxLosses = 15;  // of one packet, one after the other

std::string_view name_of(const Host* host) {
  return host != nullptr ? std::string_view(host->name) : "any";
}
}  // namespace

std::string_view to_string(Verdict verdict) {
  static constexpr std::string_view kNames[] = {"pass", "drop", "reject", "prohibit",
                                                "unreachable"};
  return kNames[static_cast<std::size_t>(verdict)];
}

void Wires::note(std::string_view what, const Traffic& traffic) {
  trace_.record(Event::kNoHost, EventKind::kFault,
                fmt::format("{} from={} to={} port={}", what, name_of(traffic.from),
                            name_of(traffic.to), traffic.port));
}

void Wires::rule(Traffic traffic, Verdict verdict) {
  note(to_string(verdict), traffic);
  rules_.push_back({traffic, verdict});
}

void Wires::blackhole(const Host& host, std::uint16_t port) {
  rule({nullptr, &host, port}, Verdict::kDrop);
  if (port == 0) rule({&host, nullptr, 0}, Verdict::kDrop);
}

void Wires::part(const Host& one, const Host& other) {
  rule({&one, &other, 0}, Verdict::kDrop);
  rule({&other, &one, 0}, Verdict::kDrop);
}

void Wires::set_quality(Quality quality) {
  note("quality", {});
  default_ = quality;
}

void Wires::set_quality(const Host& from, const Host& to, Quality quality) {
  note("quality", {&from, &to, 0});
  qualities_[{from.index, to.index}] = quality;
}

void Wires::heal(const Host& host) {
  note("heal", {nullptr, &host, 0});
  std::erase_if(rules_, [&host](const Rule& rule) {
    return rule.traffic.from == &host || rule.traffic.to == &host;
  });
  std::erase_if(qualities_, [&host](const auto& entry) {
    return entry.first.first == host.index || entry.first.second == host.index;
  });
}

void Wires::heal() {
  note("heal", {});
  rules_.clear();
  qualities_.clear();
  default_ = {};
}

Verdict Wires::verdict(const Host& from, const Host* to, std::uint16_t port,
                       std::uint16_t other) const {
  if (to == &from) return Verdict::kPass;
  if (to == nullptr) return Verdict::kUnreachable;
  for (auto i = rules_.rbegin(); i != rules_.rend(); ++i) {
    const Traffic& t = i->traffic;
    if (t.from != nullptr && t.from != &from) continue;
    if (t.to != nullptr && t.to != to) continue;
    if (t.port == 0 || t.port == port || t.port == other) return i->verdict;
  }
  return Verdict::kPass;
}

const Quality& Wires::quality(const Host& from, const Host& to) const {
  if (qualities_.empty()) return default_;
  auto own = qualities_.find({from.index, to.index});
  return own == qualities_.end() ? default_ : own->second;
}

TimePoint Wires::arrival(const Host& from, const Host& to, std::size_t bytes, TimePoint now) {
  if (&from == &to) return now + kLoopbackLatency;
  const Quality& q = quality(from, to);
  if (q.bandwidth != 0) {
    TimePoint& busy = busy_until_[{from.index, to.index}];
    auto seconds = static_cast<double>(bytes) / static_cast<double>(q.bandwidth);
    busy = std::max(busy, now) + Duration(static_cast<std::int64_t>(seconds * 1e9));
    now = busy;
  }
  return now + rng_.between(q.latency_min, q.latency_max);
}

TimePoint Wires::certain_arrival(const Host& from, const Host& to, std::size_t bytes,
                                 TimePoint now) {
  for (int losses = 0; losses < kMaxLosses && loses(from, to); ++losses) now += kRetransmission;
  return arrival(from, to, bytes, now);
}

bool Wires::loses(const Host& from, const Host& to) {
  return &from != &to && rng_.chance(quality(from, to).loss);
}

}  // namespace mxlab::sim
