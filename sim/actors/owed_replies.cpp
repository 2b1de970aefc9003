#include "sim/actors/owed_replies.hpp"

#include <algorithm>
#include <charconv>

#include "relay/smtp/ascii.hpp"

namespace mxlab::sim {
namespace {

constexpr std::string_view kLineEnd = "\r\n", kChunk = "BDAT ";

/// "BDAT 19 LAST" announces 19.
std::size_t octets_behind(std::string_view line) {
  std::size_t octets = 0;
  std::from_chars(line.data() + kChunk.size(), line.data() + line.size(), octets);
  return octets;
}

bool ends_a_line(const std::string& text) {
  return !text.empty() && (text.back() == '\n' || text.back() == '\r');
}

}  // namespace

OwedReplies::Wire OwedReplies::take(std::string text) {
  Wire wire{std::move(text)};
  std::string& bytes = wire.bytes;
  std::size_t at = 0;
  do {
    if (chunk_ > 0) {
      const std::size_t octets = std::min(chunk_, bytes.size() - at);
      wire.replies += take_chunk(octets);
      at += octets;
      continue;
    }
    std::size_t end = bytes.find(kLineEnd, at);
    if (end == std::string::npos) {
      if (ends_a_line(bytes)) break;  // an end that is none in SMTP: nothing is owed to us
      end = bytes.size();
      bytes += kLineEnd;
    }
    wire.replies += take_line(std::string_view(bytes).substr(at, end - at));
    at = end + kLineEnd.size();
  } while (at < bytes.size());
  return wire;
}

std::size_t OwedReplies::take_line(std::string_view line) {
  if (in_body_ && line != ".") return 0;
  in_body_ = smtp::equals_ignoring_case(line, "DATA");  // until the reply says otherwise
  chunk_ = smtp::starts_ignoring_case(line, kChunk) ? octets_behind(line) : 0;
  return chunk_ > 0 ? 0 : 1;
}

std::size_t OwedReplies::take_chunk(std::size_t octets) {
  chunk_ -= octets;
  return octets > 0 && chunk_ == 0 ? 1 : 0;
}

}  // namespace mxlab::sim
