// paint.hpp - colours and symbols for people, where the output can show them.
#pragma once
#include <string>
#include <string_view>

namespace mxlab::report {

/// What an output can show. Nothing by default: plain ASCII.
struct Paint {
  bool colour = false;
  bool utf8 = false;
  int columns = 0;  // of the terminal; 0 when it is none

  /// For standard output: colours on a terminal unless NO_COLOR is set or TERM is dumb, symbols
  /// when the locale's characters are UTF-8.
  static Paint for_output();

  std::string red(std::string_view text) const { return in("31", text); }
  std::string green(std::string_view text) const { return in("32", text); }
  std::string yellow(std::string_view text) const { return in("33", text); }
  std::string cyan(std::string_view text) const { return in("36", text); }
  std::string bold(std::string_view text) const { return in("1", text); }
  std::string dim(std::string_view text) const { return in("2", text); }

  std::string passed() const { return green(utf8 ? "✓" : "ok  "); }
  std::string failed() const { return red(utf8 ? "✗" : "FAIL"); }
  std::string skipped() const { return yellow(utf8 ? "–" : "skip"); }
  std::string_view dots() const { return utf8 ? "…" : "..."; }

 private:
  std::string in(std::string_view code, std::string_view text) const;
};

}  // namespace mxlab::report
