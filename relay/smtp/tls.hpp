// tls.hpp - certificates and TLS settings, shared by many connections.
#pragma once
#include <memory>
#include <string>

namespace asio::ssl {
class context;
}

namespace mxlab::smtp {

/// An OpenSSL context with our settings: TLS 1.2 or later, no renegotiation, no compression.
class TlsContext {
 public:
  /// For listeners. PEM texts; throws std::system_error that says which of the two is wrong, or
  /// that they do not belong together.
  static std::shared_ptr<TlsContext> server(const std::string& certificate_chain,
                                            const std::string& private_key);
  /// For opportunistic outbound TLS: encrypts, verifies nobody (RFC 3207 4.1, RFC 7435).
  static std::shared_ptr<TlsContext> opportunistic_client();

  asio::ssl::context& native() { return *context_; }

 private:
  explicit TlsContext(std::shared_ptr<asio::ssl::context> context) : context_(std::move(context)) {}
  std::shared_ptr<asio::ssl::context> context_;
};

}  // namespace mxlab::smtp
