// pattern.hpp - regular expressions and wildcards of tables.
//
// smtpd(8) lower-cases both the pattern and what it is compared with, so its POSIX extended
// expressions ignore case; ours do too. RE2 matches in linear time with bounded memory.
#pragma once
#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace mxlab::config {

/// Null when the pattern is wrong.
std::unique_ptr<re2::RE2> compile_pattern(std::string_view pattern);

/// What is wrong with a pattern, and which part of it.
struct PatternFault {
  std::string message;  // empty: nothing
  std::string hint;
  std::size_t offset = 0;
  std::size_t width = 1;
};
PatternFault pattern_fault(std::string_view pattern);

/// "*.example.org" against "a.example.org", ignoring case.
bool wildcard_match(std::string_view pattern, std::string_view text);

}  // namespace mxlab::config
