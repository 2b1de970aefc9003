#include "sim/live/launch.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/live/pipe.hpp"
#include "sim/live/system.hpp"

namespace mxlab::sim::live {
namespace {

constexpr int kSignalled = 128;
constexpr int kLastEnd = kEventDescriptor;
constexpr int kAboveEnds = 16;

void set_environment(const Command& command) {
  ::clearenv();
  ::setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
  ::setenv("HOME", "/root", 1);
  ::setenv("LANG", "C.UTF-8", 1);
  for (const auto& [name, value] : command.environment) ::setenv(name.c_str(), value.c_str(), 1);
}

/// Puts the ends where the program looks for them; all else is closed when it begins, `kept` too.
void plug_in(const Ends& ends, int& kept) {
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  int wanted[] = {ends.in, ends.out, ends.error, ends.events};
  // First out of the way: an end may lie where another belongs.
  for (int& each : wanted)
    if (each >= 0 || &each != &wanted[kLastEnd])
      each = ::fcntl(each >= 0 ? each : nothing, F_DUPFD_CLOEXEC, kAboveEnds);
  kept = ::fcntl(kept, F_DUPFD_CLOEXEC, kAboveEnds);
  for (int target = 0; target <= kLastEnd; ++target)
    wanted[target] >= 0 ? ::dup2(wanted[target], target) : ::close(target);
  ::close_range(kLastEnd + 1, ~0u, CLOSE_RANGE_CLOEXEC);
}

void forget_signals() {
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int each : {SIGPIPE, SIGINT, SIGTERM, SIGCHLD, SIGHUP}) std::signal(each, SIG_DFL);
}

[[noreturn]] void become(const Machine* machine, const Command& command, const Ends& ends,
                         Pipe& trouble) {
  int report = trouble.writing();
  try {
    // Ctrl-C is the lab's business, which ends all of us together.
    ::setsid();
    if (machine != nullptr) enter(*machine, command.root ? As::kRoot : As::kUser);
    plug_in(ends, report);
    forget_signals();
    set_environment(command);
    std::vector<char*> words;
    for (const std::string& word : command.words) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    ::execvp(words[0], words.data());
    require(false, "cannot start " + command.words[0]);
  } catch (const std::exception& error) {
    const std::string text = error.what();
    const auto ignored = ::write(report, text.data(), text.size());
    static_cast<void>(ignored);
  }
  ::_exit(127);
}

void feed(Pipe& in, std::string_view& input) {
  const ssize_t written = ::write(in.writing(), input.data(), input.size());
  if (written > 0) input.remove_prefix(static_cast<std::size_t>(written));
  // Who ends without having read everything has read what it wanted.
  if (input.empty() || (written < 0 && errno != EINTR && errno != EAGAIN)) in.close_writing();
}

/// False at its end.
bool drain(Pipe& from, std::string& into) {
  char block[4096];
  const ssize_t got = ::read(from.reading(), block, sizeof block);
  if (got > 0) into.append(block, static_cast<std::size_t>(got));
  if (got == 0) from.close_reading();
  return got != 0;
}

Finished run(const Machine* machine, const Command& command, std::string_view input) {
  Pipe in, out, error;
  const pid_t process =
      launch(machine, command, {in.reading(), out.writing(), error.writing(), -1});
  in.close_reading();
  out.close_writing();
  error.close_writing();
  std::signal(SIGPIPE, SIG_IGN);
  ::fcntl(in.writing(), F_SETFL, O_NONBLOCK);
  if (input.empty()) in.close_writing();
  Finished finished;
  while (out.reading() >= 0 || error.reading() >= 0) {
    pollfd ears[] = {
        {in.writing(), POLLOUT, 0}, {out.reading(), POLLIN, 0}, {error.reading(), POLLIN, 0}};
    if (::poll(ears, std::size(ears), -1) < 0) continue;
    if (ears[0].revents != 0) feed(in, input);
    if (ears[1].revents != 0) drain(out, finished.out);
    if (ears[2].revents != 0) drain(error, finished.error);
  }
  finished.status = wait_for(process);
  return finished;
}

}  // namespace

pid_t launch(const Machine* machine, const Command& command, const Ends& ends) {
  Pipe trouble;
  const pid_t process = ::fork();
  require(process >= 0, "cannot start a process for " + command.words.at(0));
  if (process == 0) become(machine, command, ends, trouble);
  trouble.close_writing();
  // Its end is closed by exec: then there was no trouble.
  const std::string text = trouble.read_all();
  if (text.empty()) return process;
  wait_for(process);
  throw std::runtime_error(text);
}

int wait_for(pid_t process) {
  int status = 0;
  while (::waitpid(process, &status, 0) < 0)
    if (errno != EINTR) return kSignalled;
  return WIFEXITED(status) ? WEXITSTATUS(status) : kSignalled + WTERMSIG(status);
}

Finished run_program(const Machine& machine, const Command& command, const std::string& input) {
  return run(&machine, command, input);
}

Finished run_program(const std::vector<std::string>& words, const std::string& input) {
  return run(nullptr, {.words = words, .environment = {}, .root = true}, input);
}

int run_function(const Machine& machine, const std::function<int()>& function) {
  std::fflush(nullptr);
  const pid_t process = ::fork();
  require(process >= 0, "cannot start a process");
  if (process != 0) return wait_for(process);
  int status = 127;
  try {
    enter(machine, As::kRoot);
    status = function();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", machine.name().c_str(), error.what());
  }
  std::fflush(nullptr);
  ::_exit(status);
}

}  // namespace mxlab::sim::live
