// Inside the sandbox a process can do the relay's work, and nothing that a burglar would want.
//
// Each test closes the doors of a child of its own, as root too when the tests run as root: what is
// refused then is refused by the sandbox, not by the file modes.
#include "relay/daemon/sandbox.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "relay/daemon/seccomp.hpp"

namespace mxlab::daemon {
namespace {

class SandboxTest : public testing::Test {
 protected:
  SandboxTest() {
    std::string name = (std::filesystem::temp_directory_path() / "mxlab-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    std::filesystem::create_directories(folder_ + "/spool");
    std::filesystem::create_directories(folder_ + "/other");
    reach_.write = {folder_ + "/spool"};
    reach_.bind = {0};
    reach_.connect = {25};
  }
  ~SandboxTest() override { std::filesystem::remove_all(folder_); }

  /// What `act` returns in a child whose doors are closed: 0 or an errno.
  int inside(const std::function<int()>& act) {
    const pid_t child = ::fork();
    if (child == 0) {
      enter_sandbox(reach_);
      ::_exit(act());
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  }

  std::string folder_;
  Reach reach_;
};

int outcome(long result) { return result < 0 ? errno : 0; }

#define NEEDS_LANDLOCK(version) \
  if (landlock_version() < (version)) GTEST_SKIP() << "the kernel's Landlock is too old"
#ifdef MXLAB_SANITIZED
#define NEEDS_SECCOMP() GTEST_SKIP() << "sanitizers need calls that the relay does not"
#else
#define NEEDS_SECCOMP() static_cast<void>(0)
#endif

TEST_F(SandboxTest, FilesOutsideTheReachCannotBeOpened) {
  NEEDS_LANDLOCK(1);
  EXPECT_EQ(inside([] { return outcome(::open("/etc/shadow", O_RDONLY)); }), EACCES);
  EXPECT_EQ(inside([] { return outcome(::open("/etc/passwd", O_RDONLY)); }), EACCES);
  EXPECT_EQ(inside([this] {
              return outcome(::open((folder_ + "/other/x").c_str(), O_RDWR | O_CREAT, 0600));
            }),
            EACCES);
}

TEST_F(SandboxTest, TheSpoolIsReadAndWritten) {
  EXPECT_EQ(inside([this] {
              const std::string path = folder_ + "/spool/x";
              const int fd = ::open(path.c_str(), O_RDWR | O_CREAT, 0600);
              if (fd < 0 || ::pwrite(fd, "x", 1, 0) != 1 || ::fsync(fd) != 0) return errno;
              if (::ftruncate(fd, 0) != 0) return errno;
              return outcome(::rename(path.c_str(), (path + "y").c_str()));
            }),
            0);
}

TEST_F(SandboxTest, NoProgramIsStartedAndNobodyIsDebugged) {
  NEEDS_SECCOMP();
  char program[] = "/bin/true";
  EXPECT_EQ(inside([&] {
              char* const arguments[] = {program, nullptr};
              return outcome(::execv(program, arguments));
            }),
            EPERM);
  EXPECT_EQ(inside([] { return outcome(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }), EPERM);
  EXPECT_EQ(inside([] { return outcome(::fork()); }), EPERM);
}

TEST_F(SandboxTest, TheSystemIsNotChanged) {
  NEEDS_SECCOMP();
  EXPECT_EQ(inside([] { return outcome(::mount("none", "/mnt", "tmpfs", 0, nullptr)); }), EPERM);
  EXPECT_EQ(inside([] { return outcome(::setuid(0)); }), EPERM);
  EXPECT_EQ(inside([] { return outcome(::socket(AF_PACKET, SOCK_RAW, 0)); }), EPERM);
}

TEST_F(SandboxTest, NoMemoryBecomesExecutable) {
  NEEDS_SECCOMP();
  EXPECT_EQ(inside([] {
              void* page =
                  ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
              return page == MAP_FAILED ? errno : 0;
            }),
            EPERM);
}

TEST_F(SandboxTest, ThreadsAreStartedAndBoundAsWell) {
  NEEDS_LANDLOCK(1);
  EXPECT_EQ(inside([] {
              int result = 0;
              std::thread([&] { result = outcome(::open("/etc/passwd", O_RDONLY)); }).join();
              return result;
            }),
            EACCES);
}

TEST_F(SandboxTest, OnlyThePortsOfMailAreConnectedTo) {
  NEEDS_LANDLOCK(4);
  const auto connect_to = [](std::uint16_t port) {
    sockaddr_in peer{};
    peer.sin_family = AF_INET;
    peer.sin_port = htons(port);
    peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    return outcome(::connect(fd, reinterpret_cast<const sockaddr*>(&peer), sizeof peer));
  };
  EXPECT_EQ(inside([&] { return connect_to(22); }), EACCES);
  EXPECT_NE(inside([&] { return connect_to(25); }), EACCES);
}

}  // namespace
}  // namespace mxlab::daemon
