// postmaster.hpp - the one recipient that must always be reachable (RFC 5321 4.5.1). Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "relay/config/config.hpp"

namespace mxlab::relay {

/// Postmaster, with a domain or without.
bool is_postmaster(std::string_view recipient);

/// What <Postmaster> without a domain may stand for, best first: this server's, then that of each
/// domain that a rule names as it is. A backup MX has no mailboxes, and its operator is to be found
/// where its mail goes. An address still needs a rule that takes it, so this opens nothing: mail is
/// only ever sent where the client could have sent it by naming the domain.
std::vector<std::string> postmaster_addresses(const config::Config& config,
                                              const std::string& postmaster,
                                              const std::string& server_name);

}  // namespace mxlab::relay
