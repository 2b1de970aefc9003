// source.hpp - where a word of a configuration file stands, and the list of mistakes found there.
//
// Every token and every table value carries a Span, so that each mistake can be shown with its
// line and a caret, in whichever file it was made. A Source outlives all spans that point into it.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "relay/config/config.hpp"

namespace mxlab::config {

/// One file's text, cut into lines without their ends.
class Source {
 public:
  Source(std::string name, std::string text);

  const std::string& name() const { return name_; }
  const std::string& text() const { return text_; }
  /// The text of a line, counted from 1; empty beyond the end.
  std::string_view line(int number) const;
  int line_count() const { return static_cast<int>(starts_.size()); }

 private:
  std::string name_;
  std::string text_;
  std::vector<std::size_t> starts_;
};

/// A stretch of one line; line and column count from 1. Without a source: the command line.
struct Span {
  const Source* source = nullptr;
  int line = 0;
  int column = 0;
  int width = 1;
  bool secret = false;  // the line holds a password: it is not shown
};

/// "smtpd.conf:12".
std::string place(const Span& span);

/// Ends the reading of one line; caught where lines are read, never outside parse().
struct LineError {
  Span span;
  std::string message;
  std::string hint;
};

/// Collects mistakes, at most kMaxDiagnostics of them.
class Report {
 public:
  static constexpr std::size_t kMaxDiagnostics = 100;

  /// Returns the mistake's number, for amend().
  std::size_t error(const Span& span, std::string message, std::string hint = {});
  /// A mistake of the file as a whole.
  void error_in_file(const std::string& file, std::string message, std::string hint);
  void warning(const Span& span, std::string message, std::string hint = {});
  void amend(std::size_t number, std::string hint);

  bool full() const { return full_; }
  bool has_errors() const { return errors_ > 0; }
  std::vector<Diagnostic> take() { return std::move(diagnostics_); }

 private:
  std::size_t add(Diagnostic diagnostic);

  std::vector<Diagnostic> diagnostics_;
  std::size_t errors_ = 0;
  bool full_ = false;
};

}  // namespace mxlab::config
