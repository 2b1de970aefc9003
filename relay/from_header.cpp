#include "relay/from_header.hpp"

#include <algorithm>

#include "relay/smtp/ascii.hpp"

namespace mxlab::relay {
namespace {

constexpr std::string_view kFrom = "From";
/// A longer line or field is no From header that anybody wrote; it passes as it is, or is cut.
constexpr std::size_t kMaxHeld = 16 * 1024;

bool is_from(std::string_view line) {
  if (!smtp::starts_ignoring_case(line, kFrom)) return false;
  line.remove_prefix(kFrom.size());
  while (line.starts_with(' ') || line.starts_with('\t')) line.remove_prefix(1);  // RFC 5322 4.5
  return line.starts_with(':');
}

/// The name in front of the only mailbox; empty when there is no such thing.
std::string name_of(std::string_view field) {
  std::string value(field.substr(field.find(':') + 1));
  std::erase_if(value, [](char c) { return c == '\r' || c == '\n'; });
  const std::size_t angle = value.rfind('<');
  if (angle == value.npos) return {};
  bool quoted = false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\\')
      ++i;
    else if (value[i] == '"')
      quoted = !quoted;
    else if (!quoted && (value[i] == ',' || (value[i] == '<' && i != angle)))
      return {};
  }
  const std::size_t begin = value.find_first_not_of(" \t");
  return begin >= angle ? std::string() : value.substr(begin, angle - begin);
}

}  // namespace

std::string FromEditor::feed(std::string bytes) {
  if (address_.empty() || !in_header_) return bytes;
  std::string out;
  std::size_t at = 0;
  while (in_header_ && at < bytes.size()) {
    const std::size_t end = std::min(bytes.find('\n', at), bytes.size() - 1) + 1;
    line_.append(bytes, at, end - at);
    at = end;
    if (line_.ends_with('\n') || line_.size() > kMaxHeld) take_line(std::exchange(line_, {}), out);
  }
  return out + bytes.substr(at);
}

void FromEditor::take_line(std::string line, std::string& out) {
  const bool continues = line.starts_with(' ') || line.starts_with('\t');
  if (continues && !field_.empty()) {
    if (field_.size() + line.size() <= kMaxHeld) field_ += line;
    return;
  }
  end_field(out);
  if (line == "\r\n" || line == "\n") in_header_ = false;
  if (in_header_ && is_from(line))
    field_ = std::move(line);
  else
    out += line;
}

void FromEditor::end_field(std::string& out) {
  if (field_.empty()) return;
  const std::string name = name_of(field_);
  field_.clear();
  out += "From: " + name + (name.empty() || name.ends_with(' ') ? "<" : " <") + address_ + ">\r\n";
}

std::string FromEditor::finish() {
  std::string out;
  if (!line_.empty()) take_line(std::exchange(line_, {}), out);
  end_field(out);
  return out;
}

}  // namespace mxlab::relay
