#include "relay/daemon/reach.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fmt/format.h>
#include <memory>

#include "relay/config/table.hpp"
#include "relay/metrics_server.hpp"
#include "relay/world/paths.hpp"

namespace mxlab::daemon {
namespace {

constexpr std::uint16_t kLmtpPort = 24, kDnsPort = 53, kSmtpsPort = 465, kSubmissionPort = 587;
constexpr std::uint16_t kSmtpPort = 25;

std::string resolved(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), ::free);
  return real ? real.get() : path;
}

/// "/etc", "/usr": too much would lie below them.
bool is_wide(const std::string& directory) {
  return std::count(directory.begin(), directory.end(), '/') <= 1 && directory.starts_with('/');
}

void add_file(std::set<std::string>& paths, const std::string& path) {
  for (const std::string& each : {path, resolved(path)}) {
    const std::string directory = resolved(world::directory_of(each));
    paths.insert(is_wide(directory) ? each : directory);
  }
}

/// /var/vmail of "/var/vmail/%{dest.domain}"; empty when the variable part comes first.
std::string fixed_part(const std::string& pattern) {
  const std::string start = pattern.substr(0, pattern.find_first_of("%~"));
  return start.size() == pattern.size() ? start : world::directory_of(start + "x");
}

void add_homes(std::set<std::string>& paths, const config::Action& action,
               const delivery::Accounts& accounts) {
  if (!action.user.empty())
    if (auto account = accounts.find(action.user)) paths.insert(account->home);
  if (!action.userbase) {
    paths.insert("/home");
    return;
  }
  for (const std::string& user : action.userbase->values())
    if (auto info = action.userbase->lookup_user(user)) paths.insert(info->home);
}

void add_mailboxes(Reach& reach, const config::Action& action, const delivery::Accounts& accounts) {
  using config::Method;
  if (action.method == Method::kMbox)
    for (const char* spool : {"/var/mail", "/var/spool/mail"}) reach.write.insert(resolved(spool));
  if (action.method != Method::kMaildir) return;
  const std::string fixed = fixed_part(action.maildir);
  if (fixed.starts_with('/') && !is_wide(fixed))
    reach.write.insert(fixed);
  else
    add_homes(reach.write, action, accounts);
}

/// host:port of lmtp; a path of a socket has no port.
std::uint16_t port_of(const std::string& destination) {
  const auto colon = destination.rfind(':');
  std::uint16_t port = 0;
  if (colon != std::string::npos)
    std::from_chars(destination.data() + colon + 1, destination.data() + destination.size(), port);
  return port;
}

void add_relay_ports(std::set<std::uint16_t>& ports, const config::Action& action) {
  for (const config::RelayUrl& url : action.hosts) ports.insert(url.port);
  if (action.domains)
    for (const std::string& domain : action.domains->values()) {
      const auto url = config::parse_relay_url(action.domains->lookup(domain).value_or(""));
      if (const auto* good = std::get_if<config::RelayUrl>(&url)) ports.insert(good->port);
    }
  if (const auto port = port_of(action.lmtp); port != 0) ports.insert(port);
}

void add_ports(Reach& reach, const relay::Settings& settings) {
  reach.bind.insert(0);  // action … src binds before it connects
  for (const config::Listen& listen : settings.config->listeners)
    if (!listen.socket) reach.bind.insert(listen.port);
  reach.connect = {kSmtpPort, kLmtpPort, kDnsPort, kSmtpsPort, kSubmissionPort};
  for (const world::Endpoint& server : settings.name_servers) reach.connect.insert(server.port);
}

}  // namespace

Reach reach_of(const relay::Settings& settings, const DaemonOptions& options,
               const std::set<std::string>& files_read) {
  Reach reach;
  for (const std::string& file : files_read) add_file(reach.read, file);
  // Whom we trust when we verify, and what time it is. Routes say which interface is `egress`.
  for (const char* path : {"/etc/ssl", "/usr/lib/ssl", "/usr/share/ca-certificates",
                           "/usr/local/share/ca-certificates", "/etc/localtime",
                           "/usr/share/zoneinfo", "/proc/self/net"})
    reach.read.insert(path);
  reach.write = {options.relay.queue_directory};
  for (const std::string& socket : {options.control_socket, options.relay.submit_socket})
    if (!socket.empty()) reach.write.insert(world::directory_of(socket));
  add_ports(reach, settings);
  if (!options.relay.metrics.empty()) {
    if (const auto endpoint = relay::metrics_endpoint(options.relay.metrics))
      reach.bind.insert(endpoint->port);
    else
      reach.write.insert(world::directory_of(options.relay.metrics));
  }
  for (const auto& [name, action] : settings.config->actions) {
    add_mailboxes(reach, action, *settings.accounts);
    add_relay_ports(reach.connect, action);
  }
  return reach;
}

std::optional<std::string> beyond(const Reach& granted, const Reach& wanted) {
  const auto missing = [](const auto& have, const auto& want) {
    return std::find_if_not(want.begin(), want.end(),
                            [&](const auto& each) { return have.contains(each); });
  };
  const auto sentence = [](const auto& what) {
    return fmt::format("{} is outside the sandbox that was closed at the start: restart the relay",
                       what);
  };
  if (auto path = missing(granted.write, wanted.write); path != wanted.write.end())
    return sentence("writing below " + *path);
  if (auto port = missing(granted.bind, wanted.bind); port != wanted.bind.end())
    return sentence(fmt::format("listening on port {}", *port));
  if (auto port = missing(granted.connect, wanted.connect); port != wanted.connect.end())
    return sentence(fmt::format("connecting to port {}", *port));
  return std::nullopt;
}

}  // namespace mxlab::daemon
