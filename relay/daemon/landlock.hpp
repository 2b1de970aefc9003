// landlock.hpp - files and ports that this process may reach, and no others (Landlock, Linux 5.13).
//
// Best effort: an older kernel enforces the part that it knows. What is allowed cannot be widened
// again, so a configuration that needs more needs a restart. Threads that exist already are not
// bound by it: it comes before the first.
#pragma once
#include <cstdint>
#include <set>
#include <string>

namespace mxlab::daemon {

/// All that the relay needs after its start. Paths that do not exist are left out.
struct Reach {
  std::set<std::string> read;             // files, or directories with all below them
  std::set<std::string> write;            // directories with all below them
  std::set<std::uint16_t> bind, connect;  // TCP ports; 0 in bind: any free one
};

/// The interface version that the kernel offers; 0: none.
int landlock_version();

/// Returns what is in force now, for people: "Landlock 7: files, TCP ports, …", or "off: …".
std::string restrict_reach(const Reach& reach);

}  // namespace mxlab::daemon
