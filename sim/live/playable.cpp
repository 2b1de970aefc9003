#include "sim/live/playable.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "sim/live/mta.hpp"
#include "sim/live/mta_roots.hpp"

namespace mxlab::sim::live {
namespace {

using scenario::Kind;

/// Only what is obvious to a person: where the wires would have to be slow for the story to hold.
constexpr world::Duration kNoticeableLatency = std::chrono::milliseconds(20);

/// Prefixes of the sandbox's one network.
bool is_on_the_wire(const world::Address& address) {
  const std::string text = address.to_string();
  return text.starts_with(address.is_v4() ? "192.0.2." : "2001:db8:");
}

const scenario::HostSpec& host_named(const scenario::Scenario& scenario, const std::string& name) {
  return *std::find_if(scenario.hosts.begin(), scenario.hosts.end(),
                       [&](const auto& host) { return host.name == name; });
}

/// What one action asks of a machine that it cannot do.
class Doubt {
 public:
  explicit Doubt(const scenario::Scenario& scenario) : scenario_(scenario) {}

  std::string operator()(const scenario::DiskFault&) const {
    return "real disks do not fail on demand";
  }
  std::string operator()(const scenario::Strike&) const {
    return "a moment of a relay's own work cannot be hit on real wires";
  }
  std::string operator()(const scenario::ClockStep&) const {
    return "all machines here have one clock, which does not jump";
  }
  std::string operator()(const scenario::Answer& answer) const {
    return misbehaves(answer.host, "answers on demand");
  }
  std::string operator()(const scenario::Slow& slow) const {
    return misbehaves(slow.host, "is slow on demand");
  }
  std::string operator()(const scenario::Dialogue& dialogue) const {
    return misbehaves(dialogue.from, "speaks line by line");
  }
  template <class Other>
  std::string operator()(const Other&) const {
    return {};
  }

 private:
  std::string misbehaves(const std::string& host, const char* what) const {
    if (host_named(scenario_, host).kind == Kind::kActor) return {};
    return fmt::format("only an actor {}, and {} is none", what, host);
  }

  const scenario::Scenario& scenario_;
};

std::string doubt_about_network(const scenario::Scenario& scenario) {
  if (scenario.network.datagram_duplicates > 0) return "real wires do not duplicate on demand";
  if (scenario.network.connection_loss > 0) return "real wires do not end connections on demand";
  for (const auto& host : scenario.hosts)
    for (const auto& address : host.addresses)
      if (!is_on_the_wire(address))
        return fmt::format("{} is not on the one wire of this network", address.to_string());
  return {};
}

}  // namespace

bool needs_netem(const scenario::Scenario& scenario) {
  return scenario.network.latency_max > kNoticeableLatency || scenario.network.rate > 0;
}

std::optional<std::string> why_only_simulated(const scenario::Scenario& scenario,
                                              const std::function<bool()>& slow_wires) {
  if (!scenario.live.skip.empty()) return scenario.live.skip;
  if (std::string why = doubt_about_network(scenario); !why.empty()) return why;
  if (needs_netem(scenario) && !slow_wires())
    return "the wires here cannot be slow: this kernel has no netem (sch_netem)";
  for (const auto& host : scenario.hosts)
    if (host.restarts) return "nobody starts a relay again here that has failed";
  for (const auto& host : scenario.hosts)
    if (is_mta(host.kind))
      if (auto why = why_no_mta(host.kind)) return why;
  const Doubt doubt(scenario);
  for (const auto& step : scenario.steps)
    for (const auto& action : step.actions)
      if (std::string why = std::visit(doubt, action.value); !why.empty()) return why;
  return std::nullopt;
}

}  // namespace mxlab::sim::live
