// The senders' file and mixes: what is wrong is told with its place; shares become parts of one.
#include "sim/study/senders.hpp"

#include <gmock/gmock.h>

namespace mxlab::study::testing {
namespace {
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kTwo = R"(slow:
  retry: {doubling from: 20m, at most: 2h}
  lifetime: 7d
  basis: documented
  source: a manual
quick:
  retry: [1m, 5m]
  lifetime: 8h
  silent host: keep
  failures go to: program
  basis: measured
  source: a study
)";

Senders two() { return read_senders("two.yaml", kTwo); }

TEST(Senders, AreReadAsTheyStand) {
  const Senders senders = two();
  ASSERT_THAT(senders.errors, IsEmpty());
  ASSERT_THAT(senders.all, SizeIs(2));
  EXPECT_EQ(senders.all[0].profile.retry.kind, sim::RetryKind::kDoubling);
  EXPECT_EQ(senders.all[0].profile.retry.cap, Duration(2h));
  EXPECT_TRUE(senders.all[0].leaves_silent_host && senders.all[0].tells_person);
  EXPECT_THAT(senders.all[1].profile.retry.gaps, ElementsAre(1min, 5min));
  EXPECT_FALSE(senders.all[1].leaves_silent_host || senders.all[1].tells_person);
  EXPECT_THAT(senders.all[1].profile.warn_marks, IsEmpty());
}

TEST(Senders, SayWhereTheyAreWrong) {
  EXPECT_THAT(read_senders("a.yaml", "").errors, SizeIs(1));
  EXPECT_THAT(read_senders("a.yaml", "x: 3").errors, ElementsAre(HasSubstr("a.yaml:1:4")));
  EXPECT_THAT(
      read_senders("a.yaml", "x: {retry: [], lifetime: 1d, basis: measured, source: y}").errors,
      SizeIs(1));
  EXPECT_THAT(
      read_senders("a.yaml", "x: {retry: [1s], lifetime: 1d, basis: measured, source: y}").errors,
      ElementsAre(HasSubstr("too short")));
  EXPECT_THAT(
      read_senders("a.yaml", "x: {retry: [1m], lifetime: 1d, basis: rumour, source: y}").errors,
      ElementsAre(HasSubstr("a.yaml:1:39")));
  EXPECT_THAT(
      read_senders("a.yaml", "x: {retry: {}, lifetime: 1d, basis: measured, source: y}").errors,
      ElementsAre(HasSubstr("either")));
  EXPECT_THAT(
      read_senders("a.yaml", "x: {retri: [1m], lifetime: 1d, basis: measured, source: y}").errors,
      ElementsAre(HasSubstr("did you mean")));
}

TEST(Mix, MakesPartsOfOne) {
  const auto result = parse_mix("slow=30, quick=10", two());
  ASSERT_TRUE(result.mix);
  ASSERT_THAT(result.mix->shares, SizeIs(2));
  EXPECT_DOUBLE_EQ(result.mix->shares[0].part, 0.75);
  EXPECT_DOUBLE_EQ(result.mix->shares[1].part, 0.25);
}

TEST(Mix, RefusesWhatIsNoShare) {
  for (const char* text : {"", "slow", "slow=", "slow=0", "slow=-1", "slow=nan", "slow=inf",
                           "slow=1,,quick=1", "slow=1,slow=2", "slow=1x"})
    EXPECT_FALSE(parse_mix(text, two()).mix) << text;
  EXPECT_THAT(parse_mix("slwo=1", two()).errors, ElementsAre(HasSubstr("did you mean \"slow\"")));
}

TEST(Mix, IsReadFromAFileWithItsPlaces) {
  const auto good = read_mix("m.yaml", "null senders: 2%\nsenders: {slow: 1}", two());
  ASSERT_TRUE(good.mix);
  EXPECT_DOUBLE_EQ(good.mix->null_senders, 0.02);
  EXPECT_THAT(read_mix("m.yaml", "senders:\n  slow: much\n", two()).errors,
              ElementsAre(HasSubstr("m.yaml:2:3")));
  EXPECT_THAT(read_mix("m.yaml", "source: x", two()).errors, ElementsAre(HasSubstr("missing")));
  EXPECT_THAT(read_mix("m.yaml", "senders: {}", two()).errors, SizeIs(1));
  EXPECT_THAT(read_mix("m.yaml", "null senders: many\nsenders: {slow: 1}", two()).errors,
              ElementsAre(HasSubstr("m.yaml:1:15")));
}

}  // namespace
}  // namespace mxlab::study::testing
