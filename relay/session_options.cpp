#include "relay/session_options.hpp"

namespace mxlab::relay {

smtp::ServerOptions session_options(const Settings& settings, const config::Listen& listen) {
  const config::Config& config = *settings.config;
  smtp::ServerOptions options;
  options.hostname = listen.hostname.empty() ? settings.server_name : listen.hostname;
  if (listen.tls != config::ListenTls::kNone && !listen.pki.empty())
    options.tls = settings.tls.at(listen.pki.front().name);
  options.max_message_size = config.max_message_size;
  options.max_recipients = config.max_rcpt;
  options.max_messages = config.max_mails;
  return options;
}

}  // namespace mxlab::relay
