// Preloaded into mxrelayd and the actors of a live lab: their clocks go as fast as the story.
//
// The programs stay as they were built: what they ask the time of, and what they wait by (a timer's
// descriptor, epoll), is answered here. Without the machine's file nothing changes.
#include <cstdlib>
#include <ctime>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "sim/live/story_clock.hpp"

namespace {

constexpr std::int64_t kSecond = 1'000'000'000, kMicrosecond = 1'000, kMillisecond = 1'000'000;

mxlab::sim::live::StoryClock story;
decltype(&::clock_gettime) real_clock_gettime = nullptr;

template <class Function>
Function* next(Function*, const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

/// "SPEED ORIGIN STEADY-ORIGIN", as the lab has written it.
[[gnu::constructor]] void read_story() {
  const int file = ::open(mxlab::sim::live::kClockFile, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  char text[128] = {};
  const ssize_t size = ::read(file, text, sizeof text - 1);
  ::close(file);
  if (size <= 0) return;
  char* at = text;
  story.speed = std::strtoll(at, &at, 10);
  story.origin = std::strtoll(at, &at, 10);
  story.steady_origin = std::strtoll(at, &at, 10);
}

timespec told(clockid_t clock) {
  if (real_clock_gettime == nullptr) real_clock_gettime = next(&::clock_gettime, "clock_gettime");
  timespec at{};
  real_clock_gettime(clock, &at);
  const std::int64_t now = at.tv_sec * kSecond + at.tv_nsec;
  std::int64_t then = now;
  switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
      then = story.told(now);
      break;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_BOOTTIME:
      then = story.steady_told(now);
      break;
    default:  // of the processor
      break;
  }
  return {then / kSecond, then % kSecond};
}

timespec really(const timespec& wait) {
  const std::int64_t real = story.real_wait(wait.tv_sec * kSecond + wait.tv_nsec);
  return {real / kSecond, real % kSecond};
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* out) {
  *out = told(clock);
  return 0;
}

extern "C" time_t time(time_t* out) noexcept {
  const time_t seconds = told(CLOCK_REALTIME).tv_sec;
  if (out != nullptr) *out = seconds;
  return seconds;
}

extern "C" int gettimeofday(timeval* out, void*) noexcept {
  const timespec at = told(CLOCK_REALTIME);
  *out = {at.tv_sec, at.tv_nsec / kMicrosecond};
  return 0;
}

/// An absolute time, in Asio's hands, is one that has passed.
extern "C" int timerfd_settime(int timer, int flags, const itimerspec* wanted,
                               itimerspec* before) noexcept {
  itimerspec real = *wanted;
  if ((flags & TFD_TIMER_ABSTIME) == 0)
    real = {really(wanted->it_interval), really(wanted->it_value)};
  return next(&::timerfd_settime, "timerfd_settime")(timer, flags, &real, before);
}

extern "C" int epoll_wait(int epoll, epoll_event* events, int most, int wait) {
  if (wait > 0)
    wait =
        static_cast<int>((story.real_wait(wait * kMillisecond) + kMillisecond - 1) / kMillisecond);
  return next(&::epoll_wait, "epoll_wait")(epoll, events, most, wait);
}
