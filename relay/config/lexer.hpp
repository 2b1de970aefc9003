// lexer.hpp - smtpd.conf's text as words, one logical line after the other.
//
// Knows quotes, comments, continuation lines, macros, and lists in braces that span lines. Two
// things that smtpd(8) lets pass are mistakes here, because they hide one: a quoted string that
// runs over the end of its line, and a backslash outside quotes (it would be dropped).
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/config/source.hpp"

namespace mxlab::config {

struct Token {
  enum class Kind { kWord, kQuoted, kNumber, kSign, kEnd };
  Kind kind = Kind::kEnd;
  std::string text;  // without quotes; signs: { } < > ! = => ,
  Span span;

  bool is_word(std::string_view word) const { return kind == Kind::kWord && text == word; }
  bool is_sign(std::string_view sign) const { return kind == Kind::kSign && text == sign; }
};

/// The tokens of one line, ending with a kEnd token that stands behind the last word.
struct Line {
  std::vector<Token> tokens;
  bool bad = false;  // something in it was no token; already reported
};

using Macros = std::map<std::string, std::string>;

class Lexer {
 public:
  /// Macros are looked up when a line is read, so that those set by earlier lines are known.
  Lexer(const Source& source, const Macros& macros, Report& report)
      : source_(source), macros_(macros), report_(report) {}

  /// The next line that holds anything; nothing at the end of the file.
  std::optional<Line> next_line();

 private:
  int peek();
  void advance();
  void skip_blanks();
  void skip_comment();
  void skip_rest_of_line();
  bool end_of_line(Line& line);
  bool directive_ahead() const;
  Span here(int width = 1) const;
  void read_token(Line& line);
  void read_quoted(Line& line);
  void read_word(Line& line);
  void read_sign(Line& line);
  void read_macro(Line& line);
  void stray_backslash(Line& line);
  void unexpected(Line& line);
  void fail(Line& line, const Span& span, std::string message, std::string hint);

  const Source& source_;
  const Macros& macros_;
  Report& report_;
  std::size_t offset_ = 0;
  int line_ = 1;
  int column_ = 1;
  std::string expansion_;  // what is left to read of a macro's value, from expansion_at_ on
  std::size_t expansion_at_ = 0;
  Span expansion_span_;
  std::size_t expanded_ = 0;
  std::vector<Span> open_;  // braces not closed yet
};

}  // namespace mxlab::config
