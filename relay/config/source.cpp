// source.cpp - lines of a file, and the list of mistakes.
#include "relay/config/source.hpp"

#include <utility>

namespace mxlab::config {

Source::Source(std::string name, std::string text)
    : name_(std::move(name)), text_(std::move(text)) {
  starts_.push_back(0);
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n' && i + 1 < text_.size()) starts_.push_back(i + 1);
  }
}

std::string_view Source::line(int number) const {
  if (number < 1 || number > line_count()) return {};
  std::string_view rest =
      std::string_view(text_).substr(starts_[static_cast<std::size_t>(number - 1)]);
  rest = rest.substr(0, rest.find('\n'));
  if (rest.ends_with('\r')) rest.remove_suffix(1);
  return rest;
}

std::string place(const Span& span) {
  if (!span.source) return "the command line";
  return span.source->name() + ":" + std::to_string(span.line);
}

namespace {

Diagnostic diagnostic_at(const Span& span, std::string message, std::string hint) {
  Diagnostic d;
  d.file = span.source ? span.source->name() : "command line";
  d.line = span.line;
  d.column = span.column;
  d.width = span.width;
  d.message = std::move(message);
  d.hint = std::move(hint);
  if (span.source && !span.secret) d.source_line = span.source->line(span.line);
  return d;
}

}  // namespace

std::size_t Report::error(const Span& span, std::string message, std::string hint) {
  ++errors_;
  return add(diagnostic_at(span, std::move(message), std::move(hint)));
}

void Report::error_in_file(const std::string& file, std::string message, std::string hint) {
  ++errors_;
  Diagnostic d = diagnostic_at({}, std::move(message), std::move(hint));
  d.file = file;
  add(std::move(d));
}

void Report::warning(const Span& span, std::string message, std::string hint) {
  Diagnostic d = diagnostic_at(span, std::move(message), std::move(hint));
  d.warning = true;
  add(std::move(d));
}

void Report::amend(std::size_t number, std::string hint) {
  if (number < diagnostics_.size()) diagnostics_[number].hint = std::move(hint);
}

std::size_t Report::add(Diagnostic diagnostic) {
  if (full_) return diagnostics_.size();
  if (diagnostics_.size() + 1 == kMaxDiagnostics) {
    full_ = true;
    ++errors_;
    diagnostic.message = "too many mistakes, stopped reading here";
    diagnostic.hint = "mend those above first";
    diagnostic.warning = false;
  }
  diagnostics_.push_back(std::move(diagnostic));
  return diagnostics_.size() - 1;
}

}  // namespace mxlab::config
