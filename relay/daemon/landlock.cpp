#include "relay/daemon/landlock.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

namespace mxlab::daemon {
namespace {

// linux/landlock.h of a kernel newer than Debian 12's headers.
struct RulesetAttributes {
  std::uint64_t files, ports, scopes;
};
struct [[gnu::packed]] PathRule {
  std::uint64_t allowed;
  std::int32_t parent;
};
struct PortRule {
  std::uint64_t allowed, port;
};
constexpr unsigned kAskVersion = 1;
constexpr int kPathBeneath = 1, kNetPort = 2;

constexpr std::uint64_t kExecute = 1, kWriteFile = 2, kReadFile = 4, kReadDirectory = 8;
constexpr std::uint64_t kVersion1Files = (1u << 13) - 1;
constexpr std::uint64_t kRefer = 1u << 13, kTruncate = 1u << 14, kDeviceCalls = 1u << 15;
constexpr std::uint64_t kMakeDevices = (1u << 6) | (1u << 11);  // character and block
constexpr std::uint64_t kOfFiles = kWriteFile | kReadFile | kTruncate;
constexpr std::uint64_t kBind = 1, kConnect = 2;
constexpr std::uint64_t kAbstractSockets = 1, kSignals = 2;

/// What a kernel of this version can refuse; what we do not allow, it will.
RulesetAttributes handled(int version) {
  RulesetAttributes all{kVersion1Files, 0, 0};
  if (version >= 2) all.files |= kRefer;
  if (version >= 3) all.files |= kTruncate;
  if (version >= 5) all.files |= kDeviceCalls;
  if (version >= 4) all.ports = kBind | kConnect;
  if (version >= 6) all.scopes = kAbstractSockets | kSignals;
  return all;
}

std::size_t attributes_size(int version) {
  if (version >= 6) return sizeof(RulesetAttributes);
  return version >= 4 ? 2 * sizeof(std::uint64_t) : sizeof(std::uint64_t);
}

long add_rule(int ruleset, int kind, const void* rule) {
  return ::syscall(SYS_landlock_add_rule, ruleset, kind, rule, 0u);
}

void allow_path(int ruleset, const std::string& path, std::uint64_t access) {
  const int fd = ::open(path.c_str(), O_PATH | O_CLOEXEC);
  if (fd < 0) return;
  struct stat info {};
  if (::fstat(fd, &info) == 0) {
    PathRule rule{S_ISDIR(info.st_mode) ? access : access & kOfFiles, fd};
    add_rule(ruleset, kPathBeneath, &rule);
  }
  ::close(fd);
}

void allow_port(int ruleset, std::uint16_t port, std::uint64_t access) {
  PortRule rule{access, port};
  add_rule(ruleset, kNetPort, &rule);
}

void allow(int ruleset, const Reach& reach, const RulesetAttributes& can) {
  const std::uint64_t reading = kReadFile | kReadDirectory;
  const std::uint64_t writing = can.files & ~(kExecute | kMakeDevices | kDeviceCalls);
  for (const std::string& path : reach.read) allow_path(ruleset, path, reading);
  for (const std::string& path : reach.write) allow_path(ruleset, path, writing);
  if (can.ports == 0) return;
  for (std::uint16_t port : reach.bind) allow_port(ruleset, port, kBind);
  for (std::uint16_t port : reach.connect) allow_port(ruleset, port, kConnect);
}

std::string failure(const char* call) {
  return fmt::format("off: {} failed: {}", call, std::generic_category().message(errno));
}

}  // namespace

int landlock_version() {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, kAskVersion);
  return version > 0 ? static_cast<int>(version) : 0;
}

std::string restrict_reach(const Reach& reach) {
  const int version = landlock_version();
  if (version == 0) return "off: this kernel has no Landlock";
  const RulesetAttributes can = handled(version);
  const int ruleset =
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &can, attributes_size(version), 0u));
  if (ruleset < 0) return failure("landlock_create_ruleset");
  allow(ruleset, reach, can);
  const bool done = ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                    ::syscall(SYS_landlock_restrict_self, ruleset, 0u) == 0;
  const std::string outcome =
      done ? fmt::format("version {}: files{}{}", version, version >= 4 ? ", TCP ports" : "",
                         version >= 6 ? ", signals, abstract sockets" : "")
           : failure("landlock_restrict_self");
  ::close(ruleset);
  return outcome;
}

}  // namespace mxlab::daemon
