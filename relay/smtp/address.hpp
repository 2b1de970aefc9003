// address.hpp - mailboxes and paths (RFC 5321 4.1.2), read strictly and kept as plain strings.
//
// An address that passes is printable ASCII (or, where asked for, clean UTF-8: RFC 6531 3.3),
// within the limits of RFC 5321 4.5.3.1, and safe to put into a header or a command. Source routes
// are accepted and dropped. What a local part means is nobody's business here: it is never taken
// apart.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace mxlab::smtp {

// A local part may fill its path: the 64 octets of RFC 5321 4.5.3.1.1 are what everybody must take,
// and senders that mailing lists (VERP) or SRS have rewritten are longer.
inline constexpr std::size_t kMaxDomain = 255;  // RFC 5321 4.5.3.1.2
inline constexpr std::size_t kMaxPath = 256;    // RFC 5321 4.5.3.1.3, brackets included
inline constexpr std::size_t kMaxLabel = 63;    // RFC 1035 2.3.4

enum class PathError {
  kSyntax,
  kTooLong,
  kNotAscii,  // 8-bit bytes without SMTPUTF8, or what is no clean UTF-8
};

/// What an address may be written in.
enum class Charset { kAscii, kUtf8 };

/// `address` is "local@domain", empty for the null path, "Postmaster" (as written) without a
/// domain. `rest` is what follows the closing bracket.
struct Path {
  std::string address;
  std::string rest;
};

/// kReverse may be null; kForward may be <Postmaster>.
enum class PathKind { kReverse, kForward };

std::variant<Path, PathError> parse_path(std::string_view text, PathKind kind,
                                         Charset charset = Charset::kAscii);

/// Nothing when the text is a mailbox, from its first to its last byte.
std::optional<PathError> check_mailbox(std::string_view text, Charset charset = Charset::kAscii);

/// A domain name: labels of letters, digits, '-' and (as the world has them) '_'.
bool is_domain(std::string_view text);
/// "[192.0.2.1]" or "[IPv6:2001:db8::1]".
bool is_address_literal(std::string_view text);
/// What we let a client call itself: a domain, a literal, or something like them that cannot break
/// a header.
bool is_helo_name(std::string_view text);

/// Behind the last '@'; empty when there is none.
std::string_view domain_of(std::string_view address);
/// Before the last '@'; all of it when there is none.
std::string_view local_part_of(std::string_view address);
bool same_domain(std::string_view a, std::string_view b);
/// Postmaster without a domain, in any case (RFC 5321 4.5.1).
bool is_bare_postmaster(std::string_view address);

}  // namespace mxlab::smtp
