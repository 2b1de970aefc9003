#include "relay/control/counters.hpp"

namespace mxlab::control {
namespace {

constexpr double kDelays[] = {1,    5,     10,    30,    60,     300,   900,
                              3600, 14400, 43200, 86400, 172800, 345600};
constexpr double kCommits[] = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                               0.05,   0.1,   0.25,   0.5,   1,    2.5};

}  // namespace

Counters::Counters(world::Journal& journal) : journal_(journal) {
  histograms_.emplace(kDelayKey, Histogram(kDelays));
  histograms_.emplace(kCommitKey, Histogram(kCommits));
}

void Counters::observe(std::string_view key, world::Duration span) {
  if (auto at = histograms_.find(key); at != histograms_.end()) at->second.observe(span);
}

Columns columns(const Digest& now, const Digest& before) {
  return {now.connects - now.disconnects,
          now.connects - before.connects,
          now.disconnects - before.disconnects,
          now.enqueued - now.dequeued,
          now.enqueued - before.enqueued,
          now.dequeued - before.dequeued,
          now.ok - before.ok,
          now.temporary - before.temporary,
          now.permanent - before.permanent,
          now.loop - before.loop,
          now.expired - before.expired,
          now.removed - before.removed,
          now.bounced - before.bounced};
}

void apply(Digest& digest, std::string_view key, std::int64_t change) {
  if (key == "smtp.session")
    (change > 0 ? digest.connects : digest.disconnects) += change > 0 ? change : -change;
  else if (key == "scheduler.envelope")
    (change > 0 ? digest.enqueued : digest.dequeued) += change > 0 ? change : -change;
  else if (key == "scheduler.delivery.ok")
    digest.ok += change;
  else if (key == "scheduler.delivery.tempfail")
    digest.temporary += change;
  else if (key == "scheduler.delivery.permfail")
    digest.permanent += change;
  else if (key == "scheduler.delivery.loop")
    digest.loop += change;
  else if (key == "scheduler.envelope.expired")
    digest.expired += change;
  else if (key == "scheduler.envelope.removed")
    digest.removed += change;
  else if (key == "queue.bounce")
    digest.bounced += change;
}

void Counters::add(std::string_view key, std::int64_t change) {
  auto at = values_.find(key);
  if (at == values_.end()) at = values_.emplace(key, 0).first;
  at->second += change;
  apply(digest_, key, change);
  journal_.stat(key, change);
}

}  // namespace mxlab::control
