// sockets.hpp - what has to be bound while we still may: ports below 1024, of the configuration.
#pragma once
#include <vector>

#include "relay/config/config.hpp"

namespace mxlab::daemon {

/// Bound sockets that do not listen yet, one for each privileged address that `inherited`
/// (systemd's sockets) does not hold. Throws ListenError.
std::vector<int> bind_privileged(const config::Config& config, const std::vector<int>& inherited);

/// What would keep the configuration from listening here; throws ListenError. For -n.
void check_addresses(const config::Config& config);

}  // namespace mxlab::daemon
