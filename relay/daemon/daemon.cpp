#include "relay/daemon/daemon.hpp"

#include <asio/signal_set.hpp>
#include <csignal>
#include <fmt/format.h>

#include "relay/daemon/log.hpp"
#include "relay/relay.hpp"
#include "relay/world/real_disk.hpp"
#include "relay/world/real_world.hpp"
#include "relay/world/spawn.hpp"

namespace mxlab::daemon {
namespace {

/// Runs the relay; why it could not start, or had to end, goes into `exit`.
world::awaitable<void> live(relay::Relay& relay, world::RealWorld& real, int& exit) {
  try {
    co_await relay.run();
  } catch (const relay::ConfigError& error) {
    fmt::print(stderr, "{}\n", error.what());
    exit = kWrongConfiguration;
  } catch (const std::exception& error) {
    fmt::print(stderr, "mxrelayd: {}\n", error.what());
    exit = kCannotStart;
  }
  real.stop();
}

}  // namespace

int check(const DaemonOptions& options) try {
  world::RealDisk disk;
  relay::read_settings(disk, options.relay);
  fmt::print("configuration OK\n");
  return kOk;
} catch (const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  return kWrongConfiguration;
}

int serve(const DaemonOptions& options) {
  world::RealDisk disk;
  Log log;
  log.verbose(options.verbose);
  world::RealWorld real(disk, log);
  auto relay = std::make_shared<relay::Relay>(real.world(), options.relay);
  real.hold(relay);
  int exit = kOk;
  world::spawn(real.world(), live(*relay, real, exit));
  asio::signal_set signals(real.io(), SIGINT, SIGTERM);
  signals.async_wait([&relay](asio::error_code, int) { relay->stop(); });
  real.run();
  return exit;
}

}  // namespace mxlab::daemon
