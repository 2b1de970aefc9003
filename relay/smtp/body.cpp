#include "relay/smtp/body.hpp"

#include <algorithm>

namespace mxlab::smtp {
namespace {

bool is_special(char c) { return c == '\r' || c == '\n' || c == '\0'; }

/// The length of the plain run at the start of the text.
std::size_t plain_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && !is_special(text[length])) ++length;
  return length;
}

}  // namespace

std::size_t BodyDecoder::decode(std::string_view wire, std::string& body) {
  std::size_t at = 0;
  while (at < wire.size() && !done()) {
    const std::size_t plain = state_ == State::kText ? plain_length(wire.substr(at)) : 0;
    body.append(wire, at, plain);
    count(plain);
    at += plain;
    if (at < wire.size()) step(wire[at++], body);
  }
  return at;
}

void BodyDecoder::step(char c, std::string& body) {
  switch (state_) {
    case State::kLineStart:
      if (c == '.')
        state_ = State::kDot;
      else
        text(c, body);
      break;
    case State::kDot:  // RFC 5321 4.5.2: a dot before anything else is dropped
      if (c == '\r')
        state_ = State::kDotCarriage;
      else
        text(c, body);
      break;
    case State::kDotCarriage:
      if (c == '\n')
        state_ = State::kDone;
      else
        after_carriage(c, body);
      break;
    case State::kText:
      text(c, body);
      break;
    case State::kCarriage:
      after_carriage(c, body);
      break;
    case State::kDone:
      break;
  }
}

void BodyDecoder::text(char c, std::string& body) {
  state_ = c == '\r' ? State::kCarriage : State::kText;
  if (c == '\r') return;
  if (c == '\n') spoil(BodyFlaw::kBareLineEnd);
  if (c == '\0') spoil(BodyFlaw::kNul);
  body += c;
  count(1);
}

void BodyDecoder::after_carriage(char c, std::string& body) {
  body += '\r';
  if (c != '\n') {
    spoil(BodyFlaw::kBareLineEnd);
    count(1);
    text(c, body);
    return;
  }
  body += '\n';
  line_length_ = 0;
  state_ = State::kLineStart;
}

void BodyDecoder::spoil(BodyFlaw flaw) {
  if (flaw_ == BodyFlaw::kNone) flaw_ = flaw;
}

void BodyDecoder::count(std::size_t bytes) {
  line_length_ += bytes;
  if (line_length_ > kMaxTextLine) spoil(BodyFlaw::kLineTooLong);
}

void TextChecker::feed(std::string_view text) {
  while (!text.empty()) {
    if (carriage_ && text.front() != '\n') spoil(BodyFlaw::kBareLineEnd);
    const std::size_t plain = plain_length(text);
    line_length_ += plain;
    if (line_length_ > kMaxTextLine) spoil(BodyFlaw::kLineTooLong);
    text.remove_prefix(plain);
    if (plain > 0) carriage_ = false;
    if (text.empty()) return;
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '\0') spoil(BodyFlaw::kNul);
    if (c == '\n' && !carriage_) spoil(BodyFlaw::kBareLineEnd);
    if (c == '\n') line_length_ = 0;
    carriage_ = c == '\r';
  }
}

void TextChecker::finish() {
  if (carriage_) spoil(BodyFlaw::kBareLineEnd);
}

void TextChecker::spoil(BodyFlaw flaw) {
  if (flaw_ == BodyFlaw::kNone) flaw_ = flaw;
}

void HeaderMeter::feed(std::string_view text) {
  while (!over_ && !text.empty()) {
    const std::size_t end = text.find('\n');
    const bool ended = end != text.npos;
    std::string_view line = text.substr(0, end);
    if (line_begin_.size() < 2) line_begin_ += line.substr(0, 2);
    over_ = ended && (line_begin_.empty() || line_begin_ == "\r");
    if (ended) line_begin_.clear();
    lines_ += ended ? 1 : 0;
    bytes_ += line.size() + (ended ? 1 : 0);
    text.remove_prefix(line.size() + (ended ? 1 : 0));
  }
}

std::string BodyEncoder::encode(std::string_view piece) {
  std::string wire;
  wire.reserve(piece.size() + piece.size() / 32 + 2);
  while (!piece.empty()) {
    const char c = piece.front();
    if (carriage_ || c == '\n') {
      wire += "\r\n";
      at_line_start_ = true;
    }
    const bool line_end = c == '\n';
    carriage_ = c == '\r';
    if (line_end || carriage_) {
      piece.remove_prefix(1);
      continue;
    }
    if (at_line_start_ && c == '.') wire += '.';
    const auto run = std::min(piece.find('\n'), piece.size());
    const auto text = piece.substr(0, std::min(piece.substr(0, run).find('\r'), run));
    wire += text;
    piece.remove_prefix(text.size());
    at_line_start_ = false;
  }
  return wire;
}

std::string BodyEncoder::finish() {
  const bool open_line = carriage_ || !at_line_start_;
  carriage_ = false;
  at_line_start_ = true;
  return open_line ? "\r\n.\r\n" : ".\r\n";
}

}  // namespace mxlab::smtp
