// letter.hpp - what a program gives to sendmail on its standard input: a header, and a body.
//
// The header is small and is read as a whole; the body passes by. Line ends may be LF or CRLF. Pure
// but for the source it reads from.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mxlab::sendmail {

inline constexpr std::size_t kMaxHeader = 1024 * 1024;
inline constexpr std::size_t kPiece = 64 * 1024;

/// At most this many bytes more; nothing at the end.
using Source = std::function<std::string(std::size_t most)>;

/// One field with its folded lines, each with its line end as LF.
struct Field {
  std::string name;  // as written
  std::string text;  // "Subject: hello\n"
  /// Behind the colon.
  std::string_view value() const { return std::string_view(text).substr(name.size() + 1); }
  bool is(std::string_view other) const;
};

/// Reads the input once.
class Letter {
 public:
  /// `dot_ends`: a line with a single dot is the end, as sendmail(8) does without -i.
  Letter(Source source, bool dot_ends);

  /// The header; nothing when it is longer than kMaxHeader. Input that does not begin with a header
  /// has an empty one, and is all body. The line "From …" of an mbox is dropped.
  std::optional<std::vector<Field>> read_header();
  /// The next piece of the body; nothing at its end.
  std::optional<std::string> read_body();

 private:
  bool fill();
  std::optional<std::string> take_line();
  std::optional<std::string> peek_line();
  bool ends_here(const std::string& line);

  Source source_;
  bool dot_ends_;
  std::string input_;
  std::size_t at_ = 0;
  bool ended_ = false;
  bool line_start_ = true;  // what is read next begins a line
};

}  // namespace mxlab::sendmail
