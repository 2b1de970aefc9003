// Simpler values: they come to an end, and nothing else is changed.
#include "sim/shrink/simpler.hpp"

#include <gmock/gmock.h>

#include "sim/scenario/values.hpp"

namespace mxlab::shrink::testing {
namespace {
using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Simpler, TimesBeginWithNothingAndEndWithTheRoundingUp) {
  const auto times = simpler_times(37min + 12s + 345ms);
  EXPECT_EQ(times.front(), 0s);
  EXPECT_THAT(times, Contains(world::Duration(37min)));
  EXPECT_THAT(times, Contains(world::Duration(38min)));
  EXPECT_THAT(times, Contains(world::Duration(1h)));
}

TEST(Simpler, TimesComeToAnEndWhateverIsTaken) {
  std::vector<world::Duration> open{26h + 3min + 7s + 12ms};
  for (int taken = 0; !open.empty(); ++taken) {
    ASSERT_LT(taken, 10'000);
    const auto next = simpler_times(open.back());
    open.pop_back();
    if (!next.empty()) open.push_back(next.back());
  }
}

TEST(Simpler, NothingIsSimplerThanNoTimeAtAll) { EXPECT_THAT(simpler_times(0s), IsEmpty()); }

TEST(Simpler, NumbersBecomeSmaller) {
  EXPECT_THAT(smaller_numbers(1), IsEmpty());
  EXPECT_THAT(smaller_numbers(2), ElementsAre(1));
  EXPECT_THAT(smaller_numbers(50), ElementsAre(1, 5, 25, 49));
}

TEST(Simpler, ValuesDependOnTheirKey) {
  EXPECT_THAT(simpler_values("latency", "1ms..40ms"), ElementsAre("1ms", "40ms", "1ms"));
  EXPECT_THAT(simpler_values("count", "2"), ElementsAre("1"));
  EXPECT_THAT(simpler_values("size", "4k"), ElementsAre("1", "409", "2k", "4095"));
  EXPECT_THAT(simpler_values("", "60 MX 10 mail.example.org"),
              ElementsAre("MX 10 mail.example.org"));
  EXPECT_THAT(simpler_values("mx2.example.org", "+1h"), Contains("+0s"));
  EXPECT_THAT(simpler_values("example.org MX", "delay 30s"), Contains("delay 1s"));
  EXPECT_THAT(simpler_values("from", "a@example.net"), IsEmpty());
  EXPECT_THAT(simpler_values("rcpt", "451"), IsEmpty());
}

}  // namespace
}  // namespace mxlab::shrink::testing
