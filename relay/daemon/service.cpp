#include "relay/daemon/service.hpp"

#include <chrono>
#include <cstdlib>
#include <fmt/format.h>
#include <systemd/sd-daemon.h>

namespace mxlab::daemon::service {

bool is_expected() { return std::getenv("NOTIFY_SOCKET") != nullptr; }

void ready() { ::sd_notify(0, "READY=1"); }

/// systemd.service(5), Type=notify-reload: CLOCK_MONOTONIC, so that an old READY=1 is not taken for
/// the answer to a new SIGHUP.
void reloading() {
  const auto since_boot = std::chrono::steady_clock::now().time_since_epoch();
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(since_boot).count();
  ::sd_notify(0, fmt::format("RELOADING=1\nMONOTONIC_USEC={}", micros).c_str());
}

void stopping() { ::sd_notify(0, "STOPPING=1"); }

void status(const std::string& line) { ::sd_notify(0, ("STATUS=" + line).c_str()); }

std::optional<world::Duration> watchdog_limit() {
  std::uint64_t micros = 0;
  if (::sd_watchdog_enabled(0, &micros) <= 0) return std::nullopt;
  return std::chrono::microseconds(micros);
}

void alive() { ::sd_notify(0, "WATCHDOG=1"); }

std::vector<int> inherited_sockets() {
  std::vector<int> descriptors;
  const int count = ::sd_listen_fds(1);
  for (int i = 0; i < count; ++i) descriptors.push_back(SD_LISTEN_FDS_START + i);
  return descriptors;
}

}  // namespace mxlab::daemon::service
