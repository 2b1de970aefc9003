#include "sim/live/sandbox.hpp"

#include <cerrno>
#include <csignal>
#include <fstream>
#include <gmock/gmock.h>
#include <grp.h>
#include <net/if.h>
#include <sched.h>
#include <set>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/live/launch.hpp"
#include "sim/live/pipe.hpp"
#include "sim/live/system.hpp"
#include "sim/report/pipe.hpp"
#include "tests/live/inside.hpp"

namespace mxlab::sim::live {
namespace {

namespace fs = std::filesystem;

using Sandbox = LiveTest;

/// "pid:[4026532281]" of a process that lives in a sandbox.
std::string process_space(const std::string& process = "self") {
  std::error_code gone;
  return fs::read_symlink("/proc/" + process + "/ns/pid", gone).string();
}

int processes_in(const std::string& space) {
  int count = 0;
  for (const auto& entry : fs::directory_iterator("/proc"))
    if (std::isdigit(entry.path().filename().string().front()) != 0 &&
        process_space(entry.path().filename()) == space)
      ++count;
  return count;
}

/// A program that has left its parent and would run for ever.
void leave_a_daemon() {
  if (::fork() != 0) return;
  ::setsid();
  if (::fork() == 0)
    for (;;) ::pause();
  ::_exit(0);
}

/// For good. Who is not root stays who he is.
void give_up_root() {
  constexpr uid_t kNobody = 65534;
  if (::geteuid() != 0) return;
  require(::setgroups(0, nullptr) == 0 && ::setgid(kNobody) == 0 && ::setuid(kNobody) == 0,
          "cannot give up root");
  ::prctl(PR_SET_DUMPABLE, 1);  // else its files below /proc would be root's
}

/// A lab in a process of its own, which can be killed.
class Lab {
 public:
  /// As `mxlab run --live` does it: one scenario, or several at a time.
  enum class Where { kHere, kInAWorker, kWithoutRoot };
  explicit Lab(Where where = Where::kHere) {
    // Orphans become ours, so that their end can be waited for.
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    process_ = ::fork();
    if (process_ == 0) {
      if (where == Where::kWithoutRoot) give_up_root();
      if (where != Where::kInAWorker) ::_exit(play());
      report::fork_child([this](int) { ::_exit(play()); });
      for (;;) ::pause();
    }
    alive_.close_writing();
    for (char byte = 0; ::read(alive_.reading(), &byte, 1) == 1 && byte != '\n';) space_ += byte;
    place_ = space_.substr(space_.find(' ') + 1);
    space_.erase(space_.find(' '));
  }
  ~Lab() {
    if (process_ > 0) end_by(SIGKILL);
    bury_orphans();
  }
  /// What its parent sees.
  int end_by(int signal) {
    ::kill(process_, signal);
    return wait_for(std::exchange(process_, -1));
  }
  /// The first process of a sandbox ends after all others.
  static void bury_orphans() {
    while (::waitpid(-1, nullptr, 0) > 0) {
    }
  }
  const std::string& space() const { return space_; }
  bool has_left_files() const { return !fs::is_empty(place_); }

 private:
  int play() {
    return run_inside([this](const fs::path& place) {
      const Wires wires(place, {{"one", {asio::ip::make_address("192.0.2.1")}}});
      leave_a_daemon();
      alive_.write_all(process_space() + " " + place.string() + "\n");
      ::pause();
      return 0;
    });
  }

