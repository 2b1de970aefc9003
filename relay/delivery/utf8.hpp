// utf8.hpp - does a message need SMTPUTF8 of its next hop? Pure.
//
// A client may say SMTPUTF8 for mail that could do without (RFC 6531 3.4). Such mail goes to old
// servers too: only addresses and header fields beyond ASCII need the extension; bodies have
// 8BITMIME.
#pragma once
#include <string_view>

namespace mxlab::delivery {

bool is_beyond_ascii(std::string_view text);
/// Of a message's beginning: the header section, as far as it is there.
bool header_is_beyond_ascii(std::string_view message);

}  // namespace mxlab::delivery
