#include "relay/session_options.hpp"

#include "relay/config/table.hpp"
#include "relay/listener_tls.hpp"

namespace mxlab::relay {
namespace {

/// Where nobody can log in, nobody is asked to.
smtp::AuthPolicy auth_policy(const config::Listen& listen) {
  if (listen.auth == config::ListenAuth::kRequired) return smtp::AuthPolicy::kRequired;
  const bool anybody = listen.auth == config::ListenAuth::kOptional && listen.credentials;
  return anybody ? smtp::AuthPolicy::kOptional : smtp::AuthPolicy::kNone;
}

}  // namespace

smtp::ServerOptions session_options(const Settings& settings, const config::Listen& listen,
                                    const world::Address& local) {
  const config::Config& config = *settings.config;
  smtp::ServerOptions options;
  options.hostname = host_name(listen, local, settings.server_name);
  if (listen.tls != config::ListenTls::kNone && !listen.pki.empty())
    options.tls = settings.tls.at(tls_key(config, listen));
  options.implicit_tls = listen.tls == config::ListenTls::kImplicit && options.tls;
  options.require_tls = listen.tls == config::ListenTls::kRequired;
  options.proxy_v2 = listen.proxy_v2;
  options.auth = auth_policy(listen);
  options.dsn = !listen.no_dsn;
  options.max_message_size = config.max_message_size;
  options.max_recipients = config.max_rcpt;
  options.max_messages = config.max_mails;
  return options;
}

std::string host_name(const config::Listen& listen, const world::Address& local,
                      const std::string& server_name) {
  if (listen.hostnames)
    if (auto name = listen.hostnames->lookup_address(local)) return *name;
  return listen.hostname.empty() ? server_name : listen.hostname;
}

}  // namespace mxlab::relay
