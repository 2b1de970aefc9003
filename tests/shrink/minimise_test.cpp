// Stories that fail are made as small as they can be, and fail in the same way.
#include "sim/shrink/minimise.hpp"

#include <gmock/gmock.h>

#include "tests/run/story.hpp"

namespace mxlab::shrink::testing {
namespace {
using namespace std::chrono_literals;
using sim::testing::kCast;
using ::testing::HasSubstr;
using ::testing::Not;

/// Two mails wait at a sender who has an hour and is given a minute.
const std::string kNotDrained =
    std::string(kCast) + R"(network: {latency: 1ms..40ms, lose datagrams: 3%}

steps:
  - at: 4.75s
    blackhole: mx2.example.org
    stop: mail.example.org
  - at: 9s
    send:
      - {from: a@websteading.net, to: [b@example.org, c@example.org], size: 20k}
      - {from: d@websteading.net, to: e@example.org, count: 3, every: 350ms}
  - at: 10m
    note: somebody looks at it
    expect:
      mail.websteading.net: {queue: 5}

heal: within 1m
)";

Minimised small(const std::string& text, MinimiseOptions options = {}) {
  return minimise("story.yaml", text, options);
}

TEST(Minimise, LeavesOnlyWhatTheFailureNeeds) {
  const Minimised result = small(kNotDrained);
  ASSERT_TRUE(result.failure);
  EXPECT_THAT(result.failure->sentence, HasSubstr("a queue has not drained"));
  EXPECT_TRUE(result.complete);
  EXPECT_LE(result.steps, 2u) << result.text;
  EXPECT_THAT(result.text, HasSubstr("send: {from:"));
  EXPECT_THAT(result.text, HasSubstr("heal: within 1m")) << "the time to drain is the failure";
  for (const char* gone : {"network", "note", "size", "count", "350ms", "4.75s", "expect"})
    EXPECT_THAT(result.text, Not(HasSubstr(gone)));
  EXPECT_THAT(result.text, HasSubstr("explain: >\n  A letter goes by way of the backup"));
}

TEST(Minimise, GivesTheSameResultHoweverManyWorkAtOnce) {
  MinimiseOptions many;
  many.jobs = 5;
  EXPECT_EQ(small(kNotDrained).text, small(kNotDrained, many).text);
}

TEST(Minimise, KeepsTheMailThatAnExpectationIsAbout) {
  const Minimised result = small(std::string(kCast) + R"(network: {latency: 5ms}

steps:
  - at: 1s
    answer: {mail.example.org: {rcpt b@example.org: 550 5.1.1 unknown}}
    slow: {mail.example.org: 20ms}
  - at: 2s
    send: {from: a@websteading.net, to: [b@example.org, c@example.org]}
  - at: 20s
    stop: mail.example.org
    expect:
      mail.example.org: {mailbox: {b@example.org: 1, c@example.org: 1}}
)");
  ASSERT_TRUE(result.failure);
  EXPECT_EQ(result.failure->kind, "mailbox <…>: too few");
  EXPECT_FALSE(result.failure->invariant);
  EXPECT_THAT(result.text, HasSubstr("rcpt b@example.org"));
  EXPECT_THAT(result.text, HasSubstr("to: [b@example.org, c@example.org]"));
  for (const char* gone : {"network", "slow", "stop", "c@example.org: 1"})
    EXPECT_THAT(result.text, Not(HasSubstr(gone))) << result.text;
}

TEST(Minimise, SaysWhenThereIsNothingToMakeSmaller) {
  EXPECT_FALSE(small(std::string(kCast) + sim::testing::kOutage).failure);
}

TEST(Minimise, StopsWhenTimeIsUp) {
  MinimiseOptions options;
  options.time = 0s;
  const Minimised result = small(kNotDrained, options);
  ASSERT_TRUE(result.failure);
  EXPECT_FALSE(result.complete);
  EXPECT_THAT(result.text, HasSubstr("4.75s"));
}

TEST(Trials, AWorldWithoutAnEndIsAFailureAndNotAHang) {
  Trials trials("story.yaml", 1);
  trials.limit_steps(50);
  const Finding finding = trials.play(kNotDrained, 1);
  ASSERT_EQ(finding.failures.size(), 1u);
  EXPECT_EQ(finding.failures[0].kind, "the world did not come to its end in N steps");
}

}  // namespace
}  // namespace mxlab::shrink::testing
