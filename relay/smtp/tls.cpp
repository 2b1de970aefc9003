#include "relay/smtp/tls.hpp"

#include <asio/ip/address.hpp>
#include <asio/ssl/context.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <system_error>

namespace mxlab::smtp {
namespace {

/// Nobody is there to type one: OpenSSL's own would ask the terminal, and everything would wait.
int no_passphrase(char*, int, int, void*) { return -1; }

std::shared_ptr<asio::ssl::context> make_context(asio::ssl::context::method method) {
  auto context = std::make_shared<asio::ssl::context>(method);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
  // Sessions are not resumed: an MTA's peers rarely come twice, and tickets are bytes for nothing.
  SSL_CTX_set_num_tickets(native, 0);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_default_passwd_cb(native, no_passphrase);
  return context;
}

void require(const std::error_code& error, const char* what) {
  if (error) throw std::system_error(error, what);
}

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

const char* trouble_with_certificate(const std::string& chain) {
  if (has(chain, "CERTIFICATE-----")) return "certificate";
  return "certificate: there is none in the file, no line says -----BEGIN CERTIFICATE-----";
}

const char* trouble_with_key(const std::string& key, const std::error_code& error) {
  const int reason = ERR_GET_REASON(static_cast<unsigned long>(error.value()));
  if (reason == X509_R_KEY_VALUES_MISMATCH || reason == X509_R_KEY_TYPE_MISMATCH)
    return "certificate and private key do not belong together";
  if (has(key, "ENCRYPTED"))
    return "private key: it is encrypted, and nobody can type its passphrase: decrypt the file";
  if (has(key, "PRIVATE KEY-----")) return "private key";
  return "private key: there is none in the file, no line says -----BEGIN PRIVATE KEY-----";
}

bool is_address(const std::string& name) {
  std::error_code error;
  asio::ip::make_address(name, error);
  return !error;
}

}  // namespace

std::shared_ptr<TlsContext> TlsContext::server(const std::string& certificate_chain,
                                               const std::string& private_key) {
  auto context =
      std::shared_ptr<TlsContext>(new TlsContext(make_context(asio::ssl::context::tls_server)));
  context->show(certificate_chain, private_key);
  return context;
}

void TlsContext::show(const std::string& certificate_chain, const std::string& private_key) {
  std::error_code error;
  context_->use_certificate_chain(asio::buffer(certificate_chain), error);
  require(error, trouble_with_certificate(certificate_chain));
  context_->use_private_key(asio::buffer(private_key), asio::ssl::context::pem, error);
  require(error, trouble_with_key(private_key, error));
}

std::shared_ptr<TlsContext> TlsContext::client(const ClientTls& settings) {
  auto context =
      std::shared_ptr<TlsContext>(new TlsContext(make_context(asio::ssl::context::tls_client)));
  context->verifies_ = settings.verify;
  context->context_->set_verify_mode(settings.verify ? asio::ssl::verify_peer
                                                     : asio::ssl::verify_none);
  std::error_code error;
  if (!settings.trusted.empty())
    context->context_->add_certificate_authority(asio::buffer(settings.trusted), error);
  require(error, "certificates of the authorities");
  // Whatever certificate the operator names is trusted, be it an authority's or a server's own.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context->context_->native_handle()),
                              X509_V_FLAG_PARTIAL_CHAIN);
  if (!settings.certificate.empty()) context->show(settings.certificate, settings.private_key);
  context->choose(settings.choices);
  return context;
}

std::shared_ptr<TlsContext> TlsContext::opportunistic_client() { return client({}); }

void TlsContext::expect_peer(ssl_st* connection, const std::string& name) const {
  if (name.empty()) return;
  const bool address = is_address(name);
  if (!address) SSL_set_tlsext_host_name(connection, name.c_str());
  if (!verifies_) return;
  X509_VERIFY_PARAM* wanted = SSL_get0_param(connection);
  // RFC 6125 6.4.3: a wildcard is one whole label, the leftmost.
  X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const int wished = address ? X509_VERIFY_PARAM_set1_ip_asc(wanted, name.c_str())
                             : X509_VERIFY_PARAM_set1_host(wanted, name.c_str(), name.size());
  if (wished != 1)
    throw std::system_error(std::make_error_code(std::errc::invalid_argument), "TLS name " + name);
}

}  // namespace mxlab::smtp
