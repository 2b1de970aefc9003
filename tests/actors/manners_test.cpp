// How often an actor misbehaves: so many times, beyond a rate, for one recipient and not another.
#include "sim/actors/manners.hpp"

#include <gtest/gtest.h>

namespace mxlab::sim {
namespace {
using namespace std::chrono_literals;

world::SteadyPoint at(world::Duration time) { return world::SteadyPoint(time); }

TEST(Manners, GiveALimitedAnswerSoManyTimes) {
  Manners manners;
  manners.set_answer("rcpt", "451 later", "", {.times = 2});
  EXPECT_EQ(manners.give("rcpt", "a@b.org", at(1s)), "451 later");
  EXPECT_EQ(manners.answer("rcpt", "a@b.org", at(2s)), "451 later");  // looking does not count
  EXPECT_EQ(manners.give("rcpt", "a@b.org", at(2s)), "451 later");
  EXPECT_EQ(manners.give("rcpt", "a@b.org", at(3s)), "");
}

TEST(Manners, LetSoManyPassInATimeThatSlides) {
  Manners manners;
  manners.set_answer("mail", "450 too fast", "", {.beyond = 2, .within = 60s});
  EXPECT_EQ(manners.give("mail", "", at(10s)), "");
  EXPECT_EQ(manners.give("mail", "", at(30s)), "");
  EXPECT_EQ(manners.give("mail", "", at(40s)), "450 too fast");
  EXPECT_EQ(manners.give("mail", "", at(69s)), "450 too fast");
  EXPECT_EQ(manners.give("mail", "", at(70s)), "");  // the first is a minute old
  EXPECT_EQ(manners.give("mail", "", at(71s)), "450 too fast");
  EXPECT_EQ(manners.give("mail", "", at(90s)), "");
}

TEST(Manners, ExceptARecipientFromWhatAllOthersGet) {
  Manners manners;
  manners.set_answer("rcpt", "550 who?");
  manners.set_answer("rcpt", "normal", "anna@b.org");
  EXPECT_EQ(manners.give("rcpt", "anna@b.org", at(1s)), "");
  EXPECT_EQ(manners.give("rcpt", "ben@b.org", at(1s)), "550 who?");
  manners.set_answer("rcpt", "normal");
  EXPECT_EQ(manners.give("rcpt", "ben@b.org", at(1s)), "");
}

}  // namespace
}  // namespace mxlab::sim
