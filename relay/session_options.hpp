// session_options.hpp - what a listener's line in smtpd.conf means for the sessions it meets.
#pragma once
#include "relay/config/config.hpp"
#include "relay/settings.hpp"
#include "relay/smtp/server_session.hpp"

namespace mxlab::relay {

/// As the settings stand when the session begins; a reload does not reach into it. `local` is the
/// address of ours at which the client has come.
smtp::ServerOptions session_options(const Settings& settings, const config::Listen& listen,
                                    const world::Address& local);

/// What we call ourselves there: by `hostnames`, else `hostname`, else the server's name.
std::string host_name(const config::Listen& listen, const world::Address& local,
                      const std::string& server_name);

}  // namespace mxlab::relay
