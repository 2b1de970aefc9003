#include "sim/study/fate.hpp"

#include <algorithm>
#include <array>

#include "relay/queue/backoff.hpp"

namespace mxlab::study {
namespace {
using namespace std::chrono_literals;

// Linux sends a SYN again after 1, 2, 4 … s and gives up after 134.7 s (tcp_syn_retries 6).
constexpr std::array<Duration, 7> kSyns{0s, 1s, 3s, 7s, 15s, 31s, 63s};
constexpr Duration kKernelConnect = 134'700ms;
// A resolver that hears nothing from any name server of a domain tells so after about so long.
constexpr Duration kLookUp = 15s;
// The backup waits for a banner as OpenSMTPD does (relay/smtp/client_session.hpp).
constexpr Duration kRelayPatience = 300s;
// `bounce warn-interval` of a backup that was not told otherwise (smtpd.conf(5)).
constexpr Duration kRelayWarning = 4h;
// No schedule here comes near; a profile that does is wrong.
constexpr int kMostAttempts = 1'000'000;

struct Patience {
  Duration connect, banner;
};

/// One host that is down is spoken to: when it answers after all, or when it is given up.
struct Contact {
  bool answered = false;
  TimePoint at{};
};

Contact contact(const Outage& outage, TimePoint now, Patience patience) {
  const TimePoint back{outage.length};
  if (now >= back) return {true, now};
  switch (outage.down) {
    case Down::kRefused:
      return {false, now};
    case Down::kNameless:
      return {false, now + kLookUp};
    case Down::kSilent:
      if (back <= now + patience.banner) return {true, back};
      return {false, now + patience.banner};
    case Down::kDropped:
      break;
  }
  const Duration limit = std::min(patience.connect, kKernelConnect);
  for (Duration syn : kSyns)
    if (syn < limit && now + syn >= back) return {true, now + syn};
  return {false, now + limit};
}

Fate given_up(const Sender& sender, const Letter& letter, TimePoint at, bool held) {
  Fate fate;
  fate.at = at;
  fate.held = held;
  fate.end = letter.null_sender || !sender.tells_person ? End::kLost : End::kBounced;
  return fate;
}

/// Between probes three to five quarters of the usual pause go by (relay/delivery/recovery). The
/// pause in which the primary comes back is a long one more often than not: seen from within, it is
/// drawn by its length.
Duration probe_comes_after(Duration usual, sim::Rng& chance) {
  Duration pause{};
  do pause = chance.between(usual * 3 / 4, usual * 5 / 4);
  while (chance.between(Duration::zero(), usual * 5 / 4) > pause);
  return chance.between(Duration::zero(), pause);
}

/// A backup has taken the letter at `now`.
Fate kept(const Sender& sender, const Outage& outage, Letter& letter, TimePoint now) {
  queue::Envelope envelope;
  envelope.creation = now;
  const TimePoint end = envelope.creation + outage.backups.lifetime;
  std::optional<TimePoint> rung;
  if (outage.backups.probe > Duration::zero())
    rung = TimePoint{outage.length} + probe_comes_after(outage.backups.probe, letter.chance);
  Fate fate;
  fate.held = true;
  for (int i = 0; i < kMostAttempts && now < end; ++i) {
    const Contact met = contact(outage, now, {kRelayPatience, kRelayPatience});
    if (met.answered) {
      fate.at = met.at;
      return fate;
    }
    const auto retry = queue::next_attempt(queue::EnvelopeKind::kRelay, envelope.creation,
                                           envelope.tries + 1, met.at);
    envelope.tries = retry.tries;
    fate.noticed |= retry.at >= envelope.creation + kRelayWarning && !letter.null_sender;
    now = rung && *rung > met.at ? std::min(retry.at, *rung) : retry.at;
  }
  const bool noticed = fate.noticed;
  fate = given_up(sender, letter, end, true);
  fate.noticed = noticed;
  return fate;
}

/// The sender's walk over the MX hosts.
struct Walk {
  Contact primary;
  std::optional<TimePoint> taken;  // by a backup
  TimePoint ended{};
};

Walk walk(const Sender& sender, const Outage& outage, TimePoint now, std::size_t backups_down) {
  const Patience patience{sender.profile.timeouts.connect, sender.profile.timeouts.banner};
  Walk walk{contact(outage, now, patience), {}, {}};
  walk.ended = walk.primary.at;
  if (walk.primary.answered || outage.down == Down::kNameless) return walk;
  if (outage.down == Down::kSilent && !sender.leaves_silent_host) return walk;
  for (std::size_t i = 0; i < outage.backups.count; ++i) {
    if (i >= backups_down) {
      walk.taken = walk.ended;
      return walk;
    }
    const Contact other = contact(outage, walk.ended, patience);
    walk.ended = other.at;
    if (!other.answered) continue;
    walk.taken = other.at;
    return walk;
  }
  return walk;
}

/// How many of the backups, from the best, share the primary's fate.
std::size_t backups_down(const Backups& backups, sim::Rng& chance) {
  std::size_t down = 0;
  while (down < backups.count && chance.chance(backups.shared)) ++down;
  return down;
}

bool is_noticed(const sim::SenderProfile& profile, TimePoint creation, TimePoint next) {
  return std::any_of(profile.warn_marks.begin(), profile.warn_marks.end(),
                     [&](Duration mark) { return next >= creation + mark; });
}

}  // namespace

Fate fate_of(const Sender& sender, const Outage& outage, Letter letter) {
  const auto& profile = sender.profile;
  const TimePoint creation{letter.sent}, end = creation + profile.lifetime;
  const std::size_t down = backups_down(outage.backups, letter.chance);
  TimePoint now = creation;
  std::uint32_t failures = 0;
  bool noticed = false;
  for (int i = 0; i < kMostAttempts && now < end; ++i) {
    const Walk walked = walk(sender, outage, now, down);
    Fate fate;
    if (walked.taken) fate = kept(sender, outage, letter, *walked.taken);
    if (walked.primary.answered) fate.at = walked.primary.at;
    fate.noticed |= noticed;
    if (walked.taken || walked.primary.answered) return fate;
    const auto retry = sim::next_retry(profile.retry, creation, failures + 1, walked.ended);
    failures = retry.failures;
    noticed |= !letter.null_sender && is_noticed(profile, creation, retry.at);
    now = retry.at;
  }
  Fate fate = given_up(sender, letter, end, false);
  fate.noticed = noticed;
  return fate;
}

}  // namespace mxlab::study
