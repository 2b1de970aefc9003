// Whole files: those in golden/config/good parse, those in golden/config/broken are answered with
// exactly the text beside them. MXLAB_UPDATE_GOLDEN=1 writes that text anew; read it before
// committing it.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

#include "tests/config/files.hpp"

namespace mxlab::config {
namespace {

const std::filesystem::path kGolden =
    std::filesystem::path(MXLAB_SOURCE_DIR) / "tests/golden/config";

std::string read_all(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::system_error(std::make_error_code(std::errc::no_such_file_or_directory));
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// Files that configurations name live in golden/config/files: /etc/mail/aliases is
// etc/mail/aliases.
class GoldenFiles : public FileReader {
 public:
  explicit GoldenFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::string read(const std::string& path) const override {
    return read_all(path.starts_with('/') ? kGolden / "files" / path.substr(1) : folder_ / path);
  }

 private:
  std::filesystem::path folder_;
};

std::vector<std::filesystem::path> files_in(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(kGolden / folder))
    if (entry.path().extension() == ".conf") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

ParseResult parse_golden(const std::filesystem::path& path) {
  return parse(path.filename().string(), GoldenFiles(path.parent_path()));
}

TEST(Golden, GoodFilesParse) {
  const auto files = files_in("good");
  EXPECT_GE(files.size(), 40u);
  for (const auto& path : files) {
    const ParseResult result = parse_golden(path);
    EXPECT_TRUE(result.config.has_value()) << all_text(result.diagnostics);
    for (const Diagnostic& d : result.diagnostics) EXPECT_TRUE(d.warning) << format(d);
  }
}

TEST(Golden, BrokenFilesAreAnsweredWithTheTextBesideThem) {
  const auto files = files_in("broken");
  EXPECT_GE(files.size(), 110u);
  for (const auto& path : files) {
    const ParseResult result = parse_golden(path);
    EXPECT_FALSE(result.config.has_value()) << path << " must not parse";
    const std::string text = all_text(result.diagnostics);
    const auto expected = std::filesystem::path(path).replace_extension(".expected");
    if (std::getenv("MXLAB_UPDATE_GOLDEN")) std::ofstream(expected, std::ios::binary) << text;
    ASSERT_TRUE(std::filesystem::exists(expected)) << expected << " is missing";
    EXPECT_EQ(text, read_all(expected)) << "for " << path;
  }
}

TEST(Golden, TheTutorialsFileHasOneWarning) {
  const ParseResult result = parse_golden(kGolden / "good" / "tutorial.conf");
  ASSERT_TRUE(result.config) << all_text(result.diagnostics);
  ASSERT_EQ(result.diagnostics.size(), 1u);
  EXPECT_EQ(result.diagnostics[0].message, "nobody can log in: no table holds the passwords");
}

}  // namespace
}  // namespace mxlab::config
