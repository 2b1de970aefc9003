// live_lab_programs.cpp - what a live lab puts into programs that are otherwise as they were built.
#include <fmt/format.h>

#include "sim/live/live_lab.hpp"
#include "sim/live/mta_root.hpp"
#include "sim/live/preload.hpp"

namespace mxlab::sim::live {

void LiveLab::change_programs(const Options& options) {
  for (const auto& host : scenario().hosts) {
    const Machine& machine = wires_.machine(host.name);
    if (options.secrets != nullptr)
      options.secrets->overhear(is_mta(host.kind) ? machine.at(kMtaRoot) : machine.root());
    if (clock_.speed == 1) continue;
    machine.install(kClockFile,
                    fmt::format("{} {} {}\n", clock_.speed, clock_.origin, clock_.steady_origin));
    preload(machine.root(), options.clock_library);
  }
}

}  // namespace mxlab::sim::live
