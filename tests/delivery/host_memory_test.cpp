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
  memory.connected(kHost, kStart);
  memory.connected(kHost, kStart);
  memory.disconnected(kHost, kStart);
  EXPECT_EQ(memory.connections(kHost), 1u);
  memory.disconnected(kHost, kStart);
  memory.disconnected(kHost, kStart);
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
    memory.disable(Address(asio::ip::address_v4(i)), kStart);
  }
  memory.answered("full.example", kStart + 1h);
  memory.remember("full.example", kMail, kStart + 1h, 100);
  EXPECT_THAT(memory.take_deferred("full.example"), IsEmpty()) << "no room, nobody has aged";
  memory.answered("new.example", kStart + 5h);
  memory.remember("new.example", kMail, kStart + 5h, 100);
  EXPECT_THAT(memory.take_deferred("new.example"), ElementsAre(kMail));
  EXPECT_EQ(memory.disable(kHost, kStart + 5h), 15s);
}

const Address kOurs = asio::ip::make_address("192.0.2.30");

TEST(HostMemory, ARouteIsAPairOfAddressesAndCountsForBothOfThem) {
  HostMemory memory;
  memory.disable({kOurs, kHost}, kStart);
  EXPECT_TRUE(memory.usable(kHost, kStart)) << "the peer may still talk to another address of ours";
  memory.connected({kOurs, kHost}, kStart);
  memory.connected(kHost, kStart);
  memory.connected({kOurs, kOther}, kStart);
  EXPECT_EQ(memory.connections({kOurs, kHost}), 1u);
  EXPECT_EQ(memory.connections_to(kHost), 2u);
  EXPECT_EQ(memory.connections_from(kOurs), 2u);
  memory.disconnected({kOurs, kOther}, kStart + 5s);
  EXPECT_EQ(memory.connections_from(kOurs), 1u);
  EXPECT_EQ(memory.last_use({kOurs, kOther}), std::pair(kStart, kStart + 5s));
}

TEST(HostMemory, AnOperatorFreesADisabledRouteByItsId) {
  HostMemory memory;
  memory.meet(kHost, "mail.example.org", kStart);
  memory.disable(kHost, kStart);
  Snapshot snapshot;
  memory.describe(snapshot, kStart + 5s);
  ASSERT_THAT(snapshot.routes, SizeIs(1));
  EXPECT_TRUE(snapshot.routes[0].disabled);
  EXPECT_EQ(snapshot.routes[0].timeout, 10s);
  EXPECT_EQ(snapshot.routes[0].name, "mail.example.org");
  EXPECT_FALSE(memory.enable(snapshot.routes[0].id + 1, kStart + 5s)) << "there is no such route";
  EXPECT_TRUE(memory.enable(snapshot.routes[0].id, kStart + 5s));
  EXPECT_TRUE(memory.usable(kHost, kStart + 5s));
  EXPECT_FALSE(memory.enable(snapshot.routes[0].id, kStart + 5s)) << "it is enabled already";
  EXPECT_EQ(memory.disable(kHost, kStart + 6s), 15s) << "and the past is forgotten";
}

TEST(HostMemory, AnAttemptThatHangsIsShownAsAConnectionAndLimitsNothing) {
  HostMemory memory;
  memory.meet(kHost, "mail.example.org", kStart);
  Snapshot hanging;
  memory.describe(hanging, kStart + 29s);
  ASSERT_THAT(hanging.routes, SizeIs(1));
  EXPECT_EQ(hanging.routes[0].connections, 1u);
  EXPECT_EQ(hanging.routes[0].trying, 29s);
  EXPECT_TRUE(hanging.routes[0].never_ready);
  ASSERT_THAT(hanging.hosts, SizeIs(1));
  EXPECT_EQ(hanging.hosts[0].connections, 1u);
  EXPECT_EQ(hanging.hosts[0].last_connection, 29s);
  EXPECT_EQ(memory.connections(kHost), 0u) << "no session that mail could go by";
  memory.attempt_ended(kHost);
  Snapshot after;
  memory.describe(after, kStart + 30s);
  EXPECT_THAT(after.routes, SizeIs(0));
}

TEST(HostMemory, ARouteKeepsItsIdAndLeavesTheSnapshotWhenNobodyNeedsIt) {
  HostMemory memory;
  memory.connected(kOther, kStart);
  memory.connected(kHost, kStart);
  memory.disconnected(kOther, kStart);
  Snapshot snapshot;
  memory.describe(snapshot, kStart + 1s);
  ASSERT_THAT(snapshot.routes, SizeIs(1));
  EXPECT_EQ(snapshot.routes[0].id, 2u);
  ASSERT_THAT(snapshot.hosts, SizeIs(1));
  EXPECT_EQ(snapshot.hosts[0].connections, 1u);
  EXPECT_EQ(snapshot.hosts[0].last_connection, 1s);
}

TEST(HostMemory, ABlockWithoutDomainHoldsForAllOfThem) {
  HostMemory memory;
  EXPECT_TRUE(memory.block({kOurs, "example.org"}));
  EXPECT_FALSE(memory.block({kOurs, "example.org"})) << "it was blocked already";
  EXPECT_TRUE(memory.blocked(kOurs, "example.org"));
  EXPECT_FALSE(memory.blocked(kOurs, "example.net"));
  EXPECT_FALSE(memory.blocked(kOther, "example.org"));
  EXPECT_TRUE(memory.block({kOurs, ""}));
  EXPECT_TRUE(memory.blocked(kOurs, "example.net")) << "OpenSMTPD forgets to look for these";
  EXPECT_TRUE(memory.unblock({kOurs, ""}));
  EXPECT_TRUE(memory.unblock({kOurs, "example.org"}));
  EXPECT_FALSE(memory.unblock({kOurs, "example.org"})) << "there is nothing left to lift";
  EXPECT_TRUE(memory.block({Address(), "example.org"}));
  EXPECT_TRUE(memory.blocked(kOther, "example.org")) << "from whichever address";
}

TEST(HostMemory, TellsWhatADomainSaidLastForFourHours) {
  HostMemory memory;
  const TimePoint at{1'795'332'817s};
  memory.answered("example.org", kStart, at, "250 2.0.0 taken");
  memory.answered("silent.example", kStart);
  Snapshot snapshot;
  memory.describe(snapshot, kStart + 4h);
  ASSERT_THAT(snapshot.domains, SizeIs(1)) << "who has said nothing has no text";
  EXPECT_EQ(snapshot.domains[0].domain, "example.org");
  EXPECT_EQ(snapshot.domains[0].at, at);
  EXPECT_EQ(snapshot.domains[0].text, "250 2.0.0 taken");
  Snapshot later;
  memory.describe(later, kStart + 4h + 1s);
  EXPECT_THAT(later.domains, IsEmpty());
}

}  // namespace
}  // namespace mxlab::delivery
