// Penalties of routes, and the domains that have answered lately.
#include "relay/delivery/host_memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mxlab::delivery {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const Address kHost = asio::ip::make_address("192.0.2.20");
const Address kOther = asio::ip::make_address("192.0.2.21");
const SteadyPoint kStart = SteadyPoint(1h);
constexpr queue::EnvelopeId kMail{7};

// D18
TEST(HostMemory, DisablesARouteForFifteenSecondsTimesItsPenaltySquared) {
  HostMemory memory;
  EXPECT_TRUE(memory.usable(kHost, kStart));
  // Several connections of one burst fail in the same moment.
  for (auto expected : {15s, 60s, 135s, 240s, 375s})
    EXPECT_EQ(memory.disable(kHost, kStart), expected);
  EXPECT_FALSE(memory.usable(kHost, kStart + 374s));
  EXPECT_TRUE(memory.usable(kHost, kStart + 375s));
  EXPECT_TRUE(memory.usable(kOther, kStart)) << "a route is one address";
}

TEST(HostMemory, NeverDisablesARouteForMoreThanAnHour) {
  HostMemory memory;
  Duration pause{};
  for (int i = 0; i < 100'000; ++i) pause = memory.disable(kHost, kStart);
  EXPECT_EQ(pause, 1h);
}

TEST(HostMemory, TakesOnePointOffWhenAPauseHasRunOut) {
  HostMemory memory;
  EXPECT_EQ(memory.disable(kHost, kStart), 15s);
  EXPECT_EQ(memory.disable(kHost, kStart + 15s), 15s) << "1 - 1 + 1";
  EXPECT_EQ(memory.disable(kHost, kStart + 16s), 60s) << "still one point, and one more";
  EXPECT_EQ(memory.disable(kHost, kStart + 76s), 60s) << "2 - 1 + 1";
  EXPECT_EQ(memory.disable(kHost, kStart + 1h), 15s) << "all is forgiven by and by";
}

TEST(HostMemory, CountsConnectionsByAddress) {
  HostMemory memory;
  memory.connected(kHost);
  memory.connected(kHost);
  memory.disconnected(kHost);
  EXPECT_EQ(memory.connections(kHost), 1u);
  memory.disconnected(kHost);
  memory.disconnected(kHost);
  EXPECT_EQ(memory.connections(kHost), 0u);
  EXPECT_EQ(memory.connections(kOther), 0u);
}

TEST(HostMemory, RemembersMailOnlyOfDomainsThatHaveAnsweredWithinFourHours) {
  HostMemory memory;
  memory.remember("example.org", kMail, kStart, 100);
  EXPECT_THAT(memory.take_deferred("example.org"), IsEmpty()) << "it has never answered";
  memory.answered("example.org", kStart);
  memory.remember("example.org", kMail, kStart + 4h, 100);
  EXPECT_THAT(memory.take_deferred("example.org"), ElementsAre(kMail));
  EXPECT_THAT(memory.take_deferred("example.org"), IsEmpty()) << "taken is taken";
  memory.remember("example.org", kMail, kStart + 4h + 1s, 100);
  EXPECT_THAT(memory.take_deferred("example.org"), IsEmpty()) << "too long ago";
}

TEST(HostMemory, RemembersNoMoreThanMaxDeferred) {
  HostMemory memory;
  memory.answered("example.org", kStart);
  for (std::uint64_t i = 0; i < 10; ++i) memory.remember("example.org", {i}, kStart, 3);
  EXPECT_THAT(memory.take_deferred("example.org"), SizeIs(3));
}

TEST(HostMemory, ForgetsTheOldestDomainsAndPenaltiesInsteadOfGrowing) {
  HostMemory memory;
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    memory.answered(std::to_string(i) + ".example", kStart);
    memory.disable(asio::ip::address_v4(i), kStart);
  }
  memory.answered("full.example", kStart + 1h);
  memory.remember("full.example", kMail, kStart + 1h, 100);
  EXPECT_THAT(memory.take_deferred("full.example"), IsEmpty()) << "no room, nobody has aged";
  memory.answered("new.example", kStart + 5h);
  memory.remember("new.example", kMail, kStart + 5h, 100);
  EXPECT_THAT(memory.take_deferred("new.example"), ElementsAre(kMail));
  EXPECT_EQ(memory.disable(kHost, kStart + 5h), 15s);
}

}  // namespace
}  // namespace mxlab::delivery
