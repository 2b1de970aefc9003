// cursor.cpp - walks over one line's tokens.
#include "relay/config/cursor.hpp"

#include <charconv>
#include <utility>

namespace mxlab::config {

void fail(const Span& span, std::string message, std::string hint) {
  throw LineError{span, std::move(message), std::move(hint)};
}

std::string described(const Token& token) {
  switch (token.kind) {
    case Token::Kind::kEnd:
      return "the end of the line";
    case Token::Kind::kNumber:
      return "the number " + token.text;
    case Token::Kind::kWord:
    case Token::Kind::kQuoted:
    case Token::Kind::kSign:
      break;
  }
  return "\"" + token.text + "\"";
}

bool Cursor::at_string() const {
  const Token& token = peek();
  return token.kind == Token::Kind::kQuoted ||
         (token.kind == Token::Kind::kWord && !reserved(token.text));
}

bool Cursor::at_table() const { return at_string() || peek().is_sign("<") || peek().is_sign("{"); }

Token Cursor::take() {
  Token token = peek();
  if (!at_end()) ++at_;
  return token;
}

bool Cursor::accept_word(std::string_view word) {
  if (!peek().is_word(word)) return false;
  ++at_;
  return true;
}

bool Cursor::accept_sign(std::string_view sign) {
  if (!peek().is_sign(sign)) return false;
  ++at_;
  return true;
}

void Cursor::fail_expected(std::string_view what) const {
  const Token& token = peek();
  std::string hint;
  if (token.kind == Token::Kind::kWord && reserved(token.text))
    hint = token.text + " is a reserved word; as a name it needs quotes: \"" + token.text + "\"";
  else if (token.kind == Token::Kind::kNumber)
    hint = "put the number in quotes: \"" + token.text + "\"";
  fail(token.span, "expected " + std::string(what) + ", found " + described(token), hint);
}

Token Cursor::expect_string(std::string_view what) {
  if (!at_string()) fail_expected(what);
  return take();
}

std::uint64_t Cursor::expect_number(std::string_view what) {
  const Token& token = peek();
  if (token.kind != Token::Kind::kNumber)
    fail(token.span, "expected " + std::string(what) + ", found " + described(token));
  std::uint64_t value = 0;
  const char* end = token.text.data() + token.text.size();
  if (std::from_chars(token.text.data(), end, value).ec != std::errc())
    fail(token.span, "number too large: " + token.text);
  ++at_;
  return value;
}

Token Cursor::expect_sign(std::string_view sign, std::string_view why) {
  if (!peek().is_sign(sign))
    fail(peek().span,
         "expected " + std::string(sign) + " " + std::string(why) + ", found " + described(peek()));
  return take();
}

Token Cursor::expect_word(Words words, std::string_view what) {
  const Token& token = peek();
  if (token.kind == Token::Kind::kWord)
    for (std::string_view word : words)
      if (token.text == word) return take();
  const std::string choice = "it may be " + listed(words);
  if (token.kind == Token::Kind::kEnd)
    fail(token.span, "expected a " + std::string(what) + ", found the end of the line", choice);
  const bool quoted = token.kind == Token::Kind::kQuoted;
  for (std::string_view word : words)
    if (quoted && token.text == word)
      fail(token.span, "a " + std::string(what) + " is written without quotes: " + token.text);
  fail(token.span, "unknown " + std::string(what) + ": " + token.text,
       did_you_mean(token.text, words, choice));
}

void Cursor::expect_end(std::string_view after) {
  if (at_end()) return;
  fail(peek().span, "nothing may follow " + std::string(after) + ", found " + described(peek()));
}

}  // namespace mxlab::config
