// daemon.hpp - mxrelayd: one relay in the real world, with no more rights than it needs.
#pragma once
#include "relay/daemon/options.hpp"

namespace mxlab::daemon {

/// Reads and checks everything that a start would; prints `configuration OK` or all that is wrong.
int check(const DaemonOptions& options);
/// Serves until it is told to end; returns an Exit.
int serve(DaemonOptions options);

}  // namespace mxlab::daemon
