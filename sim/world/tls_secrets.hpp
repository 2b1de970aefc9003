// tls_secrets.hpp - the secrets of TLS connections, for who decrypts a capture of them.
//
// The relay has no way to tell its secrets, and shall have none. The lab's program brings its own
// SSL_CTX_new(3) instead, so that contexts made while somebody listens hand them out.
#pragma once
#include <functional>
#include <string_view>

namespace mxlab::sim {

/// Called with each secret, a line of NSS' key log format without its newline; empty: nobody
/// listens. Both ends of a connection tell the same ones.
void on_tls_secret(std::function<void(std::string_view line)> listener);

}  // namespace mxlab::sim
