// daemon.hpp - mxrelayd: one relay in the real world.
#pragma once
#include "relay/daemon/options.hpp"

namespace mxlab::daemon {

/// Reads and checks everything that a start would; prints `configuration OK` or what is wrong.
int check(const DaemonOptions& options);
/// Serves until it is told to end; returns an Exit.
int serve(const DaemonOptions& options);

}  // namespace mxlab::daemon
