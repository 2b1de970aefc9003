#include "sim/judge/chronicle.hpp"

#include <algorithm>

namespace mxlab::sim {
namespace {
const Digest kNothing{};
}

const HostChronicle::Change* HostChronicle::change_at(TimePoint at) const {
  auto after = std::upper_bound(changes_.begin(), changes_.end(), at,
                                [](TimePoint t, const Change& change) { return t < change.at; });
  return after == changes_.begin() ? nullptr : &*std::prev(after);
}

const Digest& HostChronicle::digest_at(TimePoint at) const {
  const Change* change = change_at(at);
  return change ? change->digest : kNothing;
}

const Digest& HostChronicle::digest() const {
  return changes_.empty() ? kNothing : changes_.back().digest;
}

/// The first row after a daemon's start shows the totals since then, as a new monitor does.
Columns HostChronicle::monitor_row(TimePoint at) const {
  // What a step does at a whole second comes after that second's poll.
  const Change* now = change_at(at - std::chrono::nanoseconds(1));
  const Change* before = change_at(at - std::chrono::nanoseconds(1) - std::chrono::seconds(1));
  const bool same_life = now && before && now->life == before->life;
  return control::columns(now ? now->digest : kNothing, same_life ? before->digest : kNothing);
}

std::vector<TimePoint> HostChronicle::changes(TimePoint since) const {
  std::vector<TimePoint> instants;
  for (const Change& change : changes_)
    if (change.at > since && (instants.empty() || instants.back() != change.at))
      instants.push_back(change.at);
  return instants;
}

void HostChronicle::begin_life(TimePoint at) { changes_.push_back({at, ++lives, {}}); }

void HostChronicle::stat(const Event& event) {
  Change next = changes_.empty() ? Change{} : changes_.back();
  next.at = event.at;
  control::apply(next.digest, event.subject, event.value);
  // One entry an instant: what stood at its end is what anybody can see.
  if (!changes_.empty() && changes_.back().at == event.at && changes_.back().life == next.life)
    changes_.back() = next;
  else
    changes_.push_back(next);
}

void HostChronicle::queue(const Event& event) {
  auto [at, is_new] = envelopes.try_emplace(event.subject);
  EnvelopeLife& life = at->second;
  if (is_new) {
    life.accepted = event.at;
    life.text = event.text;
    arrival.push_back(event.subject);
  }
  if (event.text == "attempt")
    life.attempts.push_back(event.at);
  else if (!is_new)
    life.outcome = event.text;
}

Chronicle::Chronicle(Trace& trace, std::size_t hosts) : hosts_(hosts) {
  trace.on_event([this](const Event& event) { read(event); });
}

void Chronicle::asked(std::uint32_t host, const std::string& name, const std::string& type) {
  ++hosts_.at(host).asked[{name, type}];
  ++version_;
}

void Chronicle::read(const Event& event) {
  if (event.host >= hosts_.size()) return;
  HostChronicle& host = hosts_[event.host];
  switch (event.kind) {
    case EventKind::kBoot:
      host.begin_life(event.at);
      break;
    case EventKind::kStat:
      host.stat(event);
      if (event.subject == "mta.indefinite") host.doubts.push_back(event.at);
      break;
    case EventKind::kQueue:
      host.queue(event);
      break;
    case EventKind::kLog:
      host.log.push_back({event.at, event.subject, event.text});
      break;
    case EventKind::kCrash:
    case EventKind::kKill:
    case EventKind::kStop:
      host.doubts.push_back(event.at);
      break;
    default:
      return;
  }
  ++version_;
}

}  // namespace mxlab::sim
