// OpenSSL 3 still honours the method table of 1.1, and has nothing newer that replaces the
// generator of every library context at once; hence the deprecated calls.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "sim/world/seeded_openssl.hpp"

#include <algorithm>
#include <cstring>
#include <openssl/rand.h>

namespace mxlab::sim {

namespace {
world::Random* source = nullptr;

int draw(unsigned char* out, int size) {
  for (int i = 0; i < size; i += 8) {
    std::uint64_t word = source->next();
    std::memcpy(out + i, &word, static_cast<std::size_t>(std::min(8, size - i)));
  }
  return 1;
}
int status() { return 1; }

constexpr RAND_METHOD kSeeded{nullptr, draw, nullptr, nullptr, draw, status};
}  // namespace

void seed_openssl(world::Random* random) {
  source = random;
  RAND_set_rand_method(random != nullptr ? &kSeeded : RAND_OpenSSL());
}

}  // namespace mxlab::sim
