#include "sim/live/sandbox.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/live/child.hpp"
#include "sim/live/faults.hpp"
#include "sim/live/pipe.hpp"
#include "sim/live/system.hpp"
#include "sim/live/wires.hpp"

namespace mxlab::sim::live {
namespace {

namespace fs = std::filesystem;

constexpr int kSignalled = 128;  // as shells count

// Nobody needs what lies there while the lab runs, since it is empty.
constexpr std::array<const char*, 4> kPlaces{"/mnt", "/media", "/srv", "/opt"};

int status_of(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : kSignalled + WTERMSIG(wait_status);
}

// --- waiting -------------------------------------------------------------------------------------

/// What ends us is held back until the child has ended.
class HeldBack {
 public:
  HeldBack() {
    sigemptyset(&held_);
    for (int each : {SIGCHLD, SIGINT, SIGTERM}) sigaddset(&held_, each);
    ::sigprocmask(SIG_BLOCK, &held_, &before_);
  }
  ~HeldBack() { release(); }
  HeldBack(const HeldBack&) = delete;
  HeldBack& operator=(const HeldBack&) = delete;
  void release() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

  /// Waits for the child; whoever tells us to end, ends it by the signal `as`.
  int wait_for(pid_t child, int as) {
    int told = 0;
    for (;;) {
      int status = 0;
      if (::waitpid(child, &status, WNOHANG) == child)
        return told != 0 ? kSignalled + told : status_of(status);
      int signal = 0;
      ::sigwait(&held_, &signal);
      if (signal == SIGCHLD) continue;
      told = signal;
      ::kill(child, as);
    }
  }

 private:
  sigset_t held_{}, before_{};
};

// --- making it -----------------------------------------------------------------------------------

/// Root needs no user namespace, unless a container has taken away what makes it root.
void unshare_everything() {
  constexpr int kSpaces = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS;
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  if (user == 0 && ::unshare(kSpaces) == 0) return;
  require(::unshare(kSpaces | CLONE_NEWUSER) == 0,
          user == 0 ? "this machine makes no namespaces (a container needs CAP_SYS_ADMIN)"
                    : "this machine makes no user namespaces (allow them, see "
                      "kernel.unprivileged_userns_clone, or start the lab as root)");
  map_ids({.inside = 0, .user = user, .group = group});
}

fs::path choose_place() {
  for (const char* place : kPlaces)
    if (std::error_code ignored; fs::is_directory(place, ignored) && fs::is_empty(place, ignored))
      return place;
  throw NoSandbox("the lab needs an empty directory to put its files over: empty /mnt or /srv");
}

fs::path mount_place() {
  require(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0,
          "cannot have mounts of our own");
  const fs::path place = choose_place();
  require(::mount("mxlab", place.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") == 0,
          "cannot mount a filesystem in memory on " + place.string());
  require(::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0,
          "cannot mount /proc (does a container hide parts of it?)");
  return place;
}

/// As the first process of the sandbox: everybody whose parent has gone is ours to bury.
[[noreturn]] void bury_until_end_of(pid_t lab) {
  for (;;) {
    int status = 0;
    const pid_t ended = ::waitpid(-1, &status, 0);
    if (ended == lab) ::_exit(status_of(status));
    if (ended < 0 && errno != EINTR) ::_exit(kSignalled);
  }
}

int guarded(const Inside& work, const fs::path& place) try {
  return work(place);
} catch (const std::exception& error) {
  fmt::print(stderr, "mxlab: {}\n", error.what());
  return 3;
}

/// The first process; `report` is where a sentence goes when there can be no sandbox.
[[noreturn]] void be_first(const Inside& work, HeldBack& signals, Pipe& report) {
  fs::path place;
  try {
    place = mount_place();
  } catch (const std::exception& error) {
    report.write_all(error.what());
    ::_exit(1);
  }
  signals.release();
  report.close();
  const pid_t lab = ::fork();
  if (lab != 0) bury_until_end_of(lab);
  const int status = guarded(work, place);
  std::fflush(nullptr);
  ::_exit(status);
}

/// Between the caller and the sandbox: can wait until the first process, and with it all others,
/// has ended, and is killed with the caller.
[[noreturn]] void keep(const Inside& work, HeldBack& signals, Pipe& report) {
  // Should we be killed before the first process has asked to be killed with us, it never goes on.
  Pipe armed, go;
  try {
    unshare_everything();
  } catch (const std::exception& error) {
    report.write_all(error.what());
    ::_exit(1);
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const pid_t first = ::fork();
  if (first == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    armed.close();
    go.close_writing();
    if (go.read_all().empty()) ::_exit(1);
    be_first(work, signals, report);
  }
  report.close();
  armed.close_writing();
  armed.read_all();
  go.write_all("go");
  go.close();
  ::_exit(signals.wait_for(first, SIGKILL));
}

void need(const std::string& program, const std::string& package) try {
  run_program({program, "-V"});
} catch (const std::exception&) {
  throw NoSandbox(fmt::format("the live lab needs {}: install the package {}", program, package));
}

void lay_a_wire_and_cut_it(const fs::path& place) {
  need("ip", "iproute2");
  need("nft", "nftables");
  Wires wires(place, {{"one", {asio::ip::make_address("192.0.2.1")}}});
  Faults(wires).set("one", FaultKind::kReject);
}

}  // namespace

int run_inside(const Inside& work) {
  std::fflush(nullptr);
  Pipe report;
  HeldBack signals;
  const pid_t caller = ::getpid();
  const pid_t keeper = ::fork();
  require(keeper >= 0, "cannot start a process");
  if (keeper == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != caller) ::_exit(1);
    keep(work, signals, report);
  }
  report.close_writing();
  const std::string trouble = report.read_all();
  const int status = signals.wait_for(keeper, SIGTERM);
  if (!trouble.empty()) throw NoSandbox(trouble);
  return status;
}

bool has_netem() try {
  return run_inside([](const fs::path& place) {
           Wires wires(place, {{"one", {asio::ip::make_address("192.0.2.1")}}});
           return Faults(wires).has_netem() ? 0 : 1;
         }) == 0;
} catch (const std::exception&) {
  return false;
}

std::optional<std::string> why_not() try {
  Pipe answer;
  const int status = run_inside([&answer](const fs::path& place) {
    try {
      lay_a_wire_and_cut_it(place);
    } catch (const std::exception& error) {
      answer.write_all(error.what());
      return 1;
    }
    return 0;
  });
  answer.close_writing();
  std::string trouble = answer.read_all();
  if (status != 0 && trouble.empty()) trouble = fmt::format("a sandbox ended with {}", status);
  return trouble.empty() ? std::nullopt : std::optional(trouble);
} catch (const NoSandbox& error) {
  return error.what();
}

}  // namespace mxlab::sim::live
