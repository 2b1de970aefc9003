// sandbox.hpp - Landlock and seccomp together: after this, the process reaches what the relay needs
// and nothing else. Both bind threads that come later; so it is called before the first.
#pragma once
#include <string>
#include <vector>

#include "relay/daemon/landlock.hpp"

namespace mxlab::daemon {

struct SandboxReport {
  std::string landlock, seccomp;  // what is in force, or why not
  /// One line for the log.
  std::string summary() const;
};

SandboxReport enter_sandbox(const Reach& reach);

/// -T sandbox: everything that is allowed, a line each.
std::vector<std::string> describe(const Reach& reach);

}  // namespace mxlab::daemon
