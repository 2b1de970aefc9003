#include "sim/run/strikes.hpp"

#include <algorithm>
#include <utility>

namespace mxlab::sim {
namespace {

bool is_about_queue(const Event& event, std::string_view beginning) {
  return event.kind == EventKind::kQueue && event.text.starts_with(beginning);
}

}  // namespace

bool is_at(scenario::Mark mark, const Event& event) {
  using scenario::Mark;
  switch (mark) {
    case Mark::kAccepted:
      return is_about_queue(event, "accepted for ");
    case Mark::kAnswered:
      return event.kind == EventKind::kSent && event.text.starts_with("250 2.0.0 ") &&
             event.text.ends_with("accepted for delivery");
    case Mark::kAttempt:
      return is_about_queue(event, "attempt");
    case Mark::kDelivered:
      return is_about_queue(event, "Ok");
    case Mark::kDeferred:
      return is_about_queue(event, "TempFail");
    case Mark::kRefused:
      return is_about_queue(event, "PermFail");
    case Mark::kExpired:
      return is_about_queue(event, "Expired");
    case Mark::kReported:
      return is_about_queue(event, "report to ");
  }
  return false;
}

void Strikes::expect(const scenario::Strike& strike) {
  watch();
  waiting_.push_back({simulation_.find(strike.host), strike});
}

/// Only runs that need it pay for reading every event.
void Strikes::watch() {
  if (std::exchange(watching_, true)) return;
  simulation_.trace().on_event([this](const Event& event) { read(event); });
  simulation_.after_step([this] { kill_doomed(); });
}

void Strikes::read(const Event& event) {
  const auto hit = std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiting& waiting) {
    return waiting.host->index == event.host && is_at(waiting.strike.mark, event);
  });
  if (hit == waiting_.end()) return;
  if (hit->strike.verb == scenario::HostVerb::kCrash)
    simulation_.request_power_cut(*hit->host);
  else
    doomed_.push_back(hit->host);
  waiting_.erase(hit);
}

void Strikes::kill_doomed() {
  for (Host* host : std::exchange(doomed_, {})) simulation_.kill(*host);
}

}  // namespace mxlab::sim
