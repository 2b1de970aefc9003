// files.hpp - configuration files in memory, and shorthands to parse them.
#pragma once
#include <gtest/gtest.h>
#include <map>
#include <string>
#include <system_error>
#include <utility>

#include "relay/config/config.hpp"
#include "relay/config/table.hpp"

namespace mxlab::config {

class MemoryFiles : public FileReader {
 public:
  explicit MemoryFiles(std::map<std::string, std::string> files) : files_(std::move(files)) {}
  std::string read(const std::string& path) const override {
    const auto found = files_.find(path);
    if (found == files_.end())
      throw std::system_error(std::make_error_code(std::errc::no_such_file_or_directory));
    return found->second;
  }

 private:
  std::map<std::string, std::string> files_;
};

inline std::string all_text(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const Diagnostic& d : diagnostics) text += format(d);
  return text;
}

inline ParseResult parse_text(const std::string& text,
                              std::map<std::string, std::string> other_files = {},
                              const ParseOptions& options = {}) {
  other_files["smtpd.conf"] = text;
  return parse("smtpd.conf", MemoryFiles(std::move(other_files)), options);
}

/// The configuration of a text that must be right.
inline Config good(const std::string& text, std::map<std::string, std::string> other_files = {}) {
  ParseResult result = parse_text(text, std::move(other_files));
  EXPECT_TRUE(result.config.has_value()) << all_text(result.diagnostics);
  return result.config.value_or(Config{});
}

/// The messages alone, one a line, of a text that must be wrong.
inline std::string messages(const std::string& text) {
  const ParseResult result = parse_text(text);
  EXPECT_FALSE(result.config.has_value()) << "this must not parse:\n" << text;
  std::string out;
  for (const Diagnostic& d : result.diagnostics)
    out += std::to_string(d.line) + ":" + std::to_string(d.column) + " " + d.message + "\n";
  return out;
}

/// Two lines that make any text a whole configuration.
inline const std::string kRule =
    "action \"r\" relay backup\nmatch from any for domain example.org action \"r\"\n";

}  // namespace mxlab::config
