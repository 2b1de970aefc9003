#include "relay/settings.hpp"

#include <fmt/format.h>

#include "relay/dns/resolver.hpp"
#include "relay/listener_tls.hpp"

namespace mxlab::relay {
namespace {

class DiskFiles final : public config::FileReader {
 public:
  explicit DiskFiles(world::Disk& disk) : disk_(disk) {}
  std::string read(const std::string& path) const override { return disk_.read_file(path); }

 private:
  world::Disk& disk_;
};

/// The file's text, or nothing when there is no such file.
std::optional<std::string> read_if_there(world::Disk& disk, const std::string& path) {
  if (!disk.exists(path)) return std::nullopt;
  return disk.read_file(path);
}

std::string first_word(const std::string& text) {
  auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_first_of(" \t\r\n", begin) - begin);
}

/// smtpd.conf(5): the server's name is /etc/mail/mailname (Debian: /etc/mailname), else the host's.
std::string server_name(world::Disk& disk, const RelayOptions& options) {
  for (const char* path : {"/etc/mail/mailname", "/etc/mailname"})
    if (auto text = read_if_there(disk, path))
      if (auto name = first_word(*text); !name.empty()) return name;
  return options.hostname;
}

/// Throws ConfigError with every mistake of the file.
std::shared_ptr<const config::Config> read_config(world::Disk& disk, const RelayOptions& options,
                                                  std::vector<std::string>& warnings) {
  auto parsed = config::parse(options.config_file, DiskFiles(disk), {options.defines});
  if (parsed.config) {
    for (const auto& d : parsed.diagnostics)
      warnings.push_back(fmt::format("{}:{}:{}: {}", d.file, d.line, d.column, d.message));
    return std::make_shared<const config::Config>(std::move(*parsed.config));
  }
  std::string mistakes;
  for (const auto& diagnostic : parsed.diagnostics) mistakes += config::format(diagnostic) + "\n";
  throw ConfigError(mistakes);
}

std::shared_ptr<const delivery::ClientTlsContexts> read_client_tls(
    world::Disk& disk, const config::Config& config) try {
  return delivery::ClientTlsContexts::read(disk, config);
} catch (const std::runtime_error& error) {
  throw ConfigError(error.what());
}

}  // namespace

Settings read_settings(world::Disk& disk, const RelayOptions& options) {
  Settings settings;
  settings.config = read_config(disk, options, settings.warnings);
  settings.tls = read_listener_tls(disk, *settings.config);
  settings.client_tls = read_client_tls(disk, *settings.config);
  settings.server_name = server_name(disk, options);
  settings.accounts = std::make_shared<const delivery::Accounts>(
      delivery::read_accounts(disk, *settings.config, settings.warnings));
  settings.name_servers = options.name_servers;
  if (settings.name_servers.empty())
    settings.name_servers =
        dns::parse_resolv_conf(read_if_there(disk, "/etc/resolv.conf").value_or(std::string()));
  return settings;
}

}  // namespace mxlab::relay
