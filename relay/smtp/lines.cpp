#include "relay/smtp/lines.hpp"

#include <algorithm>

namespace mxlab::smtp {
namespace {

constexpr std::size_t kCompactAbove = 32 * 1024;

LineFlaw flaw_of(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return LineFlaw::kNul;
  if (text.find_first_of("\r\n") != std::string_view::npos) return LineFlaw::kBareLineEnd;
  return LineFlaw::kNone;
}

}  // namespace

std::optional<Line> LineBuffer::next() {
  const std::size_t end = bytes_.find("\r\n", std::max(begin_, scanned_));
  if (end == std::string::npos) {
    // The last byte may be the CR of a CRLF whose LF is still to come.
    const std::size_t waiting = bytes_.size() - begin_ - (bytes_.ends_with('\r') ? 1 : 0);
    if (waiting > 0 && (swallowed_ > 0 || waiting > longest_)) swallow(waiting);
    scanned_ = bytes_.size() - (bytes_.empty() ? 0 : 1);
    return {};
  }
  const std::size_t length = end - begin_;
  if (swallowed_ > 0 || length > longest_) {
    consume(length + 2);
    swallowed_ = 0;
    return Line{"", LineFlaw::kTooLong};
  }
  Line line{bytes_.substr(begin_, length), LineFlaw::kNone};
  line.flaw = flaw_of(line.text);
  consume(length + 2);
  return line;
}

void LineBuffer::swallow(std::size_t count) {
  swallowed_ += count;
  consume(count);
}

void LineBuffer::consume(std::size_t count) {
  begin_ += count;
  if (begin_ == bytes_.size() || begin_ > kCompactAbove) {
    bytes_.erase(0, begin_);
    begin_ = 0;
    scanned_ = 0;
  }
}

}  // namespace mxlab::smtp
