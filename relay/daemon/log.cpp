#include "relay/daemon/log.hpp"

#include <cstdio>
#include <fmt/format.h>

namespace mxlab::daemon {

void Log::record(const world::Fact& fact) {
  using world::FactKind;
  if (fact.kind == FactKind::kLog)
    fmt::print(stderr, "{}\n", fact.text);
  else if (fact.kind == FactKind::kQueue && verbose_)
    fmt::print(stderr, "queue: {} {}\n", fact.subject, fact.text);
  else if (fact.kind == FactKind::kSent && trace_lines_)
    fmt::print(stderr, "smtp: {}: >>> {}\n", fact.subject, fact.text);
  else if (fact.kind == FactKind::kReceived && trace_lines_)
    fmt::print(stderr, "smtp: {}: <<< {}\n", fact.subject, fact.text);
}

bool Log::trace(std::string_view subsystem, bool on) {
  if (subsystem != "smtp" && subsystem != "all") return false;
  trace_lines_ = on;
  return true;
}

}  // namespace mxlab::daemon
