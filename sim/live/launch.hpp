// launch.hpp - fork and exec, onto a machine of the lab or beside the lab itself.
#pragma once
#include <functional>
#include <sys/types.h>

#include "sim/live/child.hpp"

namespace mxlab::sim::live {

/// What the program finds at its descriptors 0, 1, 2 and kEventDescriptor; -1: /dev/null, or
/// nothing for the last.
struct Ends {
  int in = -1, out = -1, error = -1, events = -1;
};

/// Starts a program; without a machine where the lab is. Throws std::runtime_error with a sentence
/// when it could not be started.
pid_t launch(const Machine* machine, const Command& command, const Ends& ends);

/// Waits for that process: its exit status, or 128 + the signal.
int wait_for(pid_t process);

}  // namespace mxlab::sim::live
