// service.hpp - what systemd and we tell each other (sd_notify(3), sd_listen_fds(3)).
//
// Without systemd all of it does nothing.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "relay/world/time.hpp"

namespace mxlab::daemon::service {

/// systemd waits for ready(): it is our parent, and we stay in the foreground.
bool is_expected();

void ready();
void reloading();
void stopping();
/// One line for systemctl status.
void status(const std::string& line);

/// systemd kills us when we have been silent for so long; nothing: it does not watch.
std::optional<world::Duration> watchdog_limit();
void alive();

/// The sockets with which we were started; they are ours from now on.
std::vector<int> inherited_sockets();

}  // namespace mxlab::daemon::service