  Pipe alive_;
  int process_ = -1;
  std::string space_, place_;
};

std::set<std::string> interfaces() {
  std::set<std::string> names;
  auto* const all = ::if_nameindex();
  for (const auto* each = all; each->if_index != 0; ++each) names.insert(each->if_name);
  ::if_freenameindex(all);
  return names;
}

TEST_F(Sandbox, ReturnsWhatItsWorkReturns) {
  EXPECT_EQ(run_inside([](const fs::path&) { return 7; }), 7);
}

TEST_F(Sandbox, TellsBySignalHowItsWorkEnded) {
  EXPECT_EQ(run_inside([](const fs::path&) { return ::raise(SIGKILL); }), 128 + SIGKILL);
}

TEST_F(Sandbox, SaysWhatIsMissingWhereNamespacesAreForbidden) {
  Pipe told;
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  const pid_t process = ::fork();
  if (process == 0) {
    if (::unshare(CLONE_NEWUSER) != 0) ::_exit(1);
    map_ids({.inside = 1000, .user = user, .group = group});
    write_setting("/proc/sys/user/max_user_namespaces", "0");
    told.write_all(why_not().value_or("nothing is missing"));
    ::_exit(0);
  }
  EXPECT_EQ(wait_for(process), 0);
  told.close_writing();
  EXPECT_THAT(told.read_all(),
              ::testing::StartsWith("this machine makes no user namespaces (allow them"));
}

TEST_F(Sandbox, HasAnEmptyPlaceInMemoryWhoseFilesNobodyElseSees) {
  Pipe told;
  inside([&told](const fs::path& place) {
    EXPECT_TRUE(fs::is_empty(place));
    std::ofstream(place / "file") << "text";
    EXPECT_FALSE(fs::is_empty(place));
    told.write_all(place.string());
  });
  told.close_writing();
  EXPECT_TRUE(fs::is_empty(told.read_all()));
}

TEST_F(Sandbox, LeavesNoProcessBehindWhenItsWorkIsDone) {
  Pipe told;
  EXPECT_EQ(run_inside([&told](const fs::path&) {
              leave_a_daemon();
              told.write_all(process_space());
              return 1;
            }),
            1);
  told.close_writing();
  EXPECT_EQ(processes_in(told.read_all()), 0);
}

TEST_F(Sandbox, EndsWithEverythingInItOnControlC) {
  Lab lab;
  ASSERT_GT(processes_in(lab.space()), 1);
  EXPECT_EQ(lab.end_by(SIGINT), 128 + SIGINT);
  EXPECT_EQ(processes_in(lab.space()), 0);
  EXPECT_FALSE(lab.has_left_files());
}

TEST_F(Sandbox, EndsWithEverythingInItWhenTheLabIsKilled) {
  Lab lab;
  ASSERT_GT(processes_in(lab.space()), 1);
  EXPECT_EQ(lab.end_by(SIGKILL), 128 + SIGKILL);
  Lab::bury_orphans();
  EXPECT_EQ(processes_in(lab.space()), 0);
  EXPECT_FALSE(lab.has_left_files());
}

TEST_F(Sandbox, IsMadeWithoutRootAsWellAndEndsAsWell) {
  for (const int signal : {SIGINT, SIGKILL}) {
    Lab lab(Lab::Where::kWithoutRoot);
    ASSERT_FALSE(lab.space().empty());
    ASSERT_GT(processes_in(lab.space()), 1);
    EXPECT_EQ(lab.end_by(signal), 128 + signal);
    Lab::bury_orphans();
    EXPECT_EQ(processes_in(lab.space()), 0);
    EXPECT_FALSE(lab.has_left_files());
  }
}

TEST_F(Sandbox, EndsWithTheLabThatRunsSeveralAtATime) {
  for (const int signal : {SIGKILL, SIGTERM}) {
    Lab lab(Lab::Where::kInAWorker);
    ASSERT_GT(processes_in(lab.space()), 1);
    EXPECT_EQ(lab.end_by(signal), 128 + signal);
    Lab::bury_orphans();
    EXPECT_EQ(processes_in(lab.space()), 0);
    EXPECT_FALSE(lab.has_left_files());
  }
}

TEST_F(Sandbox, HasNoLinkToTheInterfacesOfThisMachine) {
  inside([](const fs::path& place) {
    EXPECT_EQ(interfaces(), std::set<std::string>{"lo"});
    Wires wires(place, {{"one", {asio::ip::make_address("192.0.2.1")}}});
    EXPECT_EQ(interfaces(), (std::set<std::string>{"lo", "wires", "port1"}));
    EXPECT_EQ(run_function(wires.machine("one"),
                           [] {
                             return interfaces() == std::set<std::string>{"lo", "eth0"} ? 0 : 1;
                           }),
              0);
  });
}

TEST_F(Sandbox, KnowsNoWayToAddressesOutsideAndSaysSoAtOnce) {
  inside([](const fs::path& place) {
    Wires wires(
        place,
        {{"one", {asio::ip::make_address("192.0.2.1"), asio::ip::make_address("2001:db8::1")}}});
    const int at_once = 0;
    for (const char* unused : {"198.51.100.1", "203.0.113.1", "2001:db8:ffff::1"})
      EXPECT_EQ(connect_from(wires.machine("one"), endpoint(unused, 25), at_once), ENETUNREACH)
          << unused;
  });
}

}  // namespace
}  // namespace mxlab::sim::live
