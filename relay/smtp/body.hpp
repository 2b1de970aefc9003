// body.hpp - message bodies on the wire: dot-stuffing off and on (RFC 5321 4.5.2), strict ends.
//
// A body ends with CRLF "." CRLF and with nothing else (RFC 5321 4.1.1.4). A CR or LF alone, and a
// NUL, never end anything: they spoil the message, which is then read to its true end and refused,
// because the next hop might see an end there (SMTP smuggling). Lines are never split or altered,
// however long, up to kMaxTextLine. No I/O here: bytes in, bytes out.
//
// What comes in chunks (RFC 3030) has no dots to take off, and its end is counted; the same flaws
// spoil it all the same. RFC 3030 2 would have a bare CR or LF carried on as it is, but our next
// hop gets DATA, where it would have to be changed (and signatures broken) or be a smuggler's
// means.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace mxlab::smtp {

/// RFC 5321 4.5.3.1.6 promises 1000; real mail has more. What is longer is not mail.
inline constexpr std::size_t kMaxTextLine = 1024 * 1024;

enum class BodyFlaw { kNone, kBareLineEnd, kNul, kLineTooLong };

class BodyDecoder {
 public:
  /// Takes bytes from the wire, appends the body they carry, and returns how many it took: all of
  /// them, or those up to the end of the body.
  std::size_t decode(std::string_view wire, std::string& body);
  bool done() const { return state_ == State::kDone; }
  /// The first thing found wrong.
  BodyFlaw flaw() const { return flaw_; }

 private:
  // kLineStart: behind a CRLF, or at the very start     kDot: behind a dot at line start
  // kDotCarriage: behind that dot and a CR               kText: anywhere in a line
  // kCarriage: behind a CR in a line                     kDone: behind the final dot's CRLF
  enum class State { kLineStart, kDot, kDotCarriage, kText, kCarriage, kDone };

  void step(char c, std::string& body);
  void text(char c, std::string& body);
  void after_carriage(char c, std::string& body);
  void spoil(BodyFlaw flaw);
  void count(std::size_t bytes);

  State state_ = State::kLineStart;
  BodyFlaw flaw_ = BodyFlaw::kNone;
  std::size_t line_length_ = 0;
};

/// Looks for the same flaws in text that is not dot-stuffed, however it is cut.
class TextChecker {
 public:
  void feed(std::string_view text);
  /// Nothing more comes: a CR at the very end stands alone.
  void finish();
  BodyFlaw flaw() const { return flaw_; }

 private:
  void spoil(BodyFlaw flaw);

  BodyFlaw flaw_ = BodyFlaw::kNone;
  bool carriage_ = false;  // a CR came last
  std::size_t line_length_ = 0;
};

/// Measures the header section of a message that streams by, up to its empty line.
class HeaderMeter {
 public:
  void feed(std::string_view text);
  std::uint64_t bytes() const { return bytes_; }
  std::size_t lines() const { return lines_; }

 private:
  bool over_ = false;
  std::string line_begin_;  // of the current line, as much as tells an empty one
  std::uint64_t bytes_ = 0;
  std::size_t lines_ = 0;
};

/// Makes a body fit for the wire. Every line end leaves as CRLF, so that no bare CR or LF ever
/// does.
class BodyEncoder {
 public:
  std::string encode(std::string_view piece);
  /// What ends the body: its last CRLF if it lacks one, and the final dot.
  std::string finish();

 private:
  bool at_line_start_ = true;
  bool carriage_ = false;  // a CR came last; its LF may be in the next piece
};

}  // namespace mxlab::smtp
