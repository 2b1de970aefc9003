// pattern.cpp - POSIX extended regular expressions by RE2, and wildcards.
#include "relay/config/pattern.hpp"

#include <algorithm>
#include <re2/re2.h>

namespace mxlab::config {
namespace {

constexpr std::int64_t kMaxPatternMemory = 1 << 20;
constexpr std::size_t kMaxPattern = 2048;
constexpr std::string_view kIgnoreCase = "(?i)";  // smtpd(8) knows this prefix; ours always does

re2::RE2::Options options() {
  re2::RE2::Options o;
  o.set_encoding(re2::RE2::Options::EncodingLatin1);
  o.set_posix_syntax(true);
  o.set_one_line(true);
  o.set_dot_nl(true);
  o.set_never_capture(true);
  o.set_case_sensitive(false);
  o.set_log_errors(false);
  o.set_max_mem(kMaxPatternMemory);
  return o;
}

std::string_view body(std::string_view pattern) {
  return pattern.starts_with(kIgnoreCase) ? pattern.substr(kIgnoreCase.size()) : pattern;
}

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

std::string hint_for(re2::RE2::ErrorCode code) {
  switch (code) {
    case re2::RE2::ErrorRepeatArgument:
      return "in a regular expression \"any text\" is written .*";
    case re2::RE2::ErrorBadEscape:
      return "these are POSIX expressions: [0-9] instead of \\d, [[:alnum:]_] instead of \\w";
    case re2::RE2::ErrorTrailingBackslash:
      return "a backslash itself is written \\\\";
    case re2::RE2::ErrorPatternTooLarge:
      return "use smaller repetition counts";
    default:
      return {};
  }
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::unique_ptr<re2::RE2> compile_pattern(std::string_view pattern) {
  if (pattern.size() > kMaxPattern) return nullptr;
  auto compiled = std::make_unique<re2::RE2>(piece(body(pattern)), options());
  return compiled->ok() ? std::move(compiled) : nullptr;
}

PatternFault pattern_fault(std::string_view pattern) {
  if (pattern.empty()) return {"empty regular expression", "it would match everything", 0, 1};
  if (pattern.size() > kMaxPattern) return {"regular expression too long", "", 0, pattern.size()};
  const std::string_view text = body(pattern);
  const re2::RE2 compiled(piece(text), options());
  if (compiled.ok()) return {};
  PatternFault fault;
  fault.message = "bad regular expression: " + compiled.error();
  fault.hint = hint_for(compiled.error_code());
  // RE2 names the offending part; where it stands more than once, the first is shown.
  const std::size_t at = text.find(compiled.error_arg());
  fault.width = std::max<std::size_t>(compiled.error_arg().size(), 1);
  fault.offset = at == std::string_view::npos ? 0 : at + (pattern.size() - text.size());
  if (at == std::string_view::npos) fault.width = pattern.size();
  return fault;
}

// Linear in practice: on a mismatch only the last star takes one character more.
bool wildcard_match(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0;
  std::size_t star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && lower(pattern[p]) == lower(text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace mxlab::config
