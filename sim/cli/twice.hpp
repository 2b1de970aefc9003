// twice.hpp - the proof that a scenario is the same in every process.
#pragma once
#include "sim/report/outcome.hpp"

namespace mxlab::cli {

/// Runs the outcome's file again, in a new process of this program: other addresses (where the
/// system draws them), another time zone, a larger environment. When the traces differ, the outcome
/// becomes "not deterministic" and tells the first event that differs.
void run_again(report::Outcome& outcome);

}  // namespace mxlab::cli
