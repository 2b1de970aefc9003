// tls_versions.hpp - what `protocols` says, as tls_config_parse_protocols(3) reads it. Pure.
#pragma once
#include <optional>
#include <string_view>

namespace mxlab::config {

/// Which versions may be spoken; at least one of them.
struct TlsVersions {
  bool v1_0 = false, v1_1 = false, v1_2 = false, v1_3 = false;
  bool operator==(const TlsVersions&) const = default;
};

/// "TLSv1.2,TLSv1.3", "all", "default,!tlsv1.3": names separated by commas or colons, taken from
/// left to right; '!' takes away, and begins with all when it stands first. Absent: an unknown
/// name, or nothing is left.
std::optional<TlsVersions> parse_tls_versions(std::string_view text);

}  // namespace mxlab::config
