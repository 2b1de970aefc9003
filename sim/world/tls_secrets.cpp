#include "sim/world/tls_secrets.hpp"

#include <openssl/ssl.h>
#include <utility>

namespace mxlab::sim {

namespace {
std::function<void(std::string_view)> listener;

void tell(const SSL*, const char* line) {
  if (listener) listener(line);
}
}  // namespace

void on_tls_secret(std::function<void(std::string_view)> who) { listener = std::move(who); }

}  // namespace mxlab::sim

// libssl's own is this one call.
extern "C" SSL_CTX* SSL_CTX_new(const SSL_METHOD* method) {
  SSL_CTX* context = SSL_CTX_new_ex(nullptr, nullptr, method);
  if (context != nullptr && mxlab::sim::listener)
    SSL_CTX_set_keylog_callback(context, mxlab::sim::tell);
  return context;
}
