#include "relay/listener_tls.hpp"

#include <fmt/format.h>
#include <map>
#include <set>

#include "relay/smtp/server_tls.hpp"

namespace mxlab::relay {
namespace {

std::string read_text(world::Disk& disk, const std::string& what, const std::string& path) try {
  return disk.read_file(path);
} catch (const std::system_error& error) {
  std::string trouble = fmt::format("{}: cannot read {}: {}", what, path, error.code().message());
  if (error.code() == std::errc::permission_denied)
    trouble +=
        fmt::format(" (let the relay's own user read it: chgrp mxrelay {0}; chmod 640 {0})", path);
  throw ConfigError(trouble);
}

/// Reads and checks it alone, so that what is wrong is said of the right files.
smtp::Identity read_identity(world::Disk& disk, const config::Pki& pki) {
  smtp::Identity identity{pki.name, read_text(disk, "pki " + pki.name, pki.certificate_file),
                          read_text(disk, "pki " + pki.name, pki.key_file), pki.dhe};
  try {
    smtp::make_server_tls({{identity}});
  } catch (const std::system_error& error) {
    throw ConfigError(fmt::format("{} ({}, {})", error.what(), pki.certificate_file, pki.key_file));
  }
  return identity;
}

/// The smtpd.conf of one run, while its certificates are read.
class Reader {
 public:
  Reader(world::Disk& disk, const config::Config& config) : disk_(disk), config_(config) {}

  void read(const config::Listen& listen) {
    for (const config::Pki& pki : listen.pki) attempt([&] { read(pki); });
    const std::string key = tls_key(config_, listen);
    if (contexts_.contains(key) || !mistakes_.empty()) return;
    attempt([&] { contexts_[key] = make(listen); });
  }
  TlsContexts take() {
    if (!mistakes_.empty()) throw ConfigError(mistakes_);
    return std::move(contexts_);
  }

 private:
  /// What is wrong with one does not hide what is wrong with the next.
  template <class Job>
  void attempt(Job job) try {
    job();
  } catch (const ConfigError& error) {
    mistakes_ += std::string(error.what()) + "\n";
  }

  void read(const config::Pki& pki) {
    if (!tried_.insert(pki.name).second) return;
    identities_[pki.name] = read_identity(disk_, pki);
  }

  std::shared_ptr<smtp::TlsContext> make(const config::Listen& listen) {
    smtp::ServerTls tls;
    for (const config::Pki& pki : listen.pki) tls.identities.push_back(identities_.at(pki.name));
    tls.verify_client = listen.verify_client;
    if (!listen.ca.empty())
      tls.trusted = read_text(disk_, "ca " + listen.ca, config_.ca.at(listen.ca).certificate_file);
    tls.choices.ciphers =
        listen.tuning.ciphers.empty() ? config_.smtp_ciphers : listen.tuning.ciphers;
    tls.choices.protocols = listen.tuning.protocols;
    try {
      return smtp::make_server_tls(tls);
    } catch (const std::system_error& error) {
      throw ConfigError(fmt::format("listen on {}: {}", listen.interface, error.what()));
    }
  }

  world::Disk& disk_;
  const config::Config& config_;
  std::set<std::string> tried_;
  std::map<std::string, smtp::Identity> identities_;
  TlsContexts contexts_;
  std::string mistakes_;
};

}  // namespace

std::string tls_key(const config::Config& config, const config::Listen& listen) {
  std::string key;
  for (const config::Pki& pki : listen.pki) key += pki.name + " ";
  return key +
         fmt::format("ca={} verify={} ciphers={} protocols={}", listen.ca, listen.verify_client,
                     listen.tuning.ciphers.empty() ? config.smtp_ciphers : listen.tuning.ciphers,
                     listen.tuning.protocols);
}

TlsContexts read_listener_tls(world::Disk& disk, const config::Config& config) {
  Reader reader(disk, config);
  for (const config::Listen& listen : config.listeners)
    if (listen.tls != config::ListenTls::kNone && !listen.pki.empty()) reader.read(listen);
  return reader.take();
}

}  // namespace mxlab::relay
