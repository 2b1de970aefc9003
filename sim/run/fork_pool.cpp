#include "sim/run/fork_pool.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace mxlab::sim {
namespace {

constexpr unsigned kSecondsOfACopy = 120;   // a copy that hangs is a finding, not a hang
constexpr std::size_t kLongestLine = 1000;  // with the name it stays below PIPE_BUF: written whole
constexpr std::size_t kMostReports = 1000;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

ForkPool::ForkPool(std::size_t jobs) : jobs_(std::max<std::size_t>(jobs, 1)) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail("pipe");
  read_end_ = ends[0];
  write_end_ = ends[1];
  ::fcntl(read_end_, F_SETFL, O_NONBLOCK);
}

ForkPool::~ForkPool() {
  ::close(read_end_);
  ::close(write_end_);
}

bool ForkPool::fork(const std::string& name) {
  while (running_.size() >= jobs_) reap_one();
  std::fflush(nullptr);  // else both would print what is still buffered
  const pid_t child = ::fork();
  if (child < 0) fail("fork");
  if (child > 0) {
    running_.emplace(child, name);
    return false;
  }
  name_ = name;
  ::alarm(kSecondsOfACopy);
  return true;
}

void ForkPool::end(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    std::string text = name_ + "\t" + line.substr(0, kLongestLine);
    std::replace(text.begin(), text.end(), '\n', ' ');
    text += "\n";
    if (::write(write_end_, text.data(), text.size()) < 0) ::_exit(2);
  }
  ::_exit(lines.empty() ? 0 : 1);
}

void ForkPool::reap_one() {
  int status = 0;
  const pid_t child = ::waitpid(-1, &status, 0);
  if (child < 0) fail("waitpid");
  auto at = running_.find(child);
  if (at == running_.end()) return;
  drain_pipe();
  const bool spoke = WIFEXITED(status) && WEXITSTATUS(status) <= 1;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) ++bad_;
  if (!spoke && reports_.size() < kMostReports)
    reports_.push_back({at->second, WIFSIGNALED(status)
                                        ? fmt::format("died of signal {}", WTERMSIG(status))
                                        : fmt::format("ended with code {}", WEXITSTATUS(status))});
  running_.erase(at);
}

void ForkPool::drain_pipe() {
  char buffer[4096];
  for (ssize_t n = 0; (n = ::read(read_end_, buffer, sizeof buffer)) > 0;)
    unread_.append(buffer, static_cast<std::size_t>(n));
  for (std::size_t end = 0; (end = unread_.find('\n')) != std::string::npos;) {
    const std::string line = unread_.substr(0, end);
    unread_.erase(0, end + 1);
    const auto tab = line.find('\t');
    if (reports_.size() < kMostReports)
      reports_.push_back({line.substr(0, tab), line.substr(tab + 1)});
  }
}

void ForkPool::join() {
  while (!running_.empty()) reap_one();
}

}  // namespace mxlab::sim
