// golden_test.cpp - what people read when a scenario is wrong, to the letter.
//
// Every NNN-name.yaml in tests/golden/scenario/broken has its NNN-name.expected;
// MXLAB_UPDATE_GOLDEN=1 writes them anew, to be read before they are committed.
#include <cstdlib>
#include <gtest/gtest.h>

#include "sim/scenario/diagnostics.hpp"
#include "sim/scenario/scenario.hpp"
#include "tests/scenario/files.hpp"

namespace mxlab::scenario {
namespace {

std::string messages_for(const std::filesystem::path& path) {
  const auto result = parse(path.filename().string(), testing::read_file(path));
  std::string out;
  for (const auto& diagnostic : result.diagnostics) out += format(diagnostic);
  EXPECT_EQ(result.scenario.has_value(), result.diagnostics.empty())
      << path << ": a scenario is given exactly when nothing is wrong with it";
  return out;
}

TEST(BrokenScenarios, AreExplainedToTheLetter) {
  const bool update = std::getenv("MXLAB_UPDATE_GOLDEN") != nullptr;
  const auto files = testing::files_below(testing::golden_dir() / "broken", ".yaml");
  ASSERT_GE(files.size(), 50U);
  for (const auto& path : files) {
    const std::string actual = messages_for(path);
    EXPECT_FALSE(actual.empty()) << path << " was taken for a good scenario";
    auto expected = path;
    expected.replace_extension(".expected");
    if (update) std::ofstream(expected, std::ios::binary) << actual;
    EXPECT_EQ(actual, testing::read_file(expected)) << "in " << path;
  }
}

TEST(BrokenScenarios, SayNoMoreThanAPersonCanRead) {
  for (const auto& path : testing::files_below(testing::golden_dir() / "broken", ".yaml")) {
    const auto result = parse(path.filename().string(), testing::read_file(path));
    EXPECT_LE(result.diagnostics.size(), kMaxDiagnostics) << path;
  }
}

TEST(GoodScenarios, AreAccepted) {
  const auto files = testing::files_below(testing::golden_dir() / "good", ".yaml");
  ASSERT_GE(files.size(), 15U);
  for (const auto& path : files) EXPECT_EQ(messages_for(path), "") << path;
}

TEST(OurScenarios, AreAccepted) {
  const auto files = testing::files_below(testing::source_dir() / "scenarios", ".yaml");
  ASSERT_GE(files.size(), 10U);
  for (const auto& path : files) EXPECT_EQ(messages_for(path), "") << path;
}

TEST(OurScenarios, GiveTheirReasonAndTheirSchema) {
  for (const auto& path : testing::files_below(testing::source_dir() / "scenarios", ".yaml")) {
    const std::string text = testing::read_file(path);
    const auto result = parse(path.string(), text);
    if (!result.scenario) continue;
    EXPECT_GE(result.scenario->explain.size(), 80U) << path << " does not say why it is there";
    EXPECT_FALSE(result.scenario->group.empty()) << path;
    const std::string mark = "# yaml-language-server: $schema=";
    ASSERT_TRUE(text.starts_with(mark)) << path;
    const auto schema = text.substr(mark.size(), text.find('\n') - mark.size());
    EXPECT_TRUE(std::filesystem::exists(path.parent_path() / schema)) << path << ": " << schema;
  }
}

TEST(OurScenarios, NameConfigurationFilesThatExist) {
  for (const auto& path : testing::files_below(testing::source_dir() / "scenarios", ".yaml")) {
    const auto result = parse(path.string(), testing::read_file(path));
    if (!result.scenario) continue;
    for (const HostSpec& host : result.scenario->hosts) {
      if (host.role != Role::kRelay || !host.config_text.empty()) continue;
      EXPECT_TRUE(std::filesystem::exists(path.parent_path() / host.config_file))
          << path << ": " << host.config_file;
    }
  }
}

}  // namespace
}  // namespace mxlab::scenario
