#include "sim/world/libc_guard.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <unistd.h>

namespace mxlab::sim {

namespace {
thread_local const world::TimePoint* virtual_now = nullptr;
thread_local world::Random* virtual_random = nullptr;

timespec current_time() {
  timespec at{};
  if (virtual_now == nullptr) {
    clock_gettime(CLOCK_REALTIME, &at);
    return at;
  }
  std::int64_t since = virtual_now->time_since_epoch().count();
  at.tv_sec = since / 1'000'000'000;
  at.tv_nsec = since % 1'000'000'000;
  return at;
}

void draw(void* out, std::size_t size) {
  auto* bytes = static_cast<char*>(out);
  for (std::size_t i = 0; i < size; i += 8) {
    std::uint64_t word = virtual_random->next();
    std::memcpy(bytes + i, &word, std::min<std::size_t>(8, size - i));
  }
}
}  // namespace

void guard_libc(const world::TimePoint* now, world::Random* random) {
  virtual_now = now;
  virtual_random = random;
}

}  // namespace mxlab::sim

extern "C" {

time_t time(time_t* out) noexcept {
  time_t seconds = mxlab::sim::current_time().tv_sec;
  if (out != nullptr) *out = seconds;
  return seconds;
}

int gettimeofday(timeval* out, void*) noexcept {
  timespec at = mxlab::sim::current_time();
  out->tv_sec = at.tv_sec;
  out->tv_usec = at.tv_nsec / 1000;
  return 0;
}

ssize_t getrandom(void* out, size_t size, unsigned flags) {
  if (mxlab::sim::virtual_random == nullptr) return syscall(SYS_getrandom, out, size, flags);
  mxlab::sim::draw(out, size);
  return static_cast<ssize_t>(size);
}

int getentropy(void* out, size_t size) {
  constexpr size_t kMost = 256;  // as libc's own
  if (size > kMost) {
    errno = EIO;
    return -1;
  }
  return getrandom(out, size, 0) == static_cast<ssize_t>(size) ? 0 : -1;
}
}
