#include "relay/daemon/log.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <fmt/format.h>

namespace mxlab::daemon {
namespace {

// imsg and mproc are OpenSMTPD's processes talking to each other; we are one process, and their
// traces stay empty.
constexpr std::array<std::string_view, 14> kSubsystems{
    "bounce", "expand", "filters", "imsg",    "io",        "lookup", "mproc",
    "mta",    "queue",  "rules",   "sandbox", "scheduler", "smtp",   "stat"};

constexpr std::size_t kMostOutgoing = 20000;  // a bound against sessions whose end goes unsaid
constexpr std::size_t kSessionDigits = 16;

}  // namespace

bool is_subsystem(std::string_view word) {
  return std::find(kSubsystems.begin(), kSubsystems.end(), word) != kSubsystems.end();
}

std::string subsystem_list() { return fmt::format("{}", fmt::join(kSubsystems, ", ")); }

bool Log::wants(world::FactKind kind) const {
  using world::FactKind;
  if (kind == FactKind::kLog) return true;
  return !traced_.empty() || (verbose_ && kind == FactKind::kQueue);
}

bool Log::trace(std::string_view subsystem, bool on) {
  if (subsystem != "all" && !is_subsystem(subsystem)) return false;
  for (std::string_view each : kSubsystems) {
    if (subsystem != "all" && subsystem != each) continue;
    if (on)
      traced_.emplace(each);
    else if (auto at = traced_.find(each); at != traced_.end())
      traced_.erase(at);
  }
  return true;
}

void Log::record(const world::Fact& fact) {
  using world::FactKind;
  switch (fact.kind) {
    case FactKind::kLog:
      return note(fact.subject, fact.text);
    case FactKind::kSent:
      return dialogue(fact, ">>>");
    case FactKind::kReceived:
      return dialogue(fact, "<<<");
    case FactKind::kStat:
      if (traces("stat"))
        put(Severity::kDebug, fmt::format("stat: {} {:+}", fact.subject, fact.value));
      return;
    case FactKind::kQueue:
      if (verbose_ || traces("queue") || traces("scheduler"))
        put(Severity::kDebug, fmt::format("queue: {} {}", fact.subject, fact.text));
      return;
    case FactKind::kTrace:
      if (traces(fact.subject))
        put(Severity::kDebug, fmt::format("{}: {}", fact.subject, fact.text));
      return;
  }
}

/// "0123456789abcdef mta connecting …" makes a session one of ours, until it is disconnected.
void Log::note(std::string_view severity, std::string_view text) {
  if (text.size() > kSessionDigits + 5 && text.substr(kSessionDigits, 5) == " mta ") {
    const std::string_view session = text.substr(0, kSessionDigits);
    const std::string_view event = text.substr(kSessionDigits + 5);
    if (event.starts_with("connecting") && outgoing_.size() < kMostOutgoing)
      outgoing_.emplace(session);
    else if (auto at = outgoing_.find(session);
             at != outgoing_.end() && event.starts_with("disconnected"))
      outgoing_.erase(at);
  }
  const bool warning = severity == "warn";
  put(warning ? Severity::kWarning : Severity::kInfo, text);
}

void Log::dialogue(const world::Fact& fact, const char* arrow) {
  if (traced_.empty()) return;
  const std::string_view side = outgoing_.contains(fact.subject) ? "mta" : "smtp";
  if (traces(side))
    put(Severity::kDebug, fmt::format("{}: {}: {} {}", side, fact.subject, arrow, fact.text));
  else if (traces("io"))
    put(Severity::kDebug, fmt::format("io: {}: {} {}", fact.subject, arrow, fact.text));
}

void Log::put(Severity severity, std::string_view text) {
  const auto now = std::chrono::time_point_cast<world::Duration>(std::chrono::system_clock::now());
  const bool was_held_back = sink_->holds_back();
  sink_->write({severity, now, harmless(text)});
  if (!sink_->holds_back()) return;
  if (!soon_) return sink_->flush();
  if (!was_held_back) soon_();
}

}  // namespace mxlab::daemon
