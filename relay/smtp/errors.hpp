// errors.hpp - why a connection failed, in the words of our logs and reports.
#pragma once
#include <string>
#include <system_error>

namespace mxlab::smtp {

/// "Connection timeout", "Connection closed unexpectedly", "IO Error: Connection refused", …
std::string describe(std::error_code error);

/// The reason for which a receiving session ended: "disconnect", "timeout", "io-error: …".
std::string session_end(std::error_code error);

/// Is there no way from here to such an address at all (no IPv6 on this host)? That says nothing of
/// the peer.
bool is_unroutable(std::error_code error);

/// Did the peer just go away?
bool is_disconnect(std::error_code error);

}  // namespace mxlab::smtp
