// local_text.hpp - a message as it stands in a file of this host: LF line ends, in an mbox quoted.
//
// Pure, and piece by piece: nobody holds a message as a whole.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "relay/world/time.hpp"

namespace mxlab::delivery {

/// What is written above a message that is delivered here.
struct LocalHead {
  std::string sender;     // empty: MAILER-DAEMON
  std::string recipient;  // for Delivered-To
  world::TimePoint at{};
};

/// "From bob@example.net Mon Nov  2 00:00:00 2026", with its line end.
std::string from_line(const LocalHead& head);
/// Return-Path (RFC 5321 4.4) and Delivered-To.
std::string delivery_headers(const LocalHead& head);

/// CRLF becomes LF; every other byte stays.
class LocalText {
 public:
  /// mboxrd: a line that begins with >*From and a blank gets one more ">", so that a reader can
  /// tell where messages begin, and undo it.
  explicit LocalText(bool quote_from_lines) : quote_(quote_from_lines) {}

  std::string feed(std::string_view piece);
  /// What was held back, and the last line's end when it has none.
  std::string finish();

 private:
  void put(char c, std::string& out);
  void put_held_word(std::string& out);

  bool quote_;
  bool carriage_ = false;    // a CR came last
  bool line_start_ = true;   // nothing but ">" in this line yet
  bool begun_ = false;       // something in this line
  std::size_t matched_ = 0;  // of "From ", held back
};

/// Looks into the header for what a filter has called spam: "X-Spam: yes", "X-Spam-Flag: yes".
class SpamMark {
 public:
  void feed(std::string_view piece);
  bool found() const { return found_; }

 private:
  std::string line_;
  bool in_header_ = true, found_ = false;
};

}  // namespace mxlab::delivery
