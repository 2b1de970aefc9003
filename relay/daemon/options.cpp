#include "relay/daemon/options.hpp"

#include <CLI/CLI.hpp>
#include <unistd.h>

namespace mxlab::daemon {
namespace {

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "localhost";
}

constexpr const char* kFooter =
    "Example:\n"
    "  mxrelayd -n                       # is the configuration right?\n"
    "  mxrelayd -dv -f ./smtpd.conf --spool ./spool --control ./control.sock\n\n"
    "Signals: SIGHUP reads the configuration, tables and certificates again; SIGTERM and SIGINT\n"
    "end when running transactions are done, a second one ends at once.\n"
    "Exit codes: 0 ended as told, 1 the configuration is wrong, 2 wrong usage, 3 cannot start.";

}  // namespace

CommandLine read_command_line(int argc, char** argv, const std::string& version) {
  CommandLine line;
  DaemonOptions& options = line.options;
  options.relay.hostname = host_name();
  CLI::App app("A backup MX that loses no mail: receives, queues, relays. Speaks smtpd.conf(5).",
               "mxrelayd");
  app.set_version_flag("--version", "mxrelayd " + version);
  app.add_flag("-n,--check", options.check_only, "Only check the configuration");
  app.add_option("-f,--file", options.relay.config_file, "Configuration")
      ->capture_default_str()
      ->type_name("FILE");
  app.add_flag("-d,--foreground", options.foreground, "Stay in the foreground, log to stderr");
  app.add_flag("-v,--verbose", options.verbose, "Log more");
  app.add_option("--spool", options.relay.queue_directory, "Where the queue lives")
      ->capture_default_str()
      ->type_name("DIR");
  app.add_option("--control", options.control_socket, "Socket for mxrelayctl")
      ->capture_default_str()
      ->type_name("SOCKET");
  app.add_option("--user", options.user, "Whom to become when started as root")
      ->capture_default_str()
      ->type_name("NAME");
  app.footer(kFooter);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    line.exit = app.exit(error) == 0 ? kOk : kWrongUsage;
  }
  return line;
}

}  // namespace mxlab::daemon
