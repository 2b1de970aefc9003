// seeded_openssl.hpp - OpenSSL draws from the simulation's seed: TLS is then the same, byte for
// byte, in every run. Process-wide, as OpenSSL's own generator is.
#pragma once
#include "relay/world/world.hpp"

namespace mxlab::sim {

/// Until it is called with nullptr, which gives OpenSSL its own generator back.
void seed_openssl(world::Random* random);

}  // namespace mxlab::sim
