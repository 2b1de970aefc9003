// options.hpp - the command line of mxrelayd, as values.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "relay/settings.hpp"

namespace mxlab::daemon {

enum class LogFormat { kText, kJson };

/// What main() returns.
enum Exit { kOk = 0, kWrongConfiguration = 1, kWrongUsage = 2, kCannotStart = 3 };

struct DaemonOptions {
  relay::RelayOptions relay;
  std::string control_socket = "/run/mxrelay/control.sock";
  std::string user = "mxrelay";  // whom a start as root turns into
  LogFormat log_format = LogFormat::kText;
  std::vector<std::string> traces;  // subsystems
  std::string events;               // a file or fd:N; empty: nowhere
  bool check_only = false, foreground = false, verbose = false;
};

/// Either the options, or what main() shall return at once (--help, --version, a wrong option).
struct CommandLine {
  DaemonOptions options;
  std::optional<int> exit;
};
CommandLine read_command_line(int argc, char** argv, const std::string& version);

}  // namespace mxlab::daemon
