// Preloaded into the programs of a live lab: writes down the secrets of their TLS connections.
//
// The programs stay as they were built. The file is mapped before main() begins, so that it is
// there behind every door that a program closes: descriptors, root directory, Landlock, seccomp.
// Needs nothing but libc, and runs in programs without libssl as well.
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sim/live/secret_file.hpp"

#pragma weak SSL_CTX_set_keylog_callback

namespace {

using mxlab::sim::live::kSecretRoom;
using mxlab::sim::live::SecretFile;

SecretFile* file = nullptr;

[[gnu::constructor]] void map_file() {
  const int opened = ::open(mxlab::sim::live::kSecretFile, O_RDWR | O_CLOEXEC);
  if (opened < 0) return;
  void* mapped = ::mmap(nullptr, sizeof(SecretFile), PROT_READ | PROT_WRITE, MAP_SHARED, opened, 0);
  if (mapped != MAP_FAILED) file = static_cast<SecretFile*>(mapped);
  ::close(opened);
}

/// Other processes write at the same time, each its own piece.
void write_down(const SSL*, const char* line) {
  const std::size_t size = std::strlen(line) + 1;
  const std::size_t at = __atomic_fetch_add(&file->used, size, __ATOMIC_RELAXED);
  if (at > kSecretRoom - size) return;
  std::memcpy(file->text + at, line, size - 1);
  file->text[at + size - 1] = '\n';
}

SSL_CTX* overheard(SSL_CTX* context) {
  if (context != nullptr && file != nullptr && SSL_CTX_set_keylog_callback != nullptr)
    SSL_CTX_set_keylog_callback(context, write_down);
  return context;
}

template <class Function>
Function* next(Function*, const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" SSL_CTX* SSL_CTX_new(const SSL_METHOD* method) {
  return overheard(next(SSL_CTX_new, "SSL_CTX_new")(method));
}

// The lab's own program calls this one.
extern "C" SSL_CTX* SSL_CTX_new_ex(OSSL_LIB_CTX* library, const char* properties,
                                   const SSL_METHOD* method) {
  return overheard(next(SSL_CTX_new_ex, "SSL_CTX_new_ex")(library, properties, method));
}
