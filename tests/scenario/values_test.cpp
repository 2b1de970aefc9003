// values_test.cpp - times, numbers, addresses and near words, as people write them.
#include "sim/scenario/values.hpp"

#include <gtest/gtest.h>

#include "sim/scenario/words.hpp"

namespace mxlab::scenario {
namespace {

using namespace std::chrono_literals;

TEST(Times, AreWrittenWithUnits) {
  EXPECT_EQ(parse_duration("300ms"), 300ms);
  EXPECT_EQ(parse_duration("30s"), 30s);
  EXPECT_EQ(parse_duration("5m"), 5min);
  EXPECT_EQ(parse_duration("4d"), 96h);
  EXPECT_EQ(parse_duration("1h30m"), 90min);
  EXPECT_EQ(parse_duration("1h 30m"), 90min);
  EXPECT_EQ(parse_duration("300.5s"), 300500ms);
  EXPECT_EQ(parse_duration("0.25ms"), 250us);
  EXPECT_EQ(parse_duration("0"), 0s);
}

TEST(Times, AreNothingElse) {
  for (const auto* text : {"", "30", "s", "5 minutes", "-5s", "+5s", "30s1h", "1s1s", "1.s", ".5s",
                           "1e3s", "4000d", "99999999999999999999s", "1.0000000001s"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(Times, ReadBackAsTheyArePrinted) {
  for (const Duration duration : {Duration(0s), Duration(300ms), Duration(90min), Duration(345600s),
                                  Duration(300500ms), Duration(1h + 5s + 7us)}) {
    EXPECT_EQ(parse_duration(to_text(duration)), duration) << to_text(duration);
  }
  EXPECT_EQ(to_text(-5min), "-5m");
}

TEST(ExpectedNumbers, MayBeExactOrARange) {
  const auto exact = parse_expected("3");
  ASSERT_TRUE(exact);
  EXPECT_EQ(std::pair(exact->low, exact->high), std::pair(3L, 3L));
  EXPECT_FALSE(exact->change);
  const auto range = parse_expected("1..3");
  ASSERT_TRUE(range);
  EXPECT_EQ(std::pair(range->low, range->high), std::pair(1L, 3L));
  for (const auto* text : {"at least 2", ">= 2", ">=2"}) {
    const auto least = parse_expected(text);
    ASSERT_TRUE(least) << text;
    EXPECT_EQ(least->low, 2) << text;
    EXPECT_GT(least->high, 1'000'000'000) << text;
  }
  for (const auto* text : {"at most 2", "<= 2", "<=2"}) {
    const auto most = parse_expected(text);
    ASSERT_TRUE(most) << text;
    EXPECT_EQ(std::pair(most->low, most->high), std::pair(0L, 2L)) << text;
  }
}

TEST(ExpectedNumbers, MayBeAChange) {
  const auto more = parse_expected("+2");
  ASSERT_TRUE(more);
  EXPECT_TRUE(more->change);
  EXPECT_EQ(more->low, 2);
  const auto less = parse_expected("-1");
  ASSERT_TRUE(less);
  EXPECT_TRUE(less->change);
  EXPECT_EQ(std::pair(less->low, less->high), std::pair(-1L, -1L));
}

TEST(ExpectedNumbers, MayHaveATimeAndATolerance) {
  const auto at = parse_expected("1 at 301.0s +- 0.2s");
  ASSERT_TRUE(at);
  EXPECT_EQ(at->low, 1);
  EXPECT_EQ(at->at, Duration(301s));
  EXPECT_EQ(at->tolerance, Duration(200ms));
  const auto least = parse_expected("at least 2 at 5m");
  ASSERT_TRUE(least);
  EXPECT_EQ(least->low, 2);
  EXPECT_EQ(least->at, Duration(5min));
}

TEST(ExpectedNumbers, AreNothingElse) {
  for (const auto* text : {"", "many", "3..1", "1 at noon", "1 at 3s +- x", "+", "> 3", "1.5",
                           "--1", "at least", "1000000000001"}) {
    EXPECT_FALSE(parse_expected(text)) << text;
  }
}

TEST(Sizes, TakeKilobytesAndMegabytes) {
  EXPECT_EQ(parse_size("512"), 512U);
  EXPECT_EQ(parse_size("10k"), 10240U);
  EXPECT_EQ(parse_size("35m"), 36700160U);
  EXPECT_EQ(parse_size("10kb"), std::nullopt);
  EXPECT_EQ(parse_size("k"), std::nullopt);
}

TEST(Shares, GoFromZeroToAHundredPercent) {
  EXPECT_EQ(parse_share("0%"), 0.0);
  EXPECT_EQ(parse_share("100%"), 1.0);
  EXPECT_NEAR(parse_share("2.5%").value_or(0), 0.025, 1e-12);
  for (const auto* text : {"10", "101%", "-1%", "1.%", "%", "ten%"}) {
    EXPECT_EQ(parse_share(text), std::nullopt) << text;
  }
}

TEST(MailAddresses, HaveAMailboxAndADomain) {
  EXPECT_TRUE(is_mailbox("someone@example.org"));
  EXPECT_TRUE(is_mailbox("some.one+tag@mx2.example.org"));
  for (const auto* text : {"", "someone", "@example.org", "someone@", "some one@example.org",
                           "<a@b.org>", "a@b..org", "a@b.org\r\nRCPT"}) {
    EXPECT_FALSE(is_mailbox(text)) << text;
  }
}

TEST(Replies, BeginWithACode) {
  EXPECT_TRUE(is_reply("451"));
  EXPECT_TRUE(is_reply("451 4.3.0 later"));
  for (const auto* text : {"", "45", "600 x", "100 x", "451-x", "451x", "451 a\r\n250 b"}) {
    EXPECT_FALSE(is_reply(text)) << text;
  }
}

TEST(NearWords, AreFoundThroughSlips) {
  EXPECT_EQ(words::nearest("stpes", words::kScenario), "steps");
  EXPECT_EQ(words::nearest("Pause", words::kVerbs), "pause");
  EXPECT_EQ(words::nearest("puase", words::kVerbs), "pause");
  EXPECT_EQ(words::nearest("schedul", words::kVerbs), "schedule");
}

TEST(NearWords, AreNotInventedForOtherWords) {
  EXPECT_EQ(words::nearest("banana", words::kVerbs), "");
  EXPECT_EQ(words::nearest("", words::kVerbs), "");
  EXPECT_EQ(words::nearest(std::string(100'000, 'x'), words::kVerbs), "");
}

}  // namespace
}  // namespace mxlab::scenario
