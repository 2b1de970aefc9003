// settings.hpp - what the relay is told from outside smtpd.conf, and what it has read of it.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "relay/config/config.hpp"
#include "relay/control/log_control.hpp"
#include "relay/delivery/accounts.hpp"
#include "relay/delivery/client_tls.hpp"
#include "relay/smtp/tls.hpp"
#include "relay/world/world.hpp"

namespace mxlab::relay {

struct Settings;

struct RelayOptions {
  std::string config_file = "/etc/mxrelay/smtpd.conf";
  std::string queue_directory = "/var/spool/mxrelay";
  std::string hostname;                        // gethostname(2); /etc/mailname overrides it
  std::vector<world::Endpoint> name_servers;   // empty: those of /etc/resolv.conf
  std::map<std::string, std::string> defines;  // macros that win over smtpd.conf's own
  int backlog = 5;                             // OpenSMTPD smtp.c; listen(2)
  std::size_t max_sessions = 1000;             // more wait in the backlog
  /// Asked before a reload takes effect: why these settings cannot be had without a restart.
  std::function<std::optional<std::string>(const Settings&)> veto;
  std::string control_socket, submit_socket;  // paths; empty: none
  std::string metrics;                        // "127.0.0.1:9125" or a path; empty: none
  std::string version;                        // for the metrics
  control::LogControl* log = nullptr;         // what log and trace commands switch; may be null
};

/// What the listeners show under TLS.
using TlsContexts = std::map<std::string, std::shared_ptr<smtp::TlsContext>>;  // by tls_key()

/// All that is read before the relay can start.
struct Settings {
  std::shared_ptr<const config::Config> config;
  TlsContexts tls;
  std::shared_ptr<const delivery::ClientTlsContexts>
      client_tls;  // what relay actions show and trust
  std::shared_ptr<const delivery::Accounts> accounts;
  std::string server_name;
  std::vector<world::Endpoint> name_servers;
  std::vector<std::string> warnings;  // what is right in smtpd.conf and yet looks wrong
};

/// The configuration is wrong; what() holds every mistake, ready to be printed.
class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reads smtpd.conf, its tables and certificates, /etc/mailname, /etc/passwd, /etc/resolv.conf.
/// Blocks: call it on storage. Throws ConfigError, which names every mistake, or std::system_error.
Settings read_settings(world::Disk& disk, const RelayOptions& options);

}  // namespace mxlab::relay
