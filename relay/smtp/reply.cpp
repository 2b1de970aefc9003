#include "relay/smtp/reply.hpp"

#include <charconv>

#include "relay/smtp/ascii.hpp"
#include "relay/smtp/reply_reader.hpp"

namespace mxlab::smtp {
namespace {

constexpr std::size_t kMaxWireText = 480;  // with code, enhanced code and CRLF below 512

/// "250" at the start of the text; 0 when there is none.
int code_of(std::string_view text) {
  int code = 0;
  auto [end, error] =
      std::from_chars(text.data(), text.data() + std::min<std::size_t>(3, text.size()), code);
  const bool whole = error == std::errc() && end == text.data() + 3;
  return whole && code >= 200 && code <= 599 ? code : 0;
}

/// The length of "2.1.5" at the start of the text, 0 when it is not there.
std::size_t enhanced_length(std::string_view text, int code) {
  if (text.size() < 5 || text[0] != static_cast<char>('0' + code / 100) || text[1] != '.') return 0;
  std::size_t at = 2;
  for (int part = 0; part < 2; ++part) {
    const std::size_t start = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    if (at == start || at - start > 3) return 0;
    if (part == 0 && (at >= text.size() || text[at++] != '.')) return 0;
  }
  return at == text.size() || text[at] == ' ' ? at : 0;
}

}  // namespace

std::string Reply::text() const {
  std::string text = std::to_string(code);
  if (!enhanced.empty()) text += " " + enhanced;
  for (const std::string& line : lines)
    if (!line.empty()) text += " " + printable(line);
  return text;
}

std::string Reply::wire() const {
  std::string wire;
  const std::size_t count = std::max<std::size_t>(1, lines.size());
  for (std::size_t i = 0; i < count; ++i) {
    wire += std::to_string(code) + (i + 1 < count ? "-" : " ");
    if (!enhanced.empty()) wire += enhanced + " ";
    if (i < lines.size()) wire += printable(lines[i], kMaxWireText);
    wire += "\r\n";
  }
  return wire;
}

void split_enhanced(Reply& reply) {
  if (reply.lines.empty()) return;
  const std::size_t length = enhanced_length(reply.lines.front(), reply.code);
  if (length == 0) return;
  reply.enhanced = reply.lines.front().substr(0, length);
  for (std::string& line : reply.lines)
    if (line == reply.enhanced || line.starts_with(reply.enhanced + " "))
      line.erase(0, std::min(line.size(), length + 1));
}

Reply parse_reply_text(std::string_view text) {
  const bool spaced = text.size() > 4 && text[3] == ' ';
  if (code_of(text) == 0 || !spaced || printable(text) != text)
    return Reply(421, "", "Internal server error");
  Reply reply(code_of(text), "", std::string(text.substr(4)));
  split_enhanced(reply);
  return reply;
}

ReplyReader::Status ReplyReader::add(const Line& line) {
  const std::string& text = line.text;
  const int code = code_of(text);
  const bool first = reply_.lines.empty();
  if (line.flaw != LineFlaw::kNone || code == 0 || (!first && code != reply_.code) ||
      reply_.lines.size() == kMaxReplyLines)
    return Status::kMalformed;
  if (text.size() > 3 && text[3] != ' ' && text[3] != '-') return Status::kMalformed;
  reply_.code = code;
  reply_.lines.push_back(text.size() > 4 ? printable(text.substr(4)) : std::string());
  if (text.size() > 3 && text[3] == '-') return Status::kMore;
  split_enhanced(reply_);
  return Status::kComplete;
}

}  // namespace mxlab::smtp
