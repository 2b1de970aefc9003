#include "relay/smtp/tls.hpp"

#include <asio/ssl/context.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <system_error>

namespace mxlab::smtp {
namespace {

std::shared_ptr<asio::ssl::context> make_context(asio::ssl::context::method method) {
  auto context = std::make_shared<asio::ssl::context>(method);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
  // Sessions are not resumed: an MTA's peers rarely come twice, and tickets are bytes for nothing.
  SSL_CTX_set_num_tickets(native, 0);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  return context;
}

void require(const std::error_code& error, const char* what) {
  if (error) throw std::system_error(error, what);
}

}  // namespace

std::shared_ptr<TlsContext> TlsContext::server(const std::string& certificate_chain,
                                               const std::string& private_key) {
  auto context = make_context(asio::ssl::context::tls_server);
  std::error_code error;
  context->use_certificate_chain(asio::buffer(certificate_chain), error);
  require(error, "certificate");
  context->use_private_key(asio::buffer(private_key), asio::ssl::context::pem, error);
  const bool mismatch =
      ERR_GET_REASON(static_cast<unsigned long>(error.value())) == X509_R_KEY_VALUES_MISMATCH ||
      ERR_GET_REASON(static_cast<unsigned long>(error.value())) == X509_R_KEY_TYPE_MISMATCH;
  require(error, mismatch ? "certificate and private key do not belong together" : "private key");
  return std::shared_ptr<TlsContext>(new TlsContext(std::move(context)));
}

std::shared_ptr<TlsContext> TlsContext::opportunistic_client() {
  auto context = make_context(asio::ssl::context::tls_client);
  context->set_verify_mode(asio::ssl::verify_none);
  return std::shared_ptr<TlsContext>(new TlsContext(std::move(context)));
}

}  // namespace mxlab::smtp
