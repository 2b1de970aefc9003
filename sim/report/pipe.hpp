// pipe.hpp - a child process that tells its parent a text through a pipe.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace mxlab::report {

/// A child process and what it has told so far.
struct Child {
  pid_t process = 0;
  int pipe = -1;
  std::string told;
};

/// Forks. In the child `work` gets the pipe's writing end and must not return.
/// Throws std::system_error when there can be no child.
Child fork_child(const std::function<void(int pipe)>& work);
/// Writes all of it, or gives up when nobody listens any more.
void write_all(int pipe, std::string_view text);
/// Waits for more; false at the end of what it tells.
bool listen_to(Child& child);
/// Waits for its end; the status is that of waitpid(2).
int wait_for_end(Child& child);

}  // namespace mxlab::report
