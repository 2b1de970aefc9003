// cursor.hpp - walks over one line's tokens and says precisely what was expected instead.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "relay/config/lexer.hpp"
#include "relay/config/words.hpp"

namespace mxlab::config {

class Cursor {
 public:
  explicit Cursor(const std::vector<Token>& tokens) : tokens_(tokens) {}

  const Token& peek() const { return tokens_[at_]; }
  const Token& ahead() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  const Token& previous() const { return tokens_[at_ == 0 ? 0 : at_ - 1]; }
  bool at_end() const { return peek().kind == Token::Kind::kEnd; }
  /// A string: quoted, or a bare word that is not reserved.
  bool at_string() const;
  /// Where a table may be written: <name>, { … } or one value.
  bool at_table() const;

  Token take();
  bool accept_word(std::string_view word);
  bool accept_sign(std::string_view sign);

  /// `what` completes "expected …": "the name of an action".
  Token expect_string(std::string_view what);
  std::uint64_t expect_number(std::string_view what);
  Token expect_sign(std::string_view sign, std::string_view why);
  /// A bare word out of `words`; `what` names the choice: "listen option".
  Token expect_word(Words words, std::string_view what);
  void expect_end(std::string_view after);

  [[noreturn]] void fail_expected(std::string_view what) const;

 private:
  const std::vector<Token>& tokens_;
  std::size_t at_ = 0;
};

/// "the end of the line", "number 25", "\"foo\"".
std::string described(const Token& token);

[[noreturn]] void fail(const Span& span, std::string message, std::string hint = {});

}  // namespace mxlab::config
