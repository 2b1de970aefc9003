// seccomp.hpp - the system calls that this process may make (seccomp(2), through libseccomp).
//
// Whatever is not on the list fails with EPERM. It does not kill: a C library that takes to a new
// call would else turn an update of Debian into a relay that dies, while a refused execve() or
// ptrace() has done no harm.
#pragma once
#include <string>

namespace mxlab::daemon {

/// Binds all threads, those to come too. Returns what is in force now, for people.
std::string restrict_calls();

}  // namespace mxlab::daemon
