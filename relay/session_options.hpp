// session_options.hpp - what a listener's line in smtpd.conf means for the sessions it meets.
#pragma once
#include "relay/config/config.hpp"
#include "relay/settings.hpp"
#include "relay/smtp/server_session.hpp"

namespace mxlab::relay {

/// As the settings stand when the session begins; a reload does not reach into it.
smtp::ServerOptions session_options(const Settings& settings, const config::Listen& listen);

}  // namespace mxlab::relay
