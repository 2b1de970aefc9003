#include "relay/daemon/background.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "relay/daemon/errors.hpp"
#include "relay/daemon/options.hpp"

namespace mxlab::daemon {
namespace {

/// A byte says that the child serves; an end without one, that it has given up.
int wait_for(pid_t child, int report) {
  char byte = 0;
  ssize_t got = 0;
  do {
    got = ::read(report, &byte, 1);
  } while (got < 0 && errno == EINTR);
  if (got == 1) return kOk;
  int status = 0;
  if (::waitpid(child, &status, 0) == child && WIFEXITED(status)) return WEXITSTATUS(status);
  return kCannotStart;
}

}  // namespace

std::optional<int> Background::detach(Background& child) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail_with_errno("cannot go into the background");
  const pid_t pid = ::fork();
  if (pid < 0) fail_with_errno("cannot go into the background");
  if (pid > 0) {
    ::close(ends[1]);
    return wait_for(pid, ends[0]);
  }
  ::close(ends[0]);
  ::setsid();
  child.report_ = ends[1];
  child.nothing_ = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  return std::nullopt;
}

void Background::started() {
  if (report_ < 0) return;
  const char byte = 1;
  const auto ignored = ::write(report_, &byte, 1);
  static_cast<void>(ignored);
  ::close(report_);
  report_ = -1;
  for (int each : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (nothing_ >= 0) ::dup2(nothing_, each);
}

}  // namespace mxlab::daemon
