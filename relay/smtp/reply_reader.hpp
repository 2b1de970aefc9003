// reply_reader.hpp - the peer's reply lines become one Reply (RFC 5321 4.2.1).
//
// The peer is not trusted: lines and their number are limited, all codes of one reply must agree,
// and nothing but printable ASCII comes through. No I/O here.
#pragma once
#include <cstddef>

#include "relay/smtp/lines.hpp"
#include "relay/smtp/reply.hpp"

namespace mxlab::smtp {

/// RFC 5321 4.5.3.1.5 says 512; a little more is tolerated.
inline constexpr std::size_t kMaxReplyLine = 2048;
inline constexpr std::size_t kMaxReplyLines = 100;

class ReplyReader {
 public:
  enum class Status { kMore, kComplete, kMalformed };
  /// After kComplete or kMalformed the reader is used up.
  Status add(const Line& line);
  Reply take() { return std::move(reply_); }

 private:
  Reply reply_;
};

/// Moves a leading "2.1.5 " from the text into `enhanced`, if its class is that of the code
/// (RFC 2034 4).
void split_enhanced(Reply& reply);

}  // namespace mxlab::smtp
