#include "relay/daemon/daemon.hpp"

#include <cstdio>
#include <fmt/format.h>

#include "relay/daemon/background.hpp"
#include "relay/daemon/errors.hpp"
#include "relay/daemon/event_log.hpp"
#include "relay/daemon/log.hpp"
#include "relay/daemon/noting_disk.hpp"
#include "relay/daemon/privileges.hpp"
#include "relay/daemon/program.hpp"
#include "relay/daemon/reach.hpp"
#include "relay/daemon/sandbox.hpp"
#include "relay/daemon/service.hpp"
#include "relay/daemon/sockets.hpp"
#include "relay/listeners.hpp"
#include "relay/world/paths.hpp"

namespace mxlab::daemon {
namespace {

// OpenSMTPD's 5 is what the lab compares with; a relay in an outage needs room for a burst.
constexpr int kBacklog = 511;
// Of all descriptors, what sessions of clients may take; the rest is for deliveries, DNS, the
// queue.
constexpr std::size_t kFilesOfOurOwn = 200;
constexpr std::size_t kMostSessions = 20000;
// Every user may reach the submission socket; each socket there has a mode of its own.
constexpr mode_t kQueueMode = 0700, kSocketsMode = 0755;

std::size_t sessions_for(std::size_t files) {
  const std::size_t usable = files > 2 * kFilesOfOurOwn ? files - kFilesOfOurOwn : files / 2;
  return std::min(usable * 3 / 4, kMostSessions);
}

std::unique_ptr<LogSink> sink_for(const DaemonOptions& options) {
  return options.foreground ? stderr_sink(options.log_format) : system_sink(options.log_format);
}

void set_up(Log& log, const DaemonOptions& options) {
  log.verbose(options.verbose);
  for (const std::string& subsystem : options.traces) log.trace(subsystem, true);
}

void make_directories(const DaemonOptions& options, const std::optional<Identity>& owner) {
  provide_directory(options.relay.queue_directory, kQueueMode, owner);
  provide_directory(world::directory_of(options.control_socket), kSocketsMode, owner);
}

/// From here on a bug in us, or somebody who uses it, reaches the relay's own things only.
void close_the_doors(Log& log, const Reach& reach) {
  const SandboxReport report = enter_sandbox(reach);
  log.info(report.summary());
  if (log.traces("sandbox"))
    for (const std::string& line : describe(reach)) log.detail("sandbox", line);
}

/// In the child, or in the only process; everything but the reading of options has still to happen.
int serve_here(DaemonOptions options, Background& background) {
  options.relay.max_sessions = sessions_for(raise_file_limit());
  options.relay.backlog = kBacklog;
  NotingDisk disk;
  auto settings = relay::read_settings(disk, options.relay);
  const Reach reach = reach_of(settings, options, disk.take_notes());
  auto sockets = service::inherited_sockets();
  for (int socket : bind_privileged(*settings.config, sockets)) sockets.push_back(socket);
  const auto identity = identity_to_take(options.user);
  make_directories(options, identity);
  Log log(sink_for(options));
  set_up(log, options);
  options.relay.log = &log;
  EventLog events(options.events.empty() ? -1 : open_events(options.events), log);
  if (identity) become(*identity);
  give_up_privileges();
  close_the_doors(log, reach);
  options.relay.veto = [reach, options](const relay::Settings& wanted) {
    return beyond(reach, reach_of(wanted, options, {}));
  };
  Program program(disk, log, events, {options.relay, std::move(settings), std::move(sockets), [&] {
                                        background.started();
                                        events.started();
                                      }});
  program.run();
  return kOk;
}

/// Where nobody can read it, too, the exit code is to be had; fmt::print would throw.
void complain(const std::string& text) { std::fputs((text + "\n").c_str(), stderr); }

/// What cannot be read or had, in one sentence; what is wrong in the file, with its place.
template <class Work>
int explaining(Work work) try {
  return work();
} catch (const relay::ConfigError& error) {
  const std::string mistakes = error.what();
  complain(mistakes.substr(0, mistakes.find_last_not_of('\n') + 1));
  return kWrongConfiguration;
} catch (const std::exception& error) {
  complain(std::string("mxrelayd: ") + error.what());
  return kCannotStart;
}

}  // namespace

int check(const DaemonOptions& options) {
  return explaining([&]() -> int {
    NotingDisk disk;
    const auto settings = relay::read_settings(disk, options.relay);
    for (const std::string& warning : settings.warnings)
      fmt::print(stderr, "warning: {}\n", warning);
    try {
      check_addresses(*settings.config);
    } catch (const relay::ListenError& error) {
      throw relay::ConfigError(error.what());
    }
    fmt::print("configuration OK\n");
    return kOk;
  });
}

int serve(DaemonOptions options) {
  return explaining([&]() -> int {
    Background background;
    if (!options.foreground && !service::is_expected())
      if (auto exit = Background::detach(background)) return *exit;
    return serve_here(std::move(options), background);
  });
}

}  // namespace mxlab::daemon
