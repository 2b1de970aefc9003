#include "relay/smtp/server_tls.hpp"

#include <asio/ssl/context.hpp>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <system_error>

namespace mxlab::smtp {
namespace {

/// The contexts of one listener: they live and die together.
struct Wardrobe {
  std::vector<std::shared_ptr<TlsContext>> contexts;
};

bool is_for(TlsContext& context, const std::string& name) {
  X509* certificate = SSL_CTX_get0_certificate(context.native().native_handle());
  return X509_check_host(certificate, name.c_str(), name.size(),
                         X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, nullptr) == 1;
}

/// OpenSSL asks once the client's first message has come.
int choose_certificate(SSL* connection, int*, void* wardrobe) {
  const char* name = SSL_get_servername(connection, TLSEXT_NAMETYPE_host_name);
  if (name == nullptr) return SSL_TLSEXT_ERR_NOACK;
  for (const auto& context : static_cast<Wardrobe*>(wardrobe)->contexts) {
    if (!is_for(*context, name)) continue;
    SSL_set_SSL_CTX(connection, context->native().native_handle());
    return SSL_TLSEXT_ERR_OK;
  }
  // RFC 6066 3: a name that we do not have is no reason to part; mail often names something else.
  return SSL_TLSEXT_ERR_NOACK;
}

std::shared_ptr<TlsContext> make_identity(const Identity& identity, const TlsChoices& choices) try {
  auto context = TlsContext::server(identity.certificate_chain, identity.private_key);
  context->choose(choices);
  // Idle sessions give their buffers back.
  SSL_CTX_set_mode(context->native().native_handle(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_dh_auto(context->native().native_handle(), identity.dhe ? 1 : 0);
  return context;
} catch (const std::system_error& error) {
  // what() ends with the code's own words, which are added again.
  std::string what = error.what();
  const std::string words = ": " + error.code().message();
  if (what.ends_with(words)) what.erase(what.size() - words.size());
  throw std::system_error(error.code(), "pki " + identity.name + ": " + what);
}

void demand_certificate(TlsContext& context, const std::string& trusted) {
  auto& native = context.native();
  native.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
  std::error_code error;
  if (trusted.empty())
    native.set_default_verify_paths(error);
  else
    native.add_certificate_authority(asio::buffer(trusted), error);
  if (error) throw std::system_error(error, "certificates of the authorities");
}

}  // namespace

std::shared_ptr<TlsContext> make_server_tls(const ServerTls& settings) {
  if (settings.identities.empty())
    throw std::system_error(std::make_error_code(std::errc::invalid_argument),
                            "a listener with TLS needs a pki");
  auto wardrobe = std::make_shared<Wardrobe>();
  for (const Identity& identity : settings.identities) {
    wardrobe->contexts.push_back(make_identity(identity, settings.choices));
    // Each of them: who is trusted is asked of the context that was chosen.
    if (settings.verify_client) demand_certificate(*wardrobe->contexts.back(), settings.trusted);
  }
  TlsContext& shown = *wardrobe->contexts.front();
  SSL_CTX* native = shown.native().native_handle();
  SSL_CTX_set_tlsext_servername_callback(native, choose_certificate);
  SSL_CTX_set_tlsext_servername_arg(native, wardrobe.get());
  return {wardrobe, &shown};  // whoever holds the one holds them all
}

}  // namespace mxlab::smtp
