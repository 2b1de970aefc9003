#include "relay/delivery/client_tls.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <system_error>

namespace mxlab::delivery {
namespace {

/// Debian's bundle of the authorities that the system trusts (package ca-certificates).
constexpr const char* kSystemAuthorities = "/etc/ssl/certs/ca-certificates.crt";

std::string recipe(const config::Action& action, bool verify) {
  return fmt::format("{}|{}|{}|{}|{}", verify, action.pki, verify ? action.ca : std::string(),
                     action.tuning.ciphers, action.tuning.protocols);
}

std::string read_file(world::Disk& disk, const std::string& owner, const std::string& path) try {
  return disk.read_file(path);
} catch (const std::system_error& error) {
  throw std::runtime_error(
      fmt::format("{}: cannot read {}: {}", owner, path, error.code().message()));
}

/// Some relay may meet a server whose certificate it has to verify.
bool may_verify(const config::Action& action) {
  if (action.tls) return *action.tls == config::RelayTls::kVerified;
  // A table of routes may say smtps or smtp+tls for any domain.
  return action.domains ||
         std::any_of(action.hosts.begin(), action.hosts.end(), [](const config::RelayUrl& url) {
           return url.tls == config::RelayTls::kVerified;
         });
}

std::string authorities(world::Disk& disk, const config::Config& config,
                        const config::Action& action) {
  if (!action.ca.empty()) {
    const config::Ca& ca = config.ca.at(action.ca);
    if (!ca.certificate_file.empty()) return read_file(disk, "ca " + ca.name, ca.certificate_file);
  }
  // Without any authority every certificate is refused, and the log says why.
  return disk.exists(kSystemAuthorities) ? disk.read_file(kSystemAuthorities) : std::string();
}

std::shared_ptr<smtp::TlsContext> make(world::Disk& disk, const config::Config& config,
                                       const config::Action& action, bool verify) {
  smtp::ClientTls settings;
  settings.verify = verify;
  settings.choices = {action.tuning.ciphers, action.tuning.protocols};
  if (verify) settings.trusted = authorities(disk, config, action);
  if (!action.pki.empty()) {
    const config::Pki& pki = config.pki.at(action.pki);
    settings.certificate = read_file(disk, "pki " + pki.name, pki.certificate_file);
    settings.private_key = read_file(disk, "pki " + pki.name, pki.key_file);
  }
  try {
    return smtp::TlsContext::client(settings);
  } catch (const std::system_error& error) {
    throw std::runtime_error(fmt::format("action {}: {}", action.name, error.what()));
  }
}

}  // namespace

ClientTlsContexts::ClientTlsContexts() {
  contexts_[recipe({}, false)] = smtp::TlsContext::opportunistic_client();
}

std::shared_ptr<const ClientTlsContexts> ClientTlsContexts::read(world::Disk& disk,
                                                                 const config::Config& config) {
  auto contexts = std::make_shared<ClientTlsContexts>();
  for (const auto& [name, action] : config.actions) {
    if (action.method != config::Method::kRelay) continue;
    for (bool verify : {false, true}) {
      if (verify && !may_verify(action)) continue;
      auto& slot = contexts->contexts_[recipe(action, verify)];
      if (!slot) slot = make(disk, config, action, verify);
    }
  }
  return contexts;
}

std::shared_ptr<smtp::TlsContext> ClientTlsContexts::find(const config::Action& action,
                                                          bool verify) const {
  auto at = contexts_.find(recipe(action, verify));
  return at == contexts_.end() ? nullptr : at->second;
}

}  // namespace mxlab::delivery
