#include "relay/smtp/utf8.hpp"

#include <algorithm>
#include <cstdint>

namespace mxlab::smtp {
namespace {

constexpr std::uint32_t kBad = 0xFFFFFFFF;

/// How many bytes the sequence that begins with this byte has; 0 when none does.
std::size_t sequence_length(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return 2;
  if (first >= 0xE0 && first <= 0xEF) return 3;
  return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

/// The character that these bytes are, or kBad.
std::uint32_t decode(std::string_view bytes) {
  constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const std::size_t length = bytes.size();
  const auto first = static_cast<unsigned char>(bytes[0]);
  if (length == 1) return first;
  std::uint32_t point = first & (0x7Fu >> length);
  for (char c : bytes.substr(1)) {
    const auto next = static_cast<unsigned char>(c);
    if ((next & 0xC0) != 0x80) return kBad;
    point = point << 6 | (next & 0x3Fu);
  }
  return point < kSmallest[length] ? kBad : point;
}

bool is_clean(std::uint32_t point) {
  if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return false;
  const bool control = point >= 0x80 && point <= 0x9F;
  const bool separator = point == 0x2028 || point == 0x2029;
  return !control && !separator;
}

}  // namespace

bool is_ascii(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return (static_cast<unsigned char>(c) & 0x80); });
}

bool is_clean_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = sequence_length(static_cast<unsigned char>(text.front()));
    if (length == 0 || length > text.size()) return false;
    if (!is_clean(decode(text.substr(0, length)))) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace mxlab::smtp
