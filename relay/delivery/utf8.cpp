#include "relay/delivery/utf8.hpp"

#include <algorithm>

#include "relay/queue/report_text.hpp"

namespace mxlab::delivery {

bool is_beyond_ascii(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

bool header_is_beyond_ascii(std::string_view message) {
  return is_beyond_ascii(queue::header_section(message));
}

}  // namespace mxlab::delivery
