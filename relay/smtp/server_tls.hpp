// server_tls.hpp - what a listener shows and demands under TLS.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "relay/smtp/tls.hpp"

namespace mxlab::smtp {

/// One certificate (with its chain) and its key, PEM texts. The names it is for are read from it.
struct Identity {
  std::string name;  // for error messages: the pki of smtpd.conf
  std::string certificate_chain, private_key;
  bool dhe = false;  // finite-field Diffie-Hellman for clients without elliptic curves
};

struct ServerTls {
  std::vector<Identity> identities;  // the first is shown to whoever names none of them
  bool verify_client = false;        // a client without a certificate that we trust is refused
  std::string trusted{};             // PEM, whom to trust; empty: the system's own store
  TlsChoices choices{};
};

/// The context of one listener. A client that names a host (RFC 6066 3) is shown the first
/// certificate that is for this name, exactly or by a wildcard of one label (RFC 6125 6.4.3).
/// Throws std::system_error that says which pki is wrong, and how.
std::shared_ptr<TlsContext> make_server_tls(const ServerTls& settings);

}  // namespace mxlab::smtp
