// owed_replies.hpp - what of a scripted text goes on the wire, and how many replies it calls for.
//
// Lines that are commands get one each. A body gets one for its final dot (RFC 5321 4.1.1.4), a
// chunk one for its last octet, and no line in it is a command (RFC 3030 2). Both may begin in one
// text and end in a later one. Pure.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace mxlab::sim {

class OwedReplies {
 public:
  struct Wire {
    std::string bytes;
    std::size_t replies = 0;
  };
  /// CRLF is added, unless the text ends a line itself or ends within a chunk.
  Wire take(std::string text);
  /// The last of these replies: only 354 lets a body begin.
  void heard(std::string_view reply) { in_body_ = in_body_ && reply.starts_with("354"); }

 private:
  std::size_t take_line(std::string_view line);
  std::size_t take_chunk(std::size_t octets);

  bool in_body_ = false;
  std::size_t chunk_ = 0;  // octets of it that are still to be said
};

}  // namespace mxlab::sim
