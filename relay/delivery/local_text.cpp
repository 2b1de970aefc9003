#include "relay/delivery/local_text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "relay/smtp/ascii.hpp"

namespace mxlab::delivery {
namespace {

constexpr std::string_view kFrom = "From ";
constexpr std::size_t kLongestMark = 64;

}  // namespace

std::string from_line(const LocalHead& head) {
  return fmt::format("From {} {:%a %b %e %H:%M:%S %Y}\n",
                     head.sender.empty() ? "MAILER-DAEMON" : head.sender,
                     fmt::gmtime(static_cast<std::time_t>(world::epoch_seconds(head.at))));
}

std::string delivery_headers(const LocalHead& head) {
  return fmt::format("Return-Path: <{}>\nDelivered-To: {}\n", head.sender, head.recipient);
}

void LocalText::put_held_word(std::string& out) {
  out.append(kFrom.substr(0, matched_));
  matched_ = 0;
}

void LocalText::put(char c, std::string& out) {
  if (quote_ && line_start_ && c == kFrom[matched_]) {
    begun_ = true;
    if (++matched_ < kFrom.size()) return;
    // Which of the ">" is the new one, nobody can tell.
    out += '>';
    line_start_ = false;
    return put_held_word(out);
  }
  if (line_start_) {
    const bool may_go_on = c == '>' && matched_ == 0;
    put_held_word(out);
    line_start_ = may_go_on;
  }
  out += c;
  if (c == '\n') line_start_ = true;
  begun_ = c != '\n';
}

std::string LocalText::feed(std::string_view piece) {
  std::string out;
  out.reserve(piece.size() + 16);
  for (char c : piece) {
    if (carriage_ && c != '\n') put('\r', out);
    carriage_ = c == '\r';
    if (!carriage_) put(c, out);
  }
  return out;
}

std::string LocalText::finish() {
  std::string out;
  if (carriage_) put('\r', out);
  carriage_ = false;
  put_held_word(out);
  if (begun_) out += '\n';
  begun_ = false;
  return out;
}

void SpamMark::feed(std::string_view piece) {
  for (char c : piece) {
    if (!in_header_ || found_) return;
    if (c != '\n') {
      if (c != '\r' && line_.size() <= kLongestMark) line_ += c;
      continue;
    }
    in_header_ = !line_.empty();
    found_ = smtp::equals_ignoring_case(line_, "X-Spam: yes") ||
             smtp::equals_ignoring_case(line_, "X-Spam-Flag: yes");
    line_.clear();
  }
}

}  // namespace mxlab::delivery
