// A long queue and a host that is back: fast, and no storm.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/relay/lab.hpp"

namespace mxlab::relay {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::SizeIs;

const std::string kFrom = "alice@example.net";

/// One host for one domain, and letters that wait until it takes them.
struct Outage : RelayLab {
  explicit Outage(std::string config = kRelayForAll) : RelayLab(std::move(config)) {
    zones.add("example.org", "MX 10 mail.example.org");
    boot_relay();
  }
  void queue_up(int mails) {
    relay->desk().pause_mta(true);
    for (int i = 0; i < mails; ++i) submit(kFrom, {"bob@example.org"});
  }
  void release() {
    relay->desk().pause_mta(false);
    simulation.wake(*machine);
  }
  Peer& peer = add_peer("mail.example.org", 20);
};

TEST(Drain, OpensOneSessionThenTwoThenFour) {
  Outage lab;
  lab.queue_up(300);
  lab.release();
  lab.run_until(lab.now() + 20);
  EXPECT_EQ(lab.peer.mails(), 300u);
  const auto times = lab.times("mta connecting");
  ASSERT_GE(times.size(), 5u);
  EXPECT_GT(times[1], times[0] + 0.002) << "the second only after the first was answered";
  EXPECT_LT(times[4], times[0] + 1) << "and the fifth long before OpenSMTPD's second";
}

TEST(Drain, NeverGoesBeyondTheLimitsOfARoute) {
  Outage lab("mta limit max-conn-per-route 3\n" + RelayLab::kRelayForAll);
  lab.queue_up(200);
  lab.release();
  std::int64_t most = 0;
  for (double until = lab.now() + 20; lab.now() < until; lab.run_until(lab.now() + 0.01))
    most = std::max(most, lab.counter("mta.session"));
  EXPECT_EQ(lab.peer.mails(), 200u);
  EXPECT_EQ(most, 3);
}

TEST(Drain, OneMailAfterAnotherGoesOverOneSession) {
  Outage lab;
  lab.queue_up(9);
  lab.release();
  lab.run_until(lab.now() + 1.5);
  EXPECT_EQ(lab.peer.mails(), 9u);
  EXPECT_EQ(lab.count_logs("mta connecting"), 1u);
}

TEST(Drain, ADelayThatTheOperatorSetHoldsForEverySession) {
  Outage lab("mta limit conn-delay-relay 5 session-mail-max 10\n" + RelayLab::kRelayForAll);
  lab.queue_up(40);
  lab.release();
  lab.run_until(lab.now() + 40);
  EXPECT_EQ(lab.peer.mails(), 40u);
  const auto times = lab.times("mta connecting");
  ASSERT_GE(times.size(), 3u);
  for (std::size_t i = 1; i < times.size(); ++i) EXPECT_GE(times[i], times[i - 1] + 4.99);
}

TEST(Drain, ABlockedDomainWaitsUntilItIsLetGo) {
  Outage lab;
  delivery::Outbound& outbound = lab.relay->desk().outbound();
  EXPECT_TRUE(outbound.block({world::Address(), "Example.ORG"}));
  lab.submit(kFrom, {"bob@example.org"});
  lab.run_until(lab.now() + 20);
  EXPECT_EQ(lab.peer.mails(), 0u);
  ASSERT_THAT(lab.rows(), SizeIs(1));
  EXPECT_EQ(lab.rows()[0].error, "All routes to destination blocked");
  EXPECT_TRUE(outbound.unblock({world::Address(), "example.org"}));
  lab.run_until(lab.now() + 400);
  EXPECT_EQ(lab.peer.mails(), 1u);
}

TEST(Drain, AFreedRouteIsTriedAtOnce) {
  Outage lab;
  lab.peer.manners.set_answer("connect", "421 later");
  lab.submit(kFrom, {"bob@example.org"});
  lab.run_until(lab.now() + 0.5);
  delivery::Outbound& outbound = lab.relay->desk().outbound();
  auto before = outbound.snapshot();
  ASSERT_THAT(before.routes, SizeIs(1));
  EXPECT_TRUE(before.routes[0].disabled);
  EXPECT_TRUE(before.routes[0].never_ready);
  ASSERT_THAT(before.relays, SizeIs(1));
  EXPECT_EQ(before.relays[0].description, "relay:example.org,smtp");
  EXPECT_EQ(before.relays[0].tasks, 1u);
  lab.peer.manners.reset();
  EXPECT_TRUE(outbound.resume_route(before.routes[0].id));
  EXPECT_FALSE(outbound.resume_route(before.routes[0].id));
  lab.run_until(lab.now() + 5);
  EXPECT_EQ(lab.peer.mails(), 1u) << "and not 400 s later";
  EXPECT_EQ(lab.counter("scheduler.delivery.tempfail"), 0);
  auto after = outbound.snapshot();
  ASSERT_THAT(after.domains, SizeIs(1));
  EXPECT_EQ(after.domains[0].domain, "example.org");
  EXPECT_THAT(after.domains[0].text, HasSubstr("250 2.0.0"));
}

TEST(Drain, WhoSaysNowNeedNotWaitForTheEndOfAFailedBurst) {
  Outage lab;
  lab.simulation.stop(*lab.peer.host);
  lab.submit(kFrom, {"bob@example.org"});
  lab.run_until(lab.now() + 0.2);
  lab.boot(lab.peer);
  delivery::Outbound& outbound = lab.relay->desk().outbound();
  ASSERT_THAT(outbound.snapshot().routes, SizeIs(1));
  EXPECT_TRUE(outbound.resume_route(outbound.snapshot().routes[0].id));
  lab.run_until(lab.now() + 0.2);
  EXPECT_EQ(lab.peer.mails(), 1u) << "the burst would have ended after a second";
}

}  // namespace
}  // namespace mxlab::relay
