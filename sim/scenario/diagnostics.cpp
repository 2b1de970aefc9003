#include "sim/scenario/diagnostics.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <tuple>

namespace mxlab::scenario {

namespace {

constexpr std::size_t kMaxShown = 160;  // bytes of a source line that a message repeats

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// Terminals must not obey what a scenario file contains.
std::string printable(std::string_view line) {
  std::string out(line);
  for (char& c : out) {
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F) c = '?';
  }
  return out;
}

/// As wide as the text on a terminal: tabs stay, characters of several bytes count once.
std::string blanks_for(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (!continues_character(c)) out += c == '\t' ? '\t' : ' ';
  }
  return out;
}

struct Window {
  std::string_view line;
  std::size_t column, width;  // in bytes, column from 0
  bool cut_before = false, cut_behind = false;
};

/// The place itself, or up to three bytes before it, where a character begins.
std::size_t whole_character(std::string_view line, std::size_t at) {
  for (int back = 0; back < 3 && at > 0 && at < line.size(); ++back) {
    if (!continues_character(line[at])) break;
    --at;
  }
  return at;
}

/// The part of a long line around the mark.
Window window_of(const Diagnostic& diagnostic) {
  const std::string_view line = diagnostic.source_line;
  const auto from_zero = [](int n) { return n > 0 ? static_cast<std::size_t>(n) : 0; };
  const std::size_t column = std::min(from_zero(diagnostic.place.column - 1), line.size());
  Window out{line, column, from_zero(diagnostic.place.width)};
  if (line.size() > kMaxShown) {
    std::size_t begin = column > kMaxShown / 2 ? column - kMaxShown / 2 : 0;
    begin = whole_character(line, begin);
    const std::size_t end = whole_character(line, std::min(line.size(), begin + kMaxShown));
    out.line = line.substr(begin, end - begin);
    out.column = column - begin;
    out.cut_before = begin > 0;
    out.cut_behind = end < line.size();
  }
  out.width = std::min(out.width, out.line.size() - out.column);
  return out;
}

}  // namespace

Diagnostics::Diagnostics(std::string file, std::string_view text) : file_(std::move(file)) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines_.push_back(line);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
}

void Diagnostics::add(Place place, std::string message, std::string hint) {
  if (found_.size() >= kMaxDiagnostics) {
    ++left_out_;
    return;
  }
  found_.push_back(
      {file_, place, std::move(message), std::string(line(place.line)), std::move(hint)});
}

std::string_view Diagnostics::line(int number) const {
  const bool exists = number >= 1 && static_cast<std::size_t>(number) <= lines_.size();
  return exists ? lines_[static_cast<std::size_t>(number) - 1] : std::string_view();
}

std::vector<Diagnostic> Diagnostics::take() {
  std::stable_sort(found_.begin(), found_.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.place.line, a.place.column) < std::tie(b.place.line, b.place.column);
  });
  if (left_out_ > 0 && !found_.empty()) {
    found_.back().hint += fmt::format("{}({} more mistakes are not shown)",
                                      found_.back().hint.empty() ? "" : " ", left_out_);
  }
  left_out_ = 0;
  return std::exchange(found_, {});
}

std::string format(const Diagnostic& diagnostic) {
  const Place& place = diagnostic.place;
  std::string out =
      fmt::format("{}:{}:{}: {}\n", diagnostic.file, place.line, place.column, diagnostic.message);
  if (!diagnostic.source_line.empty()) {
    const Window window = window_of(diagnostic);
    const std::string_view before = window.line.substr(0, window.column);
    const std::string_view marked = window.line.substr(window.column, window.width);
    const std::size_t carets = std::max<std::size_t>(1, blanks_for(marked).size());
    out += fmt::format(" {:4} | {}{}{}\n", place.line, window.cut_before ? "…" : "",
                       printable(window.line), window.cut_behind ? "…" : "");
    out += fmt::format("      | {}{}{}\n", window.cut_before ? " " : "", blanks_for(before),
                       std::string(carets, '^'));
  }
  if (!diagnostic.hint.empty()) out += fmt::format("      = {}\n", diagnostic.hint);
  return out;
}

}  // namespace mxlab::scenario
