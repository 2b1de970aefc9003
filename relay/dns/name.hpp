// name.hpp - domain names as text, in one canonical form so that they compare as strings.
//
// Canonical: lower case, without the final dot, special bytes escaped as in RFC 1035 5.1; the root
// is ".". The functions that take a canonical name do not check it.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "relay/world/address.hpp"

namespace mxlab::dns {

/// Nothing when the text is not a domain name: an empty or too long label, too long altogether, a
/// bad escape.
std::optional<std::string> canonical_name(std::string_view text);

/// The name without its first label: "org" of "example.org"; "." of "org" and of ".".
std::string_view parent_name(std::string_view canonical);

/// True for the ancestor itself and all names below it.
bool is_within(std::string_view canonical, std::string_view ancestor);

/// The name whose PTR records name the address: 10.2.0.192.in-addr.arpa.
std::string reverse_name(const world::Address& address);

}  // namespace mxlab::dns
