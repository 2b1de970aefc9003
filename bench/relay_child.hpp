// relay_child.hpp - a relay in a process of its own, so that its memory can be read from outside.
//
// Forked from the measuring program, on a folder that goes with it. It answers its own DNS
// questions (no names, no MX hosts), and ends when told or when the measuring program ends.
#pragma once
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fakedns/server.hpp"
#include "relay/relay.hpp"
#include "relay/world/real_disk.hpp"
#include "relay/world/real_world.hpp"
#include "relay/world/spawn.hpp"

namespace mxlab::bench {

struct ChildOptions {
  std::string folder;  // where the spool and smtpd.conf go
  std::string config;
  std::size_t max_sessions = 10'000;
};

struct NoJournal final : world::Journal {
  void record(const world::Fact& fact) override {
    if (fact.kind == world::FactKind::kLog && fact.subject == "warn")
      fmt::print(stderr, "relay: {}\n", fact.text);
  }
};

/// The child's whole life.
inline void live_as_relay(const ChildOptions& wanted) {
  world::RealDisk disk;
  NoJournal journal;
  fakedns::ZoneSet zones;
  fakedns::Lies lies;
  zones.add_zone(".");
  world::RealWorld real(disk, journal);
  fakedns::Server dns(real.world(), zones, lies);
  relay::RelayOptions options;
  options.config_file = wanted.folder + "/smtpd.conf";
  options.queue_directory = wanted.folder + "/spool";
  options.hostname = "mx2.example.org";
  options.backlog = 128;
  options.max_sessions = wanted.max_sessions;
  options.name_servers = {dns.start({asio::ip::make_address("127.0.0.1"), 0})};
  auto relay = std::make_shared<relay::Relay>(real.world(), options);
  real.hold(relay);
  world::spawn(real.world(), relay->run());
  real.run();
}

class RelayChild {
 public:
  explicit RelayChild(const ChildOptions& options) {
    std::ofstream(options.folder + "/smtpd.conf") << options.config;
    pid_ = ::fork();
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    try {
      live_as_relay(options);
    } catch (const std::exception& error) {
      fmt::print(stderr, "relay: {}\n", error.what());
    }
    ::_exit(1);
  }
  ~RelayChild() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  RelayChild(const RelayChild&) = delete;
  RelayChild& operator=(const RelayChild&) = delete;

  /// Of proc(5)'s status, in MiB: "VmRSS", "VmHWM", "RssAnon".
  double mebibytes(const std::string& key) const {
    std::ifstream status(fmt::format("/proc/{}/status", pid_));
    for (std::string line; std::getline(status, line);)
      if (line.starts_with(key + ":")) return std::stod(line.substr(key.size() + 1)) / 1024;
    throw std::runtime_error("the relay has ended");
  }
  /// User and system time so far (proc(5), stat, fields 14 and 15).
  double processor_seconds() const {
    std::ifstream stat(fmt::format("/proc/{}/stat", pid_));
    std::string skipped;
    std::getline(stat, skipped, ')');
    for (int field = 3; field < 14; ++field) stat >> skipped;
    double user = 0, system = 0;
    stat >> user >> system;
    return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  }

 private:
  pid_t pid_ = 0;
};

/// A TCP port on loopback that nobody used a moment ago.
inline std::uint16_t free_port() {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof name;
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool bound = ::bind(probe, reinterpret_cast<sockaddr*>(&name), size) == 0 &&
                     ::getsockname(probe, reinterpret_cast<sockaddr*>(&name), &size) == 0;
  ::close(probe);
  if (!bound) throw std::runtime_error("no free port on loopback");
  return ntohs(name.sin_port);
}

/// A folder of its own, gone at the end.
class Folder {
 public:
  explicit Folder(const std::string& parent) {
    std::string name = parent + "/mxlab-bench-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder in " + parent);
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace mxlab::bench
