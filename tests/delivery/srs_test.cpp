// The sender rewriting scheme, in the form that OpenSMTPD gives it.
#include "relay/delivery/srs.hpp"

#include <gtest/gtest.h>

namespace mxlab::delivery {
namespace {

using namespace std::chrono_literals;

const world::TimePoint kNow{1'795'332'817s};
const config::Srs kSrs{"secret", "", std::chrono::days(4)};

TEST(Srs, WritesDayAndSenderUnderAHashThatOpenSmtpdWouldWrite) {
  // base64(SHA-1("secret" "JL=example.net=alice@example.org")), its first four letters
  EXPECT_EQ(srs_rewrite(kSrs, "alice@example.net", "example.org", kNow),
            "SRS0=j8PV=JL=example.net=alice@example.org");
}

TEST(Srs, AReportFindsItsWayBack) {
  const auto rewritten = srs_rewrite(kSrs, "Alice+x@example.net", "example.org", kNow);
  EXPECT_EQ(srs_reverse(kSrs, rewritten, kNow + 24h * 4), "Alice+x@example.net");
  EXPECT_EQ(srs_reverse(kSrs, rewritten, kNow + 24h * 5), std::nullopt) << "srs ttl";
  EXPECT_EQ(srs_reverse(kSrs, rewritten, kNow - 24h), "Alice+x@example.net")
      << "a clock may be a day behind";
  EXPECT_EQ(srs_reverse(kSrs, rewritten, kNow - 48h), std::nullopt);
}

TEST(Srs, DaysAreCountedRoundTheTenBitsThatTheyHave) {
  const world::TimePoint last_day{1023 * 86'400s};
  const auto rewritten = srs_rewrite(kSrs, "alice@example.net", "example.org", last_day);
  EXPECT_EQ(srs_reverse(kSrs, rewritten, last_day + 24h), "alice@example.net");
}

TEST(Srs, NobodyElseCanMakeSuchAnAddress) {
  EXPECT_EQ(srs_reverse(kSrs, "SRS0=AAAA=JL=example.net=alice@example.org", kNow), std::nullopt);
  EXPECT_EQ(srs_reverse(kSrs, "SRS0=j8PV=JL=example.net=mallory@example.org", kNow), std::nullopt);
  EXPECT_EQ(srs_reverse({"other", "", std::chrono::days(4)},
                        "SRS0=j8PV=JL=example.net=alice@example.org", kNow),
            std::nullopt);
  EXPECT_TRUE(srs_reverse({"other", "secret", std::chrono::days(4)},
                          "SRS0=j8PV=JL=example.net=alice@example.org", kNow))
      << "srs key backup: the old key, while its bounces are on their way";
  for (const char* junk : {"SRS0=", "SRS0=j8PV", "SRS0=j8PV=", "SRS1=", "alice@example.org", ""})
    EXPECT_EQ(srs_reverse(kSrs, junk, kNow), std::nullopt) << junk;
}

TEST(Srs, WhatWasRewrittenElsewhereBecomesSrs1AndGoesBackThere) {
  const std::string first = "SRS0=abcd=JL=example.net=alice@one.test";
  const auto second = srs_rewrite(kSrs, first, "two.test", kNow);
  EXPECT_TRUE(second.starts_with("SRS1=")) << second;
  EXPECT_TRUE(second.ends_with("=one.test==abcd=JL=example.net=alice@two.test")) << second;
  EXPECT_EQ(srs_reverse(kSrs, second, kNow), first);
  const auto third = srs_rewrite({"third", "", std::chrono::days(4)}, second, "three.test", kNow);
  EXPECT_EQ(srs_reverse({"third", "", std::chrono::days(4)}, third, kNow), first)
      << "the middle of the chain is left out";
}

TEST(Srs, WhatCannotBeRewrittenStays) {
  EXPECT_EQ(srs_rewrite(kSrs, "", "example.org", kNow), "");
  EXPECT_EQ(srs_rewrite({}, "alice@example.net", "example.org", kNow), "alice@example.net")
      << "without a key anybody could";
  const std::string longest(250, 'a');
  EXPECT_EQ(
      srs_rewrite(kSrs, longest + "@example.net", "example.org.a.very.long.one.example.org", kNow),
      longest + "@example.net");
}

}  // namespace
}  // namespace mxlab::delivery
