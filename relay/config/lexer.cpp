// lexer.cpp - smtpd.conf's text as words. Rules as in parse.y's yylex().
#include "relay/config/lexer.hpp"

#include <algorithm>
#include <utility>

#include "relay/config/words.hpp"

namespace mxlab::config {
namespace {

constexpr std::size_t kMaxWord = 8095;              // smtpd(8)'s own buffer
constexpr std::size_t kMaxTokens = 200'000;         // of one line, lists included
constexpr std::size_t kMaxExpansion = 1024 * 1024;  // of all macros of one file
constexpr int kEndOfFile = -1;

bool blank(int c) { return c == ' ' || c == '\t'; }
bool digit(int c) { return c >= '0' && c <= '9'; }
bool alphanumeric(int c) { return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool begins_word(int c) { return alphanumeric(c) || c == ':' || c == '_'; }
bool continues_word(int c) {
  return c > ' ' && c < 0x7f &&
         std::string_view("(){}<>!=#,\"'\\").find(static_cast<char>(c)) == std::string_view::npos;
}

}  // namespace

int Lexer::peek() {
  if (expansion_at_ < expansion_.size())
    return static_cast<unsigned char>(expansion_[expansion_at_]);
  const std::string& text = source_.text();
  while (text.compare(offset_, 2, "\\\n") == 0) {
    offset_ += 2;
    ++line_;
    column_ = 1;
  }
  return offset_ < text.size() ? static_cast<unsigned char>(text[offset_]) : kEndOfFile;
}

void Lexer::advance() {
  if (expansion_at_ < expansion_.size()) {
    ++expansion_at_;
    return;
  }
  if (source_.text()[offset_++] == '\n') {
    ++line_;
    column_ = 1;
  } else {
    ++column_;
  }
}

Span Lexer::here(int width) const {
  if (expansion_at_ < expansion_.size()) return expansion_span_;
  return {&source_, line_, column_, width};
}

void Lexer::skip_blanks() {
  while (blank(peek())) advance();
}

void Lexer::skip_comment() {
  while (peek() != '\n' && peek() != kEndOfFile) advance();
}

void Lexer::skip_rest_of_line() {
  expansion_at_ = expansion_.size();
  skip_comment();
}

void Lexer::fail(Line& line, const Span& span, std::string message, std::string hint) {
  report_.error(span, std::move(message), std::move(hint));
  line.bad = true;
  open_.clear();
  skip_rest_of_line();
}

// A list that was never closed must not swallow the file: reserved words cannot be list items, so
// a line that begins with a directive is a new one.
bool Lexer::directive_ahead() const {
  std::string_view rest = std::string_view(source_.text()).substr(offset_);
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  const std::size_t end = rest.find_first_not_of("abcdefghijklmnopqrstuvwxyz-0123456789");
  const std::string_view word = rest.substr(0, end);
  return is_directive(word) && end != std::string_view::npos && blank(rest[end]);
}

bool Lexer::end_of_line(Line& line) {
  if (peek() == kEndOfFile) return true;
  advance();
  if (!open_.empty()) return directive_ahead();
  return !line.tokens.empty() || line.bad;
}

std::optional<Line> Lexer::next_line() {
  Line line;
  open_.clear();
  while (true) {
    skip_blanks();
    const int c = peek();
    if (c == '#') {
      skip_comment();
    } else if (c == '\n' || c == kEndOfFile) {
      if (end_of_line(line)) break;
    } else {
      read_token(line);
    }
  }
  if (!open_.empty()) {
    report_.error(open_.back(), "this { is never closed", "end the list with }");
    line.bad = true;
  }
  if (line.tokens.empty() && !line.bad) return std::nullopt;
  Span end{&source_, line_, column_, 1};
  if (!line.tokens.empty()) {
    end = line.tokens.back().span;
    end.column += end.width;
    end.width = 1;
  }
  line.tokens.push_back({Token::Kind::kEnd, "", end});
  return line;
}

void Lexer::read_token(Line& line) {
  const int c = peek();
  const bool expanding = expansion_at_ < expansion_.size();
  if (line.tokens.size() >= kMaxTokens) {
    fail(line, here(), "this line is too long", "keep long lists in a table file");
  } else if (c == '$' && !expanding) {
    read_macro(line);
  } else if (c == '"' || c == '\'') {
    read_quoted(line);
  } else if (begins_word(c)) {
    read_word(line);
  } else if (c > 0 &&
             std::string_view("{}<>!=,").find(static_cast<char>(c)) != std::string_view::npos) {
    read_sign(line);
  } else {
    unexpected(line);
  }
}

void Lexer::read_quoted(Line& line) {
  Token token{Token::Kind::kQuoted, "", here()};
  const int first_line = line_;
  const int quote = peek();
  advance();
  while (peek() != quote) {
    int c = peek();
    if (c == '\n' || c == kEndOfFile)
      return fail(line, token.span, "this string is not closed before the end of its line",
                  std::string("add the closing ") + static_cast<char>(quote) +
                      "; a \\ at the end of the line continues it");
    if (token.text.size() >= kMaxWord) return fail(line, token.span, "string too long", "");
    advance();
    // Only the quote itself and blanks can be escaped; every other backslash stays, which lets
    // regular expressions be written as they are.
    if (c == '\\' && (peek() == quote || blank(peek()))) {
      c = peek();
      advance();
    }
    token.text += static_cast<char>(c);
  }
  advance();
  if (expansion_at_ >= expansion_.size() && first_line == line_ && token.span.line == line_)
    token.span.width = std::max(1, column_ - token.span.column);
  line.tokens.push_back(std::move(token));
}

void Lexer::read_word(Line& line) {
  Token token{Token::Kind::kWord, "", here()};
  while (continues_word(peek())) {
    if (token.text.size() >= kMaxWord) return fail(line, token.span, "word too long", "");
    token.text += static_cast<char>(peek());
    advance();
  }
  const bool number =
      std::all_of(token.text.begin(), token.text.end(), [](char c) { return digit(c); });
  if (number) token.kind = Token::Kind::kNumber;
  if (token.span.line == line_ && token.span.column < column_)
    token.span.width = column_ - token.span.column;
  line.tokens.push_back(std::move(token));
}

void Lexer::read_sign(Line& line) {
  Token token{Token::Kind::kSign, std::string(1, static_cast<char>(peek())), here()};
  advance();
  if (token.text == "=" && peek() == '>') {
    advance();
    token.text = "=>";
    token.span.width = 2;
  }
  if (token.text == "{") open_.push_back(token.span);
  if (token.text == "}" && !open_.empty()) open_.pop_back();
  line.tokens.push_back(std::move(token));
}

void Lexer::read_macro(Line& line) {
  Span span = here();
  advance();
  std::string name;
  while ((alphanumeric(peek()) || peek() == '_') && name.size() < kMaxWord) {
    name += static_cast<char>(peek());
    advance();
  }
  span.width = static_cast<int>(name.size()) + 1;
  const auto macro = macros_.find(name);
  if (macro == macros_.end()) {
    std::vector<std::string_view> known;
    for (const auto& [key, value] : macros_) known.push_back(key);
    return fail(line, span, "macro '" + name + "' not defined",
                did_you_mean(name, known, "set it above this line: " + name + " = \"…\""));
  }
  expanded_ += macro->second.size();
  if (expanded_ > kMaxExpansion)
    return fail(line, span, "the macros of this file grow too large", "");
  expansion_ = macro->second;
  expansion_at_ = 0;
  expansion_span_ = span;
}

// Blanks behind the backslash of a continuation line are the usual case: they cannot be seen. What
// was meant to be continued is then left out as well.
void Lexer::stray_backslash(Line& line) {
  Span span = here();
  const std::string_view text = source_.text();
  const std::size_t next = text.find_first_not_of(" \t\r", offset_ + 1);
  const bool line_ends = next == std::string_view::npos || text[next] == '\n';
  if (expansion_at_ < expansion_.size() || !line_ends)
    return fail(line, span, "a backslash outside quotes", "put the word in quotes");
  fail(line, span, "this \\ does not continue the line: a blank follows it",
       "delete what stands behind the \\");
  if (peek() == '\n') advance();
  skip_rest_of_line();
}

void Lexer::unexpected(Line& line) {
  Span span = here();
  const int c = peek();
  if (c == '\r')
    return fail(line, span, "carriage return in the file", "save it with Unix line ends (LF only)");
  if (c == '\\') return stray_backslash(line);
  if (c < ' ' || c >= 0x7f)
    return fail(line, span, "unexpected character outside quotes", "put the word in quotes");
  std::string word(1, static_cast<char>(c));
  advance();
  while (continues_word(peek()) && word.size() < kMaxWord) {
    word += static_cast<char>(peek());
    advance();
  }
  if (span.line == line_) span.width = std::max(1, column_ - span.column);
  fail(line, span, std::string("a word cannot begin with ") + static_cast<char>(c),
       "put it in quotes: \"" + word + "\"");
}

}  // namespace mxlab::config
