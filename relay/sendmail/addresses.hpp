// addresses.hpp - the addresses in a To, Cc or Bcc header (RFC 5322 3.4). Pure.
//
// Names, comments and groups are dropped; what is left is what stands between the brackets, or the
// whole. Whether that is a good address is the relay's to judge.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace mxlab::sendmail {

inline constexpr std::size_t kMaxAddresses = 10'000;  // of one header

std::vector<std::string> read_addresses(std::string_view header);

}  // namespace mxlab::sendmail
