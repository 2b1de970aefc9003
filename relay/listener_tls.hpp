// listener_tls.hpp - the certificates and TLS settings of the listeners, read from their files.
#pragma once
#include "relay/config/config.hpp"
#include "relay/settings.hpp"
#include "relay/world/disk.hpp"

namespace mxlab::relay {

/// What a listener shows and demands under TLS, as one word: listeners that agree share a context.
std::string tls_key(const config::Config& config, const config::Listen& listen);

/// The contexts of all listeners by tls_key(). Blocks. Throws ConfigError with all that is wrong.
TlsContexts read_listener_tls(world::Disk& disk, const config::Config& config);

}  // namespace mxlab::relay
