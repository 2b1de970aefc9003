// tls.hpp - certificates and TLS settings, shared by many connections.
#pragma once
#include <memory>
#include <string>

namespace asio::ssl {
class context;
}
struct ssl_st;

namespace mxlab::smtp {

/// What an operator may be particular about; empty: our own choice (TLS 1.2 or later).
struct TlsChoices {
  std::string ciphers;    // an OpenSSL cipher list for TLS 1.2; "secure", "compat" as in libtls
  std::string protocols;  // "TLSv1.2,TLSv1.3", as in tls_config_set_protocols(3)
};

/// How a client stands towards servers. PEM texts.
struct ClientTls {
  bool verify = false;        // the chain and the name; else anybody will do
  std::string trusted{};      // whom to trust; empty: nobody
  std::string certificate{};  // our own chain, shown to servers that ask; may be empty
  std::string private_key{};  // of that certificate
  TlsChoices choices{};
};

/// An OpenSSL context with our settings: TLS 1.2 or later, no renegotiation, no compression.
class TlsContext {
 public:
  /// For listeners. PEM texts; throws std::system_error that says which of the two is wrong, or
  /// that they do not belong together.
  static std::shared_ptr<TlsContext> server(const std::string& certificate_chain,
                                            const std::string& private_key);
  /// For outbound TLS; throws std::system_error that says what is wrong.
  static std::shared_ptr<TlsContext> client(const ClientTls& settings);
  /// For opportunistic outbound TLS: encrypts, verifies nobody (RFC 3207 4.1, RFC 7435).
  static std::shared_ptr<TlsContext> opportunistic_client();

  /// Before a client's handshake: says the name as SNI (RFC 6066 3), and, if this context verifies,
  /// wants the certificate to be that of this host or address (RFC 6125 6.4, RFC 2818 3.1).
  void expect_peer(ssl_st* connection, const std::string& name) const;
  /// Applies what the operator wants; throws std::system_error that says what is wrong.
  void choose(const TlsChoices& choices);

  asio::ssl::context& native() { return *context_; }

 private:
  explicit TlsContext(std::shared_ptr<asio::ssl::context> context) : context_(std::move(context)) {}
  void show(const std::string& certificate_chain, const std::string& private_key);

  std::shared_ptr<asio::ssl::context> context_;
  bool verifies_ = false;
};

}  // namespace mxlab::smtp
