// password.hpp - does a password fit a crypt(3) hash? Slow on purpose: ask off the main thread.
#pragma once
#include <string>

namespace mxlab::relay {

/// Compared in a time that does not depend on where the two differ. A hash that crypt(3) does not
/// know, or a password with a NUL in it, never fits.
bool password_fits(const std::string& password, const std::string& hash);

/// A hash that no password fits, and that takes as long to find that out as most do.
extern const char* const kNobodysHash;

}  // namespace mxlab::relay
