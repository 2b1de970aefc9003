// units.cpp - times, sizes, host names, networks and reply texts.
#include "relay/config/units.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace mxlab::config {
namespace {

constexpr std::size_t kMaxReplyText = 500;  // RFC 5321 4.5.3.1.5: a reply line has 512 octets

bool digit(char c) { return c >= '0' && c <= '9'; }

template <typename Number>
std::optional<Number> whole_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !digit(text.front()))
    return std::nullopt;
  return value;
}

int size_shift(char unit) {
  static constexpr std::string_view kUnits = "BKMGTPE";
  const char upper = unit >= 'a' ? static_cast<char>(unit - 'a' + 'A') : unit;
  const std::size_t at = kUnits.find(upper);
  return at == std::string_view::npos ? -1 : static_cast<int>(at) * 10;
}

bool valid_label(std::string_view label) {
  if (label.empty() || label.size() > 63) return false;
  if (label.front() == '-' || label.back() == '-') return false;
  return std::all_of(label.begin(), label.end(), [](char c) {
    return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  });
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  std::chrono::seconds unit{};
  switch (text.back()) {
    case 's':
      unit = std::chrono::seconds(1);
      break;
    case 'm':
      unit = std::chrono::minutes(1);
      break;
    case 'h':
      unit = std::chrono::hours(1);
      break;
    case 'd':
      unit = std::chrono::days(1);
      break;
    default:
      return std::nullopt;
  }
  const auto count = whole_number<std::int64_t>(text.substr(0, text.size() - 1));
  if (!count || *count < 1 || *count > std::numeric_limits<std::int32_t>::max() / unit.count())
    return std::nullopt;
  return Duration(*count * unit);
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  if (text.empty()) return std::nullopt;
  int shift = 0;
  if (!digit(text.back())) {
    shift = size_shift(text.back());
    text.remove_suffix(1);
    if (shift < 0 || text.empty()) return std::nullopt;
  }
  const std::size_t dot = text.find('.');
  const auto whole = dot == 0 ? std::nullopt : whole_number<std::uint64_t>(text.substr(0, dot));
  if (!whole || *whole > (std::numeric_limits<std::uint64_t>::max() >> 1) >> shift)
    return std::nullopt;
  std::uint64_t bytes = *whole << shift;
  if (dot == std::string_view::npos) return bytes;
  std::uint64_t part = std::uint64_t{1} << shift;
  const std::string_view fraction = text.substr(dot + 1);
  if (fraction.empty()) return std::nullopt;
  for (char c : fraction) {
    if (!digit(c)) return std::nullopt;
    part /= 10;
    bytes += part * static_cast<std::uint64_t>(c - '0');
  }
  return bytes;
}

bool valid_host_name(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > 253) return false;
  while (true) {
    const std::size_t dot = name.find('.');
    if (!valid_label(name.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

std::string reply_text_fault(std::string_view text) {
  if (text.size() < 3 || (text[0] != '4' && text[0] != '5') || !digit(text[1]) || !digit(text[2]))
    return "a reply must begin with a 4xx or 5xx code";
  if (text.size() < 5 || text[3] != ' ') return "the code must be followed by a blank and a text";
  if (text.size() > kMaxReplyText) return "the reply is too long for one SMTP line";
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f; }))
    return "a reply must be printable ASCII";
  return {};
}

world::Address unmapped(const world::Address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
}

std::optional<Network> parse_network(std::string_view text) {
  std::optional<unsigned> prefix;
  if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    if (digits.empty()) return std::nullopt;
    prefix = whole_number<unsigned>(digits);
    if (!prefix) return std::nullopt;
    text = text.substr(0, slash);
  }
  if (text.starts_with('[') && text.ends_with(']') && text.size() > 2)
    text = text.substr(1, text.size() - 2);
  if (lowered(text.substr(0, 5)) == "ipv6:") text.remove_prefix(5);
  std::error_code error;
  const world::Address address = asio::ip::make_address(std::string(text), error);
  const unsigned bits = address.is_v6() ? 128 : 32;
  if (error || prefix.value_or(0) > bits) return std::nullopt;
  return Network{address, prefix.value_or(bits)};
}

namespace {

template <typename Bytes>
bool same_prefix(const Bytes& a, const Bytes& b, unsigned bits) {
  for (std::size_t i = 0; bits > 0; ++i) {
    const unsigned used = std::min(bits, 8u);
    const unsigned mask = 0xFF00u >> used & 0xFFu;
    if ((static_cast<unsigned>(a[i] ^ b[i]) & mask) != 0) return false;
    bits -= used;
  }
  return true;
}

}  // namespace

bool contains(const Network& network, const world::Address& address) {
  if (network.address.is_v6() != address.is_v6()) return false;
  if (address.is_v6())
    return same_prefix(network.address.to_v6().to_bytes(), address.to_v6().to_bytes(),
                       network.prefix);
  return same_prefix(network.address.to_v4().to_bytes(), address.to_v4().to_bytes(),
                     network.prefix);
}

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace mxlab::config
