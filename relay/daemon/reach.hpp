// reach.hpp - what a configuration needs of this machine, so that the sandbox can refuse the rest.
#pragma once
#include "relay/daemon/landlock.hpp"
#include "relay/daemon/options.hpp"

namespace mxlab::daemon {

/// `files_read`: what reading the settings has asked for. Their directories are reached, because
/// certificates and tables are renewed by renaming; of /etc itself only the files.
Reach reach_of(const relay::Settings& settings, const DaemonOptions& options,
               const std::set<std::string>& files_read);

/// What `wanted` needs beyond `granted`: a sentence for who reloads, or nothing. Files are left
/// out; whoever reads them learns it.
std::optional<std::string> beyond(const Reach& granted, const Reach& wanted);

}  // namespace mxlab::daemon
