// encrypt.hpp - hashes of passwords for the tables that `auth` reads: crypt(3), yescrypt.
#pragma once
#include <string>

namespace mxlab::ctl {

/// "$y$…", salted anew each time. Throws std::system_error when the system cannot.
std::string encrypt(const std::string& password);

}  // namespace mxlab::ctl
