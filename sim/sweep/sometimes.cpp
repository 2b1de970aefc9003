#include "sim/sweep/sometimes.hpp"

#include <algorithm>
#include <array>

namespace mxlab::sim {
namespace {

/// In the order of Property.
constexpr auto kWords = std::to_array<std::string_view>({
    "a backup holds mail",
    "a backup hands mail over",
    "two backups hold mail",
    "the power fails while mail is held",
    "a relay starts with mail in its queue",
    "a crash hits between the commit and the 250",
    "a crash hits right after the 250",
    "a crash hits a delivery",
    "a message is copied",
    "a call to the disk fails",
    "mail is refused for want of space",
    "mail is refused because the disk fails",
    "a delivery is deferred",
    "a delivery is refused for good",
    "a report is made",
    "mail expires",
    "a report cannot be delivered",
    "a hop is under TLS",
    "a name cannot be looked up",
    "a clock jumps while mail is held",
    "the answer to a message gets lost",
});
static_assert(kWords.size() == static_cast<std::size_t>(Property::kAnswerLost) + 1);

}  // namespace

std::vector<std::string_view> sometimes_words() { return {kWords.begin(), kWords.end()}; }

Sometimes::Sometimes(Lab& lab) : lab_(lab), relays_(lab.hosts().size()) {
  lab.trace().on_event([this](const Event& event) { read(event); });
}

void Sometimes::read(const Event& event) {
  if (event.host >= relays_.size()) return;
  if (lab_.spec(event.host).role != scenario::Role::kRelay) return;
  RelayState& relay = relays_[event.host];
  switch (event.kind) {
    case EventKind::kCrash:
    case EventKind::kKill:
      read_death(event, relay);
      relay.in_flight = 0;
      break;
    case EventKind::kBoot:
      if (relay.held > 0) see(Property::kStartsWithMail);
      relay.held = 0;
      break;
    case EventKind::kStat:
      read_held(event, relay);
      break;
    case EventKind::kQueue:
      read_queue(event, relay);
      break;
    case EventKind::kSent:
      read_sent(event, relay);
      break;
    default:
      break;
  }
}

/// Virtual time stands still while a program computes: what happens between two steps of the relay
/// happens at their instant.
void Sometimes::read_death(const Event& event, const RelayState& relay) {
  const bool answered = relay.answered && relay.accepted && *relay.answered >= *relay.accepted;
  if (relay.accepted == event.at && !answered) see(Property::kCrashBeforeAnswer);
  if (relay.answered == event.at) see(Property::kCrashAfterAnswer);
  if (relay.in_flight > 0) see(Property::kCrashWhileDelivering);
  if (relay.held > 0 && event.kind == EventKind::kCrash) see(Property::kPowerCutWhileHolding);
}

void Sometimes::read_queue(const Event& event, RelayState& relay) {
  const std::string_view text = event.text;
  if (text.starts_with("accepted for ")) {
    relay.accepted = event.at;
    relay.answered.reset();
  } else if (text.starts_with("report to ")) {
    see(Property::kReported);
  } else if (text == "attempt") {
    ++relay.in_flight;
  } else {
    --relay.in_flight;
  }
  if (text.starts_with("Ok")) see(Property::kBackupHandsOver);
  if (text.starts_with("TempFail")) see(Property::kDeferred);
  if (text.starts_with("TempFail") && text.find("lookup") != std::string_view::npos)
    see(Property::kNameUnknown);
  if (text.starts_with("Expired")) see(Property::kExpired);
  if (!text.starts_with("PermFail")) return;
  see(Property::kRefused);
  const auto& lives = lab_.chronicle.host(event.host).envelopes;
  const auto life = lives.find(event.subject);
  if (life != lives.end() && life->second.text.starts_with("report to "))
    see(Property::kReportDropped);
}

void Sometimes::read_sent(const Event& event, RelayState& relay) {
  const std::string_view text = event.text;
  if (is_at(scenario::Mark::kAnswered, event)) relay.answered = event.at;
  if (text.starts_with("452 4.3.1")) see(Property::kRefusedForSpace);
  if (text.starts_with("451 4.3.0")) see(Property::kRefusedByDisk);
  if (text == "STARTTLS") see(Property::kTls);
}

void Sometimes::read_held(const Event& event, RelayState& relay) {
  if (event.subject == "mta.indefinite") see(Property::kAnswerLost);
  const Digest& digest = lab_.chronicle.host(event.host).digest();
  relay.held = digest.enqueued - digest.dequeued;
  if (relay.held <= 0) return;
  see(Property::kBackupHolds);
  if (lab_.hosts()[event.host]->machine->clock_skew != Duration{}) see(Property::kClockJumps);
  if (std::count_if(relays_.begin(), relays_.end(),
                    [](const RelayState& one) { return one.held > 0; }) > 1)
    see(Property::kTwoBackupsHold);
}

std::uint64_t Sometimes::seen() {
  if (lab_.copies_too_many() > 0) see(Property::kCopied);
  for (const auto& host : lab_.hosts())
    if (host->machine->disk().faults() > 0) see(Property::kDiskCallFails);
  return seen_;
}

}  // namespace mxlab::sim
