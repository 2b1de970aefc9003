// One letter's fate, and many: what can be worked out by hand comes out of the model.
#include "sim/study/fate.hpp"

#include <gtest/gtest.h>

#include "sim/study/study.hpp"

namespace mxlab::study::testing {
namespace {
using namespace std::chrono_literals;
using std::chrono::days;

/// Tries every hour, for ten.
Sender hourly() {
  Sender sender;
  sender.profile.name = "hourly";
  sender.profile.retry = {sim::RetryKind::kList, {}, {1h}, 24h};
  sender.profile.lifetime = 10h;
  sender.profile.warn_marks = {4h};
  return sender;
}

Fate fate(const Sender& sender, const Outage& outage, bool null_sender = false) {
  return fate_of(sender, outage, {Duration::zero(), null_sender, sim::Rng(1)});
}

TEST(Fate, TheNextAttemptAfterTheRecoveryDelivers) {
  const Fate met = fate(hourly(), {Down::kRefused, 150min, {}});
  EXPECT_EQ(met.end, End::kDelivered);
  EXPECT_EQ(met.at, TimePoint{3h});
  EXPECT_FALSE(met.noticed || met.held);
  EXPECT_TRUE(fate(hourly(), {Down::kRefused, 5h, {}}).noticed);
}

TEST(Fate, ASenderThatGivesUpTellsAPersonOrNobody) {
  const Outage long_one{Down::kRefused, 11h, {}};
  EXPECT_EQ(fate(hourly(), long_one).end, End::kBounced);
  EXPECT_EQ(fate(hourly(), long_one).at, TimePoint{10h});
  EXPECT_EQ(fate(hourly(), long_one, true).end, End::kLost);
  EXPECT_FALSE(fate(hourly(), long_one, true).noticed)
      << "RFC 5321 4.5.5: never to the null sender";
  Sender machine = hourly();
  machine.tells_person = false;
  EXPECT_EQ(fate(machine, long_one).end, End::kLost);
}

TEST(Fate, ABackupKeepsTheLetterForItsOwnLifetime) {
  const Outage kept{Down::kRefused, days(5), {1, days(7)}};
  EXPECT_EQ(fate(hourly(), kept).end, End::kDelivered);
  EXPECT_TRUE(fate(hourly(), kept).held);
  EXPECT_TRUE(fate(hourly(), kept).noticed) << "the backup warns after four hours";
  const Fate over = fate(hourly(), {Down::kRefused, days(5), {1, days(4)}});
  EXPECT_EQ(over.end, End::kBounced);
  EXPECT_EQ(over.at, TimePoint{days(4)});
  EXPECT_EQ(fate(hourly(), {Down::kRefused, days(5), {1, days(4)}}, true).end, End::kLost);
}

TEST(Fate, AProbeNoticesTheRecoveryWithinItsPause) {
  const Fate met = fate(hourly(), {Down::kRefused, days(3), {1, days(4), 5min}});
  EXPECT_GE(met.at, TimePoint{days(3)});
  EXPECT_LE(met.at, TimePoint{days(3) + 5min * 5 / 4});
  EXPECT_GT(fate(hourly(), {Down::kRefused, days(3), {1, days(4)}}).at, TimePoint{days(3) + 30min});
}

TEST(Fate, ABackupThatIsDownTooIsNoBackup) {
  EXPECT_FALSE(fate(hourly(), {Down::kRefused, 3h, {1, days(4), {}, 1.0}}).held);
  EXPECT_EQ(fate(hourly(), {Down::kRefused, 11h, {2, days(4), {}, 1.0}}).end, End::kBounced);
}

TEST(Fate, WithoutNamesNobodyFindsTheBackup) {
  EXPECT_FALSE(fate(hourly(), {Down::kNameless, 3h, {1, days(4)}}).held);
}

TEST(Fate, ASenderThatKeepsASilentHostNeverComesToTheBackup) {
  Sender sender = hourly();
  EXPECT_TRUE(fate(sender, {Down::kSilent, 3h, {1, days(4)}}).held);
  sender.leaves_silent_host = false;
  EXPECT_FALSE(fate(sender, {Down::kSilent, 3h, {1, days(4)}}).held);
  EXPECT_TRUE(fate(sender, {Down::kRefused, 3h, {1, days(4)}}).held);
}

TEST(Fate, AConnectionThatWaitsMeetsTheRecovery) {
  EXPECT_EQ(fate(hourly(), {Down::kDropped, 10s, {}}).at, TimePoint{15s}) << "the fifth SYN";
  EXPECT_EQ(fate(hourly(), {Down::kSilent, 200s, {}}).at, TimePoint{200s});
}

Question question() {
  Question question;
  question.senders = {hourly()};
  question.mix.shares = {{0, 1.0}};
  question.letters = 4000;
  return question;
}

TEST(Study, OfLettersSpreadEvenlyTheOldestAreLost) {
  // The last attempt is nine hours after the first: what was sent in the first eleven hours of
  // twenty has none left.
  const Count count = count_letters(question(), {Down::kRefused, 20h, {}});
  const Interval share = wilson(count.failed(), count.letters);
  EXPECT_LT(share.low, 0.55);
  EXPECT_GT(share.high, 0.55);
  EXPECT_NEAR(share.share, 0.55, 0.03);
  EXPECT_NEAR(static_cast<double>(count.median_wait / 1min), 30, 3)
      << "half an hour is left of the hour, on average";
}

TEST(Study, TheSameSeedGivesTheSameFigures) {
  const Outage outage{Down::kRefused, 20h, {1, 4h, {}, 0.3}};
  Question other = question();
  other.seed = 2;
  const auto figures = [&](const Question& q) {
    const Count count = count_letters(q, outage);
    return std::tuple(count.failed(), count.late, count.median_wait);
  };
  EXPECT_EQ(figures(question()), figures(question()));
  EXPECT_NE(figures(question()), figures(other));
}

TEST(Study, AMixDrawsItsSendersByTheirParts) {
  Question mixed = question();
  mixed.senders.push_back(hourly());
  mixed.senders.back().tells_person = false;
  mixed.mix.shares = {{0, 0.8}, {1, 0.2}};
  const Count count = count_letters(mixed, {Down::kRefused, days(100), {}});
  EXPECT_NEAR(static_cast<double>(count.lost) / static_cast<double>(count.failed()), 0.2, 0.03);
}

TEST(Interval, IsWilsons) {
  const Interval half = wilson(50, 100);  // worked out by hand
  EXPECT_NEAR(half.low, 0.4038, 0.0001);
  EXPECT_NEAR(half.high, 0.5962, 0.0001);
  const Interval none = wilson(0, 100);
  EXPECT_EQ(none.low, 0);
  EXPECT_NEAR(none.high, 0.0370, 0.0001);
  EXPECT_EQ(wilson(100, 100).high, 1);
  EXPECT_EQ(wilson(0, 0).high, 1);
}

}  // namespace
}  // namespace mxlab::study::testing
