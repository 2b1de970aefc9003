// sasl.hpp - what a client says to log in: base64 (RFC 4648 4) and SASL PLAIN (RFC 4616). Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace mxlab::smtp {

/// Strict: padding must be there and right, nothing else may be. Nothing when it is not base64.
std::optional<std::string> decode_base64(std::string_view text);
std::string encode_base64(std::string_view bytes);

struct SaslLogin {
  std::string user, password;
};

/// "authorization NUL user NUL password"; nothing when it is not that, or when the client wants to
/// act as somebody else than it logs in as.
std::optional<SaslLogin> read_plain(std::string_view message);

/// Writes over a secret before its memory goes back.
void wipe(std::string& secret);

}  // namespace mxlab::smtp
