// copy.hpp - asks a copy of the world, so that looking changes nothing.
//
// Asking a simulated host for its queue takes virtual time and handlers there; done in the running
// simulation, a run with --queue would be another run than the one without.
#pragma once
#include <functional>
#include <string>

namespace mxlab::report {

/// What `question` says in a forked copy of this process, where it may do to the simulation what
/// it likes. Throws std::system_error when there can be no copy.
std::string in_a_copy(const std::function<std::string()>& question);

}  // namespace mxlab::report
