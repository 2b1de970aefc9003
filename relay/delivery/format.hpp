// format.hpp - the format specifiers of smtpd.conf(5): "/var/vmail/%{dest.domain}/%{dest.user}".
//
// What comes out becomes a path, and what goes in was written by strangers: a value that could lead
// out of its place in the path makes the whole expansion fail. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace mxlab::delivery {

struct FormatValues {
  std::string sender;       // %{sender}, %{mbox.from}: user@domain; empty is the null sender
  std::string recipient;    // %{rcpt}
  std::string destination;  // %{dest}: behind all aliases
  std::string user, home;   // %{user.username}, %{user.directory}, ~/
  char delimiter = '+';     // smtp sub-addr-delim
};

/// %{token}, %{token[from:to]}, %{token:lowercase|uppercase|strip|raw}, %%; a leading ~/ is the
/// home. Nothing when a token is unknown, a range lies outside, or a value may not be in a path: it
/// is empty, begins with a dot, or holds a control character.
std::optional<std::string> expand_format(std::string_view format, const FormatValues& values);

/// True when a name made by strangers may be the name of a file: no "/", no NUL or other control
/// character, no dot at its beginning, not empty, at most 255 bytes.
bool is_safe_file_name(std::string_view name);

/// smtpd(8)'s way with characters that a shell or a path would understand: they become ":".
std::string sanitized(std::string text);

}  // namespace mxlab::delivery
