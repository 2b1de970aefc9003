#include "relay/control/counters.hpp"

namespace mxlab::control {

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
