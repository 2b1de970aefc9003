#include "relay/smtp/ascii.hpp"

#include <algorithm>

namespace mxlab::smtp {

std::string to_upper(std::string_view text) {
  std::string upper(text);
  std::ranges::transform(upper, upper.begin(), ascii_upper);
  return upper;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, ascii_upper, ascii_upper);
}

bool starts_ignoring_case(std::string_view text, std::string_view prefix) {
  return equals_ignoring_case(text.substr(0, prefix.size()), prefix);
}

std::string printable(std::string_view text, std::size_t longest) {
  std::string safe(text.substr(0, longest));
  std::ranges::replace_if(
      safe, [](char c) { return !is_printable(c); }, '?');
  return safe;
}

}  // namespace mxlab::smtp
