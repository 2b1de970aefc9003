// main.cpp - mxrelayd: the backup relay as a service.
#include <csignal>

#include "relay/daemon/daemon.hpp"
#include "relay/world/real_standard_streams.hpp"

int main(int argc, char** argv) {
  mxlab::world::provide_standard_streams();
  const auto line = mxlab::daemon::read_command_line(argc, argv, MXLAB_VERSION);
  if (line.exit) return *line.exit;
  std::signal(SIGPIPE, SIG_IGN);
  return line.options.check_only ? mxlab::daemon::check(line.options)
                                 : mxlab::daemon::serve(line.options);
}
