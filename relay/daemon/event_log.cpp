#include "relay/daemon/event_log.hpp"

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "relay/control/event_lines.hpp"
#include "relay/daemon/errors.hpp"

namespace mxlab::daemon {
namespace {

constexpr std::string_view kDescriptorPrefix = "fd:";

world::TimePoint now() {
  return std::chrono::time_point_cast<world::Duration>(std::chrono::system_clock::now());
}

int inherited(const std::string& target) {
  int descriptor = -1;
  const char* begin = target.data() + kDescriptorPrefix.size();
  const char* end = target.data() + target.size();
  const auto [rest, wrong] = std::from_chars(begin, end, descriptor);
  if (wrong != std::errc() || rest != end || descriptor < 0)
    throw StartError("--events " + target + ": write a file's name, or fd:N");
  if (::fcntl(descriptor, F_SETFD, FD_CLOEXEC) != 0)
    throw StartError("--events " + target + ": the relay was started without that descriptor");
  return descriptor;
}

}  // namespace

int open_events(const std::string& target) {
  if (target.starts_with(kDescriptorPrefix)) return inherited(target);
  const int descriptor =
      ::open(target.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (descriptor < 0) fail_with_errno("--events: cannot write " + target);
  return descriptor;
}

EventLog::~EventLog() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void EventLog::record(const world::Fact& fact) {
  if (descriptor_ >= 0) write(control::event_line(now(), fact));
  next_.record(fact);
}

void EventLog::started() {
  if (descriptor_ >= 0) write(control::event_line(now(), control::kStartedEvent));
}

void EventLog::write(std::string_view line) {
  while (!line.empty()) {
    const ssize_t written = ::write(descriptor_, line.data(), line.size());
    if (written >= 0) {
      line.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      const std::string why = std::strerror(errno);
      ::close(std::exchange(descriptor_, -1));
      return next_.warn(fmt::format("warn: events cannot be written any more: {}", why));
    }
  }
}

}  // namespace mxlab::daemon
