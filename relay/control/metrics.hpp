// metrics.hpp - the counters as OpenMetrics text (openmetrics.io, version 1.0.0). Pure.
//
// Names come from the keys of show stats: scheduler.delivery.ok is mxrelay_scheduler_delivery_ok,
// with _total where it only ever grows.
#pragma once
#include <string>

#include "relay/control/counters.hpp"
#include "relay/world/time.hpp"

namespace mxlab::control {

struct MetricsFacts {
  const Counters& counters;
  world::Duration uptime{};
  world::TimePoint started{};
  std::string version;
};

/// The whole page, its "# EOF" included.
std::string metrics_text(const MetricsFacts& facts);

inline constexpr const char* kMetricsType =
    "application/openmetrics-text; version=1.0.0; charset=utf-8";

}  // namespace mxlab::control
