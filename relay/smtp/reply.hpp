// reply.hpp - SMTP replies: ours to write, the peer's to read (RFC 5321 4.2, RFC 2034, RFC 3463).
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace mxlab::smtp {

/// A reply of one or more lines. `enhanced` is empty where none is written (banner, EHLO, 354).
struct Reply {
  int code = 0;
  std::string enhanced;
  std::vector<std::string> lines;

  Reply() = default;
  Reply(int c, std::string e, std::string text)
      : code(c), enhanced(std::move(e)), lines{std::move(text)} {}

  bool positive() const { return code >= 200 && code < 300; }
  bool intermediate() const { return code >= 300 && code < 400; }
  bool transient() const { return code >= 400 && code < 500; }
  bool permanent() const { return code >= 500 && code < 600; }
  /// "250 2.1.5 Ok": one line for logs, rows and reports; further lines joined with a blank.
  std::string text() const;
  /// As it goes over the wire, each line with CRLF; nothing in it can break a line.
  std::string wire() const;
};

/// A reply from "550 5.1.1 No such user" as smtpd.conf and scenarios write it. An unusable text
/// becomes 421 Internal server error (smtpd.conf(5), filters).
Reply parse_reply_text(std::string_view text);

}  // namespace mxlab::smtp
