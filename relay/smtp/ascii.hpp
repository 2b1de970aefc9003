// ascii.hpp - letters and line-safe text as SMTP knows them: ASCII, whatever the locale says.
#pragma once
#include <string>
#include <string_view>

namespace mxlab::smtp {

inline char ascii_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_alpha(char c) { return ascii_upper(c) >= 'A' && ascii_upper(c) <= 'Z'; }
inline bool is_graphic(char c) { return c > 32 && c < 127; }
inline bool is_printable(char c) { return c >= 32 && c < 127; }

std::string to_upper(std::string_view text);
bool equals_ignoring_case(std::string_view a, std::string_view b);
bool starts_ignoring_case(std::string_view text, std::string_view prefix);

/// For logs, replies and reports: what is not printable ASCII becomes '?', and what is longer than
/// `longest` is cut.
std::string printable(std::string_view text, std::size_t longest = 2048);

}  // namespace mxlab::smtp
