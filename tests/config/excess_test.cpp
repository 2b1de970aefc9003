// Too much, or said twice: what a configuration may not hold without a word about it.
#include "tests/config/files.hpp"

namespace mxlab::config {
namespace {

/// The first message of a configuration with these files beside it.
std::string first_word(const std::string& text, std::map<std::string, std::string> files) {
  const ParseResult result = parse_text(text, std::move(files));
  return result.diagnostics.empty() ? "" : result.diagnostics[0].message;
}

TEST(Excess, AFileThatIsTooLargeIsNotRead) {
  const std::string megabyte(1024 * 1024, '#');
  EXPECT_EQ(first_word("include \"/big\"\n" + kRule, {{"/big", megabyte}}), "");
  EXPECT_EQ(first_word("include \"/big\"\n" + kRule, {{"/big", megabyte + "#"}}),
            "configuration file /big is too large");
  EXPECT_EQ(first_word("table t file:/big\n" + kRule, {{"/big", std::string(17 << 20, '#')}}),
            "table file /big is too large");
}

TEST(Excess, MoreThan256FilesAreNotRead) {
  std::string text;
  for (int i = 0; i < 256; ++i) text += "table t" + std::to_string(i) + " file:/list\n";
  const ParseResult result = parse_text(text + kRule, {{"/list", "jane\n"}});
  ASSERT_FALSE(result.config.has_value());
  EXPECT_EQ(result.diagnostics[0].message, "this configuration has too many files");
  EXPECT_EQ(result.diagnostics[0].line, 256) << "smtpd.conf itself is the first of them";
}

TEST(Excess, OfTwoSettingsTheLaterCountsAndTheEarlierIsNamed) {
  const ParseResult result = parse_text("queue ttl 1d\nqueue ttl 2d\n" + kRule);
  ASSERT_TRUE(result.config.has_value()) << all_text(result.diagnostics);
  EXPECT_EQ(result.config->queue_ttl, std::chrono::hours(48));
  ASSERT_FALSE(result.diagnostics.empty());
  EXPECT_TRUE(result.diagnostics[0].warning);
  EXPECT_EQ(result.diagnostics[0].message, "queue ttl was set before");
  EXPECT_EQ(result.diagnostics[0].line, 2);
}

TEST(Excess, OfTwoEqualKeysOfAnAliasFileTheLaterCounts) {
  const ParseResult result = parse_text(
      "table a file:/aliases\naction l mbox alias <a>\nmatch from any for local action l\n",
      {{"/aliases", "root: jane\nROOT: joe\n"}});
  ASSERT_TRUE(result.config.has_value()) << all_text(result.diagnostics);
  ASSERT_FALSE(result.diagnostics.empty());
  EXPECT_EQ(format(result.diagnostics[0]).substr(0, 12), "/aliases:2:1");
  EXPECT_EQ(result.diagnostics[0].message, "key given twice: ROOT");
  const auto& aliases = result.config->actions.at("l").aliases;
  ASSERT_TRUE(aliases);
  EXPECT_EQ(aliases->lookup("root"), "joe");
}

}  // namespace
}  // namespace mxlab::config
