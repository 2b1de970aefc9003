// Where chance decides a failure, the deciding moment is found; where it has no part, this is said.
#include "sim/shrink/diverge.hpp"

#include <gmock/gmock.h>

#include "tests/run/story.hpp"

namespace mxlab::shrink::testing {
namespace {
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// A fifth of all datagrams is lost, and a mail has no second to wait for another try.
constexpr const char* kHurry = R"(name: A mail that is in a hurry
explain: A lost answer is asked for again after five seconds, and five seconds are all there is.
dns: {example.org: [MX 10 mail.example.org]}
hosts:
  mail.example.net: {is: sender}
  mail.example.org: {is: primary}
network: {lose datagrams: 20%}
steps:
  - at: 1s
    send: {from: a@example.net, to: b@example.org}
  - at: 5s
    expect: {mail.example.org: {mailbox: {b@example.org: 1}}}
)";

constexpr std::uint64_t kUnlucky = 4;  // a seed with which an answer gets lost

Diverged diverged(std::size_t samples, std::size_t jobs) {
  const auto scenario = sim::testing::parsed(kHurry);
  return diverge(scenario, {kUnlucky, samples, jobs});
}

TEST(Diverge, FindsTheMomentThatDecides) {
  const Diverged found = diverged(12, 2);
  ASSERT_TRUE(found.failure);
  ASSERT_TRUE(found.certain);
  EXPECT_LT(found.shares.front().failing, 12u) << "in the beginning all is open";
  for (const Share& share : found.shares) {
    if (share.step >= *found.certain)
      EXPECT_EQ(share.failing, 12u) << share.step;
    else if (share.step + 1 == *found.certain)
      EXPECT_LT(share.failing, 12u) << "the step before leaves something to chance";
  }
  std::string deciding;
  for (const NearEvent& event : found.events)
    if (event.decides) deciding += event.line;
  EXPECT_THAT(deciding, HasSubstr("lost")) << "a datagram's loss is what decides";
}

TEST(Diverge, GivesTheSameAnswerHoweverManyWorkAtOnce) {
  const Diverged one = diverged(5, 1), many = diverged(5, 4);
  EXPECT_EQ(one.certain, many.certain);
  ASSERT_EQ(one.shares.size(), many.shares.size());
  for (std::size_t i = 0; i < one.shares.size(); ++i)
    EXPECT_EQ(one.shares[i].failing, many.shares[i].failing);
}

TEST(Diverge, SaysWhenChanceHasNoPartInIt) {
  const auto scenario = sim::testing::story(R"(steps:
  - at: 1s
    expect: {mail.example.org: {client.conn: 3}}
)");
  const Diverged found = diverge(scenario, {{}, 3, 2});
  EXPECT_TRUE(found.failure);
  EXPECT_FALSE(found.certain);
  EXPECT_THAT(found.shares, Not(IsEmpty()));
}

TEST(Diverge, TellsNothingOfAScenarioThatHolds) {
  const auto scenario = sim::testing::story(sim::testing::kOutage);
  const Diverged found = diverge(scenario, {});
  EXPECT_FALSE(found.failure);
  EXPECT_THAT(found.shares, IsEmpty());
}

}  // namespace
}  // namespace mxlab::shrink::testing
