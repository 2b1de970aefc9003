#include "relay/sendmail/letter.hpp"

#include <algorithm>

#include "relay/smtp/ascii.hpp"

namespace mxlab::sendmail {
namespace {

/// "Subject:" of "Subject: x"; empty when the line is no field (RFC 5322 2.2).
std::string_view field_name(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return {};
  std::string_view name = line.substr(0, colon);
  while (name.ends_with(' ') || name.ends_with('\t')) name.remove_suffix(1);
  return std::all_of(name.begin(), name.end(), smtp::is_graphic) ? line.substr(0, colon)
                                                                 : std::string_view();
}

bool is_folded(std::string_view line) { return line.starts_with(' ') || line.starts_with('\t'); }

}  // namespace

bool Field::is(std::string_view other) const {
  std::string_view bare = name;
  while (bare.ends_with(' ') || bare.ends_with('\t')) bare.remove_suffix(1);
  return smtp::equals_ignoring_case(bare, other);
}

Letter::Letter(Source source, bool dot_ends) : source_(std::move(source)), dot_ends_(dot_ends) {}

bool Letter::fill() {
  if (ended_) return false;
  std::string more = source_(kPiece);
  ended_ = more.empty();
  input_.erase(0, at_);
  at_ = 0;
  input_ += more;
  return !ended_;
}

/// The next line without its end; nothing at the end of the input, or when it is too long for a
/// header.
std::optional<std::string> Letter::peek_line() {
  std::size_t end = input_.find('\n', at_);
  while (end == std::string::npos) {
    if (input_.size() - at_ > kMaxHeader) return std::nullopt;
    if (!fill()) break;
    end = input_.find('\n', at_);
  }
  if (at_ == input_.size()) return std::nullopt;
  std::string line = input_.substr(at_, std::min(end, input_.size()) - at_);
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

std::optional<std::string> Letter::take_line() {
  auto line = peek_line();
  if (line) at_ = std::min(input_.find('\n', at_), input_.size() - 1) + 1;
  return line;
}

bool Letter::ends_here(const std::string& line) {
  if (!dot_ends_ || line != ".") return false;
  ended_ = true;
  input_.clear();
  at_ = 0;
  return true;
}

std::optional<std::vector<Field>> Letter::read_header() {
  std::vector<Field> fields;
  std::size_t size = 0;
  if (auto first = peek_line(); first && first->starts_with("From ")) take_line();
  while (auto line = peek_line()) {
    if (ends_here(*line)) return fields;
    const bool folded = is_folded(*line) && !fields.empty();
    const std::string_view name = folded ? std::string_view() : field_name(*line);
    if (!folded && name.empty()) {
      if (line->empty()) take_line();
      return fields;
    }
    size += line->size() + 1;
    if (size > kMaxHeader) return std::nullopt;
    if (folded)
      fields.back().text += *line + "\n";
    else
      fields.push_back({std::string(name), *line + "\n"});
    take_line();
  }
  if (!ended_) return std::nullopt;
  return fields;
}

std::optional<std::string> Letter::read_body() {
  if (at_ == input_.size() && !fill()) return std::nullopt;
  if (!dot_ends_) {
    std::string piece = input_.substr(at_);
    at_ = input_.size();
    return piece;
  }
  // Whole lines, so that a dot alone is seen; a line without end in sight passes in parts.
  std::string piece;
  while (at_ < input_.size() && piece.size() < kPiece) {
    const std::size_t end = input_.find('\n', at_);
    if (end == std::string::npos && input_.size() - at_ <= 2 && fill()) continue;
    const std::size_t stop = end == std::string::npos ? input_.size() : end + 1;
    std::string line = input_.substr(at_, stop - at_);
    if (line_start_ && (line == ".\n" || line == ".\r\n" || line == ".")) {
      ends_here(".");
      break;
    }
    piece += line;
    line_start_ = end != std::string::npos;
    at_ = stop;
  }
  if (piece.empty()) return std::nullopt;
  return piece;
}

}  // namespace mxlab::sendmail
