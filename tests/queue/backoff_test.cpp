#include "relay/queue/backoff.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace mxlab::queue {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

const TimePoint kCreation{seconds(1'795'332'817)};

/// When each attempt of an envelope takes place, in seconds after its creation, if every attempt
/// fails as soon as it is made.
std::vector<std::int64_t> attempts(EnvelopeKind kind, std::size_t most) {
  std::vector<std::int64_t> out = {0};
  TimePoint now = kCreation;
  std::uint32_t tries = 0;
  while (out.size() < most) {
    auto retry = next_attempt(kind, kCreation, ++tries, now);
    tries = retry.tries;
    now = retry.at;
    out.push_back(std::chrono::duration_cast<seconds>(now - kCreation).count());
  }
  return out;
}

TEST(Backoff, RelaysAtFourHundredTimesTheSquare) {
  EXPECT_EQ(attempts(EnvelopeKind::kRelay, 11),
            (std::vector<std::int64_t>{0, 400, 1600, 3600, 6400, 10000, 14400, 19600, 25600, 32400,
                                       40000}));
}

TEST(Backoff, LooksForLocalAndBounceTargetsMoreOften) {
  EXPECT_EQ(attempts(EnvelopeKind::kLocal, 5), (std::vector<std::int64_t>{0, 10, 40, 90, 160}));
  EXPECT_EQ(attempts(EnvelopeKind::kBounce, 5), attempts(EnvelopeKind::kLocal, 5));
}

TEST(Backoff, MakesThirtyAttemptsInFourDays) {
  auto all = attempts(EnvelopeKind::kRelay, 31);
  EXPECT_EQ(all[29], 336'400);
  EXPECT_GT(all[30], 345'600) << "the 31st attempt comes after the queue's four days";
}

TEST(Backoff, RaisesTheCountWhenTheTimeHasPassedAlready) {
  // A relay that was off for a day, or an operator who asked for an early attempt.
  auto retry = next_attempt(EnvelopeKind::kRelay, kCreation, 3, kCreation + hours(24));
  EXPECT_EQ(retry.tries, 15u);
  EXPECT_EQ(retry.at, kCreation + seconds(400 * 15 * 15));
}

TEST(Backoff, TakesAMomentThatIsJustNowAsNotPast) {
  auto retry = next_attempt(EnvelopeKind::kRelay, kCreation, 2, kCreation + seconds(1600));
  EXPECT_EQ(retry.tries, 2u);
  EXPECT_EQ(retry.at, kCreation + seconds(1600));
}

TEST(Backoff, NeitherSpinsNorOverflowsWhenTheClockJumpsByACentury) {
  const auto now = kCreation + days(36'500);
  auto retry = next_attempt(EnvelopeKind::kRelay, kCreation, 4'000'000'000u, now);
  EXPECT_GE(retry.at, now);
}

}  // namespace
}  // namespace mxlab::queue
