// diagnostic.cpp - a mistake as a person reads it: place, message, line, caret, hint.
#include <algorithm>
#include <string>

#include "relay/config/config.hpp"

namespace mxlab::config {
namespace {

constexpr std::size_t kMaxShown = 200;  // of a source line; longer ones show where the mistake is

bool utf8_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Control characters would move the caret or the terminal; only the tab is kept.
std::string printable(std::string_view line) {
  std::string out;
  for (char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    out += (byte < 0x20 && c != '\t') || byte == 0x7f ? '?' : c;
  }
  return out;
}

// Tabs stay tabs, so that the caret stands under its word at any tab width.
std::string caret_line(std::string_view line, std::size_t from, std::size_t width) {
  std::string out;
  for (std::size_t i = 0; i < from; ++i) {
    if (i < line.size() && utf8_continuation(line[i])) continue;
    out += i < line.size() && line[i] == '\t' ? '\t' : ' ';
  }
  for (std::size_t i = from; i < from + width; ++i) {
    if (i < line.size() && utf8_continuation(line[i])) continue;
    out += '^';
  }
  return out;
}

}  // namespace

std::string format(const Diagnostic& d) {
  std::string out = d.file + ":";
  if (d.line > 0) out += std::to_string(d.line) + ":" + std::to_string(d.column) + ":";
  out += std::string(" ") + (d.warning ? "warning: " : "") + d.message + "\n";
  if (d.line > 0 && !d.source_line.empty()) {
    std::size_t at = static_cast<std::size_t>(std::max(d.column, 1)) - 1;
    std::size_t cut = 0;
    if (d.source_line.size() > kMaxShown && at > kMaxShown / 2) cut = at - kMaxShown / 2;
    const std::string shown = printable(
        std::string_view(d.source_line).substr(std::min(cut, d.source_line.size()), kMaxShown));
    at = std::min(at - cut, shown.size());
    const std::size_t width =
        std::clamp<std::size_t>(static_cast<std::size_t>(std::max(d.width, 1)), 1,
                                std::max<std::size_t>(shown.size() - at, 1));
    out += "  " + shown + "\n  " + caret_line(shown, at, width) + "\n";
  }
  if (!d.hint.empty()) out += "hint: " + d.hint + "\n";
  return out;
}

}  // namespace mxlab::config
