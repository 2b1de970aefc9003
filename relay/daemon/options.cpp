#include "relay/daemon/options.hpp"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "relay/daemon/log.hpp"

namespace mxlab::daemon {
namespace {

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "localhost";
}

constexpr std::uint16_t kDnsPort = 53;

/// "192.0.2.53", "192.0.2.53:5353", "::1", "[::1]:5353".
world::Endpoint parse_name_server(const std::string& text) {
  std::error_code wrong;
  if (auto address = asio::ip::make_address(text, wrong); !wrong) return {address, kDnsPort};
  const auto colon = text.rfind(':');
  std::string host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  std::uint16_t port = 0;
  auto address = asio::ip::make_address(host, wrong);
  if (colon == std::string::npos || wrong ||
      !CLI::detail::lexical_cast(text.substr(colon + 1), port))
    throw CLI::ValidationError("--name-server " + text, "write ADDRESS or ADDRESS:PORT");
  return {address, port};
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
  std::vector<std::string> defines, name_servers;
  std::string log_format = "text";
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
  app.add_option("-T,--trace", options.traces, "Trace this subsystem: " + subsystem_list())
      ->type_name("SUBSYSTEM")
      ->allow_extra_args(false)
      ->check([](const std::string& word) {
        return word == "all" || is_subsystem(word) ? "" : "no such subsystem: " + word;
      });
  app.add_option("-D,--define", defines, "Define a macro; it wins over the configuration's own")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false)
      ->check([](const std::string& text) {
        return text.find('=') != 0 && text.find('=') != std::string::npos ? "" : "write NAME=VALUE";
      });
  app.add_option("--spool", options.relay.queue_directory, "Where the queue lives")
      ->capture_default_str()
      ->type_name("DIR");
  app.add_option("--control", options.control_socket, "Socket for mxrelayctl")
      ->capture_default_str()
      ->type_name("SOCKET");
  app.add_option("--events", options.events,
                 "Write everything that happens there, as JSON lines: a file, or fd:N")
      ->type_name("FILE");
  app.add_option("--submit", options.relay.submit_socket,
                 "Socket for sendmail [submit.sock beside the other]")
      ->type_name("SOCKET");
  app.add_option("--metrics", options.relay.metrics,
                 "Serve /metrics and /healthz there: an address of this host, or a path")
      ->type_name("ADDR:PORT");
  app.add_option("--user", options.user, "Whom to become when started as root")
      ->capture_default_str()
      ->type_name("NAME");
  app.add_option("--name-server", name_servers, "Ask this name server instead of resolv.conf's")
      ->type_name("ADDR[:PORT]")
      ->allow_extra_args(false);
  app.add_option("--log-format", log_format, "How the log is written")
      ->capture_default_str()
      ->check(CLI::IsMember({"text", "json"}));
  app.footer(kFooter);
  try {
    app.parse(argc, argv);
    if (log_format == "json") options.log_format = LogFormat::kJson;
    for (const std::string& define : defines)
      options.relay.defines[define.substr(0, define.find('='))] =
          define.substr(define.find('=') + 1);
    options.relay.control_socket = options.control_socket;
    if (options.relay.submit_socket.empty())
      options.relay.submit_socket =
          options.control_socket.substr(0, options.control_socket.rfind('/') + 1) + "submit.sock";
    options.relay.version = version;
    for (const std::string& server : name_servers)
      options.relay.name_servers.push_back(parse_name_server(server));
  } catch (const CLI::ParseError& error) {
    line.exit = app.exit(error) == 0 ? kOk : kWrongUsage;
  }
  return line;
}

}  // namespace mxlab::daemon
