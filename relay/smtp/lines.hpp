// lines.hpp - lines out of a byte stream, however it was cut into segments.
//
// Only CRLF ends a line (RFC 5321 2.3.8). A CR or LF alone, or a NUL, is part of the line and marks
// it as flawed; whoever reads the line refuses it. No I/O here: bytes in, lines out.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace mxlab::smtp {

enum class LineFlaw { kNone, kBareLineEnd, kNul, kTooLong };

struct Line {
  std::string text;  // without its CRLF; empty when it was too long
  LineFlaw flaw = LineFlaw::kNone;
};

class LineBuffer {
 public:
  explicit LineBuffer(std::size_t longest) : longest_(longest) {}

  void append(std::string_view bytes) { bytes_ += bytes; }
  /// The next whole line, when it is there. A line longer than `longest` is swallowed to its end
  /// and returned as kTooLong.
  std::optional<Line> next();
  /// What waits, raw: for a body, which has rules of its own.
  std::string_view waiting() const { return std::string_view(bytes_).substr(begin_); }
  void consume(std::size_t count);
  bool empty() const { return begin_ == bytes_.size(); }
  /// How much of a line that is too long has been thrown away so far.
  std::size_t swallowed() const { return swallowed_; }

 private:
  void swallow(std::size_t count);

  std::size_t longest_;
  std::string bytes_;
  std::size_t begin_ = 0;    // everything before it is consumed
  std::size_t scanned_ = 0;  // no CRLF starts before it
  std::size_t swallowed_ = 0;
};

}  // namespace mxlab::smtp
