// report_text.hpp - the small forms of which a report consists. Pure.
//
// Whatever comes in (replies of strangers, broken headers), what goes out is 7-bit and short-lined;
// or, for who has an address in UTF-8 and so can read it, valid UTF-8 (RFC 6533).
#pragma once
#include <string>
#include <string_view>

#include "relay/world/time.hpp"

namespace mxlab::queue {

/// "Sun, 22 Nov 2026 17:15:29 +0000" (RFC 5322 3.3)
std::string mail_date(world::TimePoint at);

enum class Script { kAscii, kUtf8 };

/// One line of printable text: control characters and line ends become spaces, what the script does
/// not know '?'.
std::string printable(std::string_view text, Script script = Script::kAscii);

/// "Name: value", folded near column 76, CRLF at its end.
std::string header_field(std::string_view name, std::string_view value,
                         Script script = Script::kAscii);

bool is_ascii(std::string_view text);
/// RFC 6533 3, utf-8-addr-xtext: "\x{E9}" for what stands outside ASCII, and for '+', '=' and '\'.
std::string embed_unicode(std::string_view address);
/// And back, into UTF-8.
std::string extract_unicode(std::string_view text);

/// RFC 3461 4: "+3D" is '='.
std::string decode_xtext(std::string_view text);

/// CRLF at the end of every line, whatever stood there.
std::string with_crlf(std::string_view text);

/// Everything up to the empty line, which is left out.
std::string_view header_section(std::string_view message);

/// True when every line is 7-bit, without NUL, and at most 998 bytes long.
bool is_plain(std::string_view text);

/// RFC 2045 6.7. Lines end in CRLF.
std::string quoted_printable(std::string_view crlf_text);

}  // namespace mxlab::queue
