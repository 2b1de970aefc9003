// background.hpp - without -d and without systemd: a start that returns to the shell when the relay
// serves, or with its error.
#pragma once
#include <optional>

namespace mxlab::daemon {

class Background {
 public:
  /// In the child, an object; in the parent, which has waited for the child's start, the exit code.
  static std::optional<int> detach(Background& child);

  /// The parent leaves with success; the terminal is let go.
  void started();

 private:
  int report_ = -1;   // the parent reads at its other end
  int nothing_ = -1;  // /dev/null, opened while files may be opened
};

}  // namespace mxlab::daemon
