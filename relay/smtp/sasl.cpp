#include "relay/smtp/sasl.hpp"

#include <cstdint>
#include <openssl/crypto.h>

namespace mxlab::smtp {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Appends the bytes of one group of four characters, `padding` of which are '='.
bool decode_group(std::string_view group, std::size_t padding, std::string& bytes) {
  std::uint32_t bits = 0;
  for (char c : group.substr(0, 4 - padding)) {
    const std::size_t value = c == '\0' ? kAlphabet.npos : kAlphabet.find(c);
    if (value == kAlphabet.npos) return false;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
  }
  bits <<= 6 * padding;
  for (std::size_t i = 0; i < 3 - padding; ++i)
    bytes += static_cast<char>(bits >> (16 - 8 * i) & 0xFF);
  return padding == 0 || (bits & ((1u << 8 * padding) - 1)) == 0;  // RFC 4648 3.5
}

}  // namespace

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return {};
  std::string bytes;
  while (!text.empty()) {
    std::string_view group = text.substr(0, 4);
    text.remove_prefix(4);
    std::size_t padding = 0;
    if (text.empty() && group.ends_with('=')) padding = group.ends_with("==") ? 2 : 1;
    if (!decode_group(group, padding, bytes)) return {};
  }
  return bytes;
}

std::string encode_base64(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    std::string_view group = bytes.substr(0, 3);
    bytes.remove_prefix(group.size());
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i)
      bits = bits << 8 | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0u);
    for (std::size_t i = 0; i < 4; ++i)
      text += i <= group.size() ? kAlphabet[bits >> (18 - 6 * i) & 63] : '=';
  }
  return text;
}

std::optional<SaslLogin> read_plain(std::string_view message) {
  const std::size_t first = message.find('\0');
  if (first == message.npos) return {};
  const std::size_t second = message.find('\0', first + 1);
  if (second == message.npos || message.find('\0', second + 1) != message.npos) return {};
  std::string_view authorization = message.substr(0, first);
  SaslLogin login{std::string(message.substr(first + 1, second - first - 1)),
                  std::string(message.substr(second + 1))};
  const bool as_himself = authorization.empty() || authorization == login.user;
  if (!as_himself || login.user.empty() || login.password.empty()) return {};
  return login;
}

void wipe(std::string& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

}  // namespace mxlab::smtp
