// monitor.hpp - mxrelayctl monitor: smtpctl's columns once a second, or a page that refreshes.
#pragma once
#include <cstdint>
#include <optional>

#include "relay/ctl/client.hpp"

namespace mxlab::ctl {

struct MonitorOptions {
  std::optional<std::uint64_t> rows;  // as many, then end; nothing: for ever
  bool colours = false;               // of the page, when it goes to a terminal that shows them
};

/// smtpctl's table. A row each second on the second, counted from the start: it does not drift.
awaitable<int> monitor(world::World& world, Client& client, MonitorOptions options, Output& output);

/// A page with counters, rates, pauses and the busiest destinations; redrawn each second.
awaitable<int> watch(world::World& world, Client& client, MonitorOptions options, Output& output);

}  // namespace mxlab::ctl
