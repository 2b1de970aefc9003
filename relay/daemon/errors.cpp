#include "relay/daemon/errors.hpp"

#include <cerrno>
#include <cstring>
#include <system_error>

namespace mxlab::daemon {

void fail_with_errno(const std::string& what) {
  throw StartError(what + ": " + std::generic_category().message(errno));
}

}  // namespace mxlab::daemon
