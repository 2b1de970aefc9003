// utf8.hpp - is a text UTF-8 that may stand in an address (RFC 6531 3.3)? Pure.
#pragma once
#include <string_view>

namespace mxlab::smtp {

/// True for ASCII alone.
bool is_ascii(std::string_view text);

/// Well-formed UTF-8 (RFC 3629 4: shortest forms, no surrogates) without what could break a line or
/// steer a terminal: C1 controls, line and paragraph separators. ASCII is left to the grammar.
bool is_clean_utf8(std::string_view text);

}  // namespace mxlab::smtp
