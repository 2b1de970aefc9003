#include "sim/report/pipe.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace mxlab::report {
namespace {

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

Child fork_child(const std::function<void(int pipe)>& work) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) throw_errno("pipe");
  std::fflush(nullptr);  // else the child would print the parent's buffers once more
  const pid_t parent = getpid();
  const pid_t process = fork();
  if (process < 0) throw_errno("fork");
  if (process == 0) {
    // Nobody works for a parent that has gone.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    close(ends[0]);
    work(ends[1]);
    _exit(1);
  }
  close(ends[1]);
  return {process, ends[0], {}};
}

void write_all(int pipe, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(pipe, text.data(), text.size());
    if (written < 0 && errno != EINTR) return;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
}

bool listen_to(Child& child) {
  std::array<char, 65536> buffer;
  const ssize_t got = read(child.pipe, buffer.data(), buffer.size());
  if (got < 0 && errno == EINTR) return true;
  if (got < 0) throw_errno("read");
  child.told.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0;
}

int wait_for_end(Child& child) {
  close(child.pipe);
  int status = 0;
  while (waitpid(child.process, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace mxlab::report
