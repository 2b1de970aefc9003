// libc_guard.hpp - libraries that ask libc for the time or for entropy get the simulation's.
//
// Linking this replaces time, gettimeofday, getrandom and getentropy in the whole program, shared
// libraries included (OpenSSL checks certificates by time()). While no simulation is guarded, they
// tell the truth.
#pragma once
#include "relay/world/time.hpp"
#include "relay/world/world.hpp"

namespace mxlab::sim {

/// On this thread, until called with nullptr. Both must outlive the guard.
void guard_libc(const world::TimePoint* now, world::Random* random);

}  // namespace mxlab::sim
