// errors.hpp - why the daemon cannot start, in one sentence that says what to do.
#pragma once
#include <stdexcept>
#include <string>

namespace mxlab::daemon {

class StartError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// StartError(WHAT: strerror(errno)).
[[noreturn]] void fail_with_errno(const std::string& what);

}  // namespace mxlab::daemon
