#include "sim/run/supervisor.hpp"

#include <algorithm>

#include "sim/run/lab.hpp"

namespace mxlab::sim {

void Supervisor::watch() {
  const auto& hosts = lab_.hosts();
  const auto is_supervised = [](const auto& host) { return host->spec.restarts.has_value(); };
  if (std::none_of(hosts.begin(), hosts.end(), is_supervised)) return;
  lab_.simulation.after_step([this] {
    for (const auto& host : lab_.hosts())
      if (host->spec.restarts) look_after(*host);
  });
  lab_.simulation.trace().on_event([this](const Event& event) {
    if (event.kind != EventKind::kKill) return;
    for (const auto& host : lab_.hosts())
      if (host->machine->index == event.host && host->spec.restarts) start_later(*host);
  });
}

void Supervisor::look_after(LabHost& host) {
  auto relay = host.relay.lock();
  if (!relay || relay->fault().empty()) return;
  lab_.stop(host);
  start_later(host);
}

void Supervisor::start_later(LabHost& host) {
  if (!waiting_.insert(host.spec.name).second) return;
  lab_.simulation.at(lab_.simulation.now() + *host.spec.restarts, [this, &host] {
    waiting_.erase(host.spec.name);
    // Without power nobody supervises.
    if (host.machine->powered) lab_.boot(host);
  });
}

}  // namespace mxlab::sim
