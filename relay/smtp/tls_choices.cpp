// The words in which an operator chooses protocols and ciphers, as libtls reads them.
#include <array>
#include <asio/ssl/context.hpp>
#include <openssl/ssl.h>
#include <set>
#include <system_error>

#include "relay/smtp/ascii.hpp"
#include "relay/smtp/tls.hpp"

namespace mxlab::smtp {
namespace {

struct Protocol {
  std::string_view word;
  int version;
};
constexpr std::array kProtocols{
    Protocol{"tlsv1.0", TLS1_VERSION}, Protocol{"tlsv1.1", TLS1_1_VERSION},
    Protocol{"tlsv1.2", TLS1_2_VERSION}, Protocol{"tlsv1.3", TLS1_3_VERSION}};

[[noreturn]] void refuse(const std::string& what) {
  throw std::system_error(std::make_error_code(std::errc::invalid_argument), what);
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  for (std::string_view other : words)
    if (equals_ignoring_case(word, other)) return true;
  return false;
}

/// The versions that a word of tls_config_parse_protocols(3) means.
std::set<int> versions_of(std::string_view word) {
  if (is_one_of(word, {"secure", "default"})) return {TLS1_2_VERSION, TLS1_3_VERSION};
  const bool all = is_one_of(word, {"all", "legacy", "tlsv1"});
  std::set<int> versions;
  for (const Protocol& protocol : kProtocols)
    if (all || equals_ignoring_case(word, protocol.word)) versions.insert(protocol.version);
  if (versions.empty())
    refuse("TLS protocol \"" + std::string(word) + "\" is unknown: try TLSv1.2 or TLSv1.3");
  return versions;
}

std::set<int> read_protocols(std::string_view text) {
  std::set<int> chosen;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find_first_of(",:", at), text.size());
    std::string_view word = text.substr(at, end - at);
    at = end + 1;
    while (word.starts_with(' ')) word.remove_prefix(1);
    while (word.ends_with(' ')) word.remove_suffix(1);
    const bool negated = word.starts_with('!');
    const std::set<int> versions = versions_of(word.substr(negated ? 1 : 0));
    if (negated && chosen.empty()) chosen = versions_of("all");
    for (int version : versions)
      if (negated)
        chosen.erase(version);
      else
        chosen.insert(version);
  }
  if (chosen.empty()) refuse("TLS protocols \"" + std::string(text) + "\" leave none");
  return chosen;
}

unsigned long without(int version) {
  switch (version) {
    case TLS1_VERSION:
      return SSL_OP_NO_TLSv1;
    case TLS1_1_VERSION:
      return SSL_OP_NO_TLSv1_1;
    case TLS1_2_VERSION:
      return SSL_OP_NO_TLSv1_2;
    default:
      return SSL_OP_NO_TLSv1_3;
  }
}

/// libtls's names for whole lists; anything else is OpenSSL's own language.
std::string cipher_list(const std::string& ciphers) {
  if (is_one_of(ciphers, {"secure", "default"})) return "HIGH:!aNULL:!kRSA";
  if (is_one_of(ciphers, {"compat"})) return "HIGH:!aNULL";
  if (is_one_of(ciphers, {"legacy"})) return "HIGH:MEDIUM:!aNULL";
  if (is_one_of(ciphers, {"insecure", "all"})) return "ALL:!aNULL:!eNULL";
  return ciphers;
}

}  // namespace

void TlsContext::choose(const TlsChoices& choices) {
  SSL_CTX* native = context_->native_handle();
  if (!choices.protocols.empty()) {
    const std::set<int> chosen = read_protocols(choices.protocols);
    SSL_CTX_set_min_proto_version(native, *chosen.begin());
    SSL_CTX_set_max_proto_version(native, *chosen.rbegin());
    for (const Protocol& protocol : kProtocols)
      if (!chosen.contains(protocol.version))
        SSL_CTX_set_options(native, without(protocol.version));
  }
  if (!choices.ciphers.empty() &&
      SSL_CTX_set_cipher_list(native, cipher_list(choices.ciphers).c_str()) != 1)
    refuse("TLS ciphers \"" + choices.ciphers + "\" are unknown to OpenSSL");
}

}  // namespace mxlab::smtp
