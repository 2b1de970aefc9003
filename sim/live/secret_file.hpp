// secret_file.hpp - where programs of a live lab write down the secrets of their TLS connections.
//
// One file at the root directory of each machine, mapped by all its programs, and read by the lab
// when the story is over. Plain memory: no lock that a killed program could hold, no descriptor
// that a daemon could close.
#pragma once
#include <cstddef>
#include <cstdint>

namespace mxlab::sim::live {

/// On the machine.
inline constexpr const char* kSecretFile = "/tls-secrets";

/// Full after some fifteen thousand connections. What is not written costs no memory.
inline constexpr std::size_t kSecretRoom = 16 << 20;

struct SecretFile {
  std::uint64_t used;      // bytes that were wanted; more than kSecretRoom: some had no room
  char text[kSecretRoom];  // lines of NSS' key log format
};

}  // namespace mxlab::sim::live
