// How fast connections follow one another.
#include "relay/delivery/pace.hpp"

#include <gtest/gtest.h>

namespace mxlab::delivery {
namespace {

using namespace std::chrono_literals;

const SteadyPoint kStart = SteadyPoint(1h);

TEST(Pace, TwoSecondsLieBetweenConnections) {
  Pace pace;
  EXPECT_LE(pace.next(), kStart);
  pace.connected(kStart, {});
  EXPECT_EQ(pace.next(), kStart + 2s);
  pace.connected_nowhere();
  EXPECT_LE(pace.next(), kStart) << "an attempt that reached nobody delays nobody";
}

TEST(Pace, TheWindowOpensOneTwoFourAndHalvesWithA421) {
  Pace pace;
  std::vector<std::size_t> windows{pace.window()};
  for (int answers = 0; answers < 15; ++answers) {
    pace.answered();
    if (pace.window() != windows.back()) windows.push_back(pace.window());
  }
  EXPECT_EQ(windows, (std::vector<std::size_t>{1, 2, 4, 8, 16}));
  pace.refused();
  EXPECT_EQ(pace.window(), 8u);
  for (int i = 0; i < 10; ++i) pace.refused();
  EXPECT_EQ(pace.window(), 1u);
  for (int i = 0; i < 1000; ++i) pace.answered();
  EXPECT_EQ(pace.window(), 64u) << "no flood makes it a storm";
}

TEST(Pace, OnlyMuchMailIsWorthAnotherSessionAtOnce) {
  Pace pace;
  const config::MtaLimits usual;
  EXPECT_FALSE(pace.hurries(1000, 1, usual)) << "nobody has answered yet";
  pace.answered();
  EXPECT_FALSE(pace.hurries(19, 1, usual));
  EXPECT_TRUE(pace.hurries(20, 1, usual));
  EXPECT_FALSE(pace.hurries(1000, 2, usual)) << "the window holds two";
  EXPECT_FALSE(pace.hurries(1000, 0, usual)) << "whoever comes back is asked by one, not stormed";
}

TEST(Pace, ADelayThatTheOperatorSetIsObeyedByEverybody) {
  Pace pace;
  pace.answered();
  config::MtaLimits slow;
  slow.delay_relay = 10s;
  EXPECT_FALSE(pace.hurries(1000, 1, slow));
  pace.connected(kStart, slow);
  EXPECT_EQ(pace.next(), kStart + 10s);
}

}  // namespace
}  // namespace mxlab::delivery
