#include "sim/sweep/campaign.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/sweep/merge.hpp"
#include "sim/sweep/summary.hpp"
#include "tests/sweep/files.hpp"

namespace mxlab::sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing_files::Folder;

std::vector<std::string> lines_of(const Source& source, const CampaignOptions& options) {
  std::vector<std::string> lines;
  run_campaign(source, options,
               [&](const WorldReport& report) { lines.push_back(to_line(report)); });
  return lines;
}

TEST(Campaign, ReportsInTheOrderOfTheSeedsHoweverManyWorkOnIt) {
  const Source source(testing_files::sweeps("backup.yaml"));
  const auto alone = lines_of(source, {.seeds = {1, 120}, .jobs = 1});
  ASSERT_EQ(alone.size(), 120u);
  for (std::size_t i = 0; i < alone.size(); ++i) EXPECT_EQ(report_of(alone[i])->seed, i + 1);
  EXPECT_EQ(alone, lines_of(source, {.seeds = {1, 120}, .jobs = 3}));
}

TEST(Campaign, InPartsItIsTheSameWorldForWorld) {
  const Folder folder;
  const Source source(testing_files::sweeps("backup.yaml"));
  const Head head{source.file(), source.name(), source.sometimes()};
  std::string whole = to_line(head) + "\n";
  for (const auto& line : lines_of(source, {.seeds = {1, 60}, .jobs = 2})) whole += line + "\n";
  std::vector<std::string> parts;
  for (std::uint64_t i = 1; i <= 3; ++i) {
    std::string text = to_line(head) + "\n";
    for (const auto& line : lines_of(source, {.seeds = {1, 60}, .shard = {i, 3}, .jobs = 1}))
      text += line + "\n";
    parts.push_back(folder.write(std::to_string(i), text));
  }
  const Merged merged = merge_results(parts);
  EXPECT_TRUE(merged.gaps.empty());
  write_results(merged, folder.path("merged"));
  EXPECT_EQ(folder.read("merged"), whole);
}

TEST(Campaign, AWorldThatFailsIsToldAndTheOthersArePlayed) {
  const Folder folder;
  const Source source(folder.write("s.yaml", R"(name: The primary refuses in some worlds
dns: {example.org: MX 10 mail.example.org, home.example: MX 10 mail.home.example}
hosts: {mail.home.example: {is: sender}, mail.example.org: {is: primary}}
network: {lose connections: 8%}
steps:
  - at: 1s
    send: {from: a@home.example, to: b@example.org}
  - at: 10s
    expect: {mail.example.org: {mailbox: {b@example.org: 1}}}
)"));
  std::uint64_t failed = 0, played = 0;
  run_campaign(source, {.seeds = {1, 60}, .jobs = 2}, [&](const WorldReport& report) {
    ++played;
    failed += report.passed() ? 0 : 1;
    if (!report.passed()) {
      EXPECT_THAT(report.broken.front(), HasSubstr("line 9: mail.example.org"));
    }
  });
  EXPECT_EQ(played, 60u);
  EXPECT_GT(failed, 0u);
  EXPECT_LT(failed, 60u);
}

WorldReport report(std::uint64_t seed, std::uint64_t seen, std::vector<std::string> broken = {}) {
  WorldReport report;
  report.seed = seed;
  report.seen = seen;
  report.broken = std::move(broken);
  return report;
}

TEST(Tally, FailuresOfOneKindAreOneCluster) {
  Tally tally;
  tally.add(report(4, 0, {"<letter-2@mail.home1.example> to <a@shop1.example> is lost"}));
  tally.add(report(9, 0, {"<letter-7@mail.home2.example> to <b@shop2.example> is lost"}));
  tally.add(report(11, 0, {"backup1.example connected to itself"}));
  ASSERT_EQ(tally.clusters().size(), 2u);
  EXPECT_EQ(tally.clusters()[0].worlds, 2u);
  EXPECT_EQ(tally.clusters()[0].first_seed, 4u);
  EXPECT_EQ(tally.clusters()[1].first_seed, 11u);
}

TEST(Summary, WhatNeverHappenedFailsAWholeCampaignOnly) {
  Tally tally;
  for (std::uint64_t seed = 1; seed <= kEnoughWorlds; ++seed) tally.add(report(seed, 1));
  Campaigned campaign{"s.yaml", "S", {"a backup holds mail", "a message is copied"}, true, 1, {}};
  EXPECT_THAT(missing(campaign, tally), ElementsAre("a message is copied"));
  EXPECT_THAT(summary_text(campaign, tally, {}),
              HasSubstr("never happened: that a message is copied"));
  campaign.whole = false;
  EXPECT_TRUE(missing(campaign, tally).empty());
}

TEST(Summary, SaysHowToRepeatAFailure) {
  Tally tally;
  tally.add(report(1734, 0, {"backup1.example connected to itself"}));
  const std::string text = summary_text({"sweeps/backup.yaml", "S", {}, true, 1, {}}, tally, {});
  EXPECT_THAT(text, HasSubstr("mxlab sweep sweeps/backup.yaml --seeds 1734\n"));
  EXPECT_THAT(text, HasSubstr("--show 1734 > world-1734.yaml && mxlab run -v world-1734.yaml"));
}

TEST(Merge, NamesWhatIsMissingAndWhatContradicts) {
  const Folder folder;
  const std::string head = to_line(Head{"s.yaml", "S", {}}) + "\n";
  const auto line = [](std::uint64_t seed, std::uint64_t seen) {
    return to_line(report(seed, seen)) + "\n";
  };
  const std::string one = folder.write("one", head + line(1, 0) + line(2, 0) + line(7, 0));
  EXPECT_THAT(merge_results({one}).gaps, ElementsAre("3..6"));
  const auto refusal = [&](const std::string& text) -> std::string {
    try {
      merge_results({one, folder.write("two", text)});
      return "merged";
    } catch (const std::runtime_error& error) {
      return error.what();
    }
  };
  EXPECT_EQ(refusal(head + line(1, 0)), "merged");  // the same seed twice, and the same happened
  EXPECT_THAT(refusal(head + line(1, 4)), HasSubstr("seed 1 went differently"));
  EXPECT_THAT(refusal(to_line(Head{"t.yaml", "T", {}}) + "\n"),
              HasSubstr("holds worlds of t.yaml"));
  EXPECT_THAT(refusal(head + "{}\n"), HasSubstr("two:2: is no world's result"));
  EXPECT_THAT(refusal(""), HasSubstr("is empty"));
}

}  // namespace
}  // namespace mxlab::sim
