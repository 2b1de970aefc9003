// lab_runner.hpp - a scenario played on virtual time: the runner with a lab of its own.
#pragma once
#include "sim/run/lab.hpp"
#include "sim/run/runner.hpp"

namespace mxlab::sim {

/// What must be there before the runner that works on it.
struct OwnLab {
  OwnLab(const scenario::Scenario& scenario, const RunOptions& options)
      : own_lab(scenario, options.seed.value_or(scenario.seed)) {}
  Lab own_lab;
};

class LabRunner final : private OwnLab, public Runner {
 public:
  /// The scenario outlives the runner.
  LabRunner(const scenario::Scenario& scenario, const RunOptions& options)
      : OwnLab(scenario, options), Runner(own_lab, options) {}
  Lab& lab() { return own_lab; }
};

}  // namespace mxlab::sim
