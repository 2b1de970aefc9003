#include "relay/smtp/proxy_header.hpp"

#include <algorithm>
#include <asio/ip/address_v4.hpp>
#include <asio/ip/address_v6.hpp>

namespace mxlab::smtp {
namespace {

using namespace std::string_view_literals;

constexpr auto kSignature = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr unsigned kVersion = 2;
enum Order : unsigned { kLocal = 0, kProxy = 1 };
enum Family : unsigned { kUnspecified = 0, kInet4 = 1, kInet6 = 2, kUnix = 3 };

unsigned byte(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

std::uint16_t port(std::string_view text, std::size_t at) {
  return static_cast<std::uint16_t>(byte(text, at) << 8 | byte(text, at + 1));
}

template <class Ip>
world::Address address(std::string_view text, std::size_t at) {
  typename Ip::bytes_type bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<unsigned char>(text[at + i]);
  return Ip(bytes);
}

/// source address, destination address, source port, destination port
template <class Ip>
std::optional<ProxyAddresses> read_addresses(std::string_view block) {
  constexpr std::size_t kSize = sizeof(typename Ip::bytes_type);
  if (block.size() < 2 * kSize + 4) return {};
  return ProxyAddresses{world::Endpoint{address<Ip>(block, 0), port(block, 2 * kSize)},
                        world::Endpoint{address<Ip>(block, kSize), port(block, 2 * kSize + 2)}};
}

}  // namespace

std::optional<std::size_t> proxy_length(std::string_view preamble) {
  if (preamble.size() != kProxyPreamble || !preamble.starts_with(kSignature)) return {};
  const std::size_t length = port(preamble, 14);
  if (kProxyPreamble + length > kMaxProxyHeader) return {};
  return length;
}

std::optional<ProxyAddresses> parse_proxy_header(std::string_view header) {
  const auto length = proxy_length(header.substr(0, kProxyPreamble));
  if (!length || header.size() != kProxyPreamble + *length) return {};
  const unsigned order = byte(header, 12) & 0x0F, family = byte(header, 13) >> 4;
  if (byte(header, 12) >> 4 != kVersion || order > kProxy || family > kUnix) return {};
  if (order == kLocal || family == kUnspecified || family == kUnix) return ProxyAddresses{};
  constexpr unsigned kStream = 1;
  if ((byte(header, 13) & 0x0F) != kStream) return {};
  std::string_view block = header.substr(kProxyPreamble);
  return family == kInet4 ? read_addresses<asio::ip::address_v4>(block)
                          : read_addresses<asio::ip::address_v6>(block);
}

}  // namespace mxlab::smtp
