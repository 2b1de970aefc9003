// How mail leaves: sessions, hosts that hang, leave, or take no more, and the queue's own times.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/world/spawn.hpp"
#include "tests/relay/lab.hpp"

namespace mxlab::relay {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::SizeIs;

const std::string kFrom = "alice@example.net";

/// One domain with one MX, and a session to it that lingers after the first mail.
struct OneHost : RelayLab {
  explicit OneHost(std::string config = kRelayForAll) : RelayLab(std::move(config)) {
    zones.add("example.org", "MX 10 mail.example.org");
    boot_relay();
  }
  void send(int mails = 1) {
    for (int i = 0; i < mails; ++i) submit(kFrom, {"bob@example.org"});
  }
  Peer& peer = add_peer("mail.example.org", 20);
};

// D34
TEST(Outbound, ReachesTheThirdMxWhenTheFirstTwoHaveHungOnceEach) {
  RelayLab lab;
  Peer& one = lab.add_peer("one.example.org", 21);
  Peer& two = lab.add_peer("two.example.org", 22);
  Peer& three = lab.add_peer("three.example.org", 23);
  for (const char* mx :
       {"MX 10 one.example.org", "MX 20 two.example.org", "MX 30 three.example.org"})
    lab.zones.add("example.org", mx);
  lab.simulation.wires().blackhole(*one.host);
  lab.simulation.wires().blackhole(*two.host);
  lab.boot_relay();
  lab.submit(kFrom, {"bob@example.org"});
  lab.run_until(2 * 134.8 + 5);
  EXPECT_EQ(three.mails(), 1u) << "OpenSMTPD needs 435 s, for it goes back to the first";
  EXPECT_EQ(lab.count_logs("mta connecting address=smtp://192.0.2.21:25"), 1u);
  EXPECT_EQ(lab.counter("scheduler.delivery.tempfail"), 0);
}

TEST(Outbound, ALingeringSessionThatThePeerHasLeftCostsNoRetry) {
  OneHost lab;
  lab.send();
  lab.run_until(3);
  lab.simulation.kill(*lab.peer.host);
  lab.boot(lab.peer);
  lab.run_until(5);
  lab.send();
  lab.run_until(8);
  EXPECT_EQ(lab.peer.mails(), 2u);
  EXPECT_EQ(lab.counter("scheduler.delivery.tempfail"), 0);
}

TEST(Outbound, A421OnALingeringSessionMakesANewOne) {
  OneHost lab;
  lab.send();
  lab.run_until(3);
  lab.peer.manners.set_answer("mail", "421 4.7.0 Too many messages");
  bool said = false;
  lab.simulation.trace().on_event([&](const sim::Event& event) {
    if (event.kind != sim::EventKind::kSent || !event.text.starts_with("421")) return;
    said = true;
    lab.peer.manners.reset();
  });
  lab.send();
  lab.run_until(8);
  EXPECT_TRUE(said);
  EXPECT_EQ(lab.peer.mails(), 2u);
  EXPECT_EQ(lab.counter("scheduler.delivery.tempfail"), 0);
}

TEST(Outbound, A421ToEverybodyIsAFailureAfterTwoSessions) {
  OneHost lab;
  lab.send();
  lab.run_until(3);
  lab.peer.manners.set_answer("mail", "421 4.7.0 Go away");
  lab.send();
  lab.run_until(30);
  EXPECT_EQ(lab.counter("scheduler.delivery.tempfail"), 1) << "no endless changing of sessions";
  EXPECT_THAT(lab.rows(), SizeIs(1));
}

TEST(Outbound, AMailBehindABusySessionGetsOneOfItsOwn) {
  OneHost lab;
  lab.peer.manners.set_answer("dot", "silence");
  lab.send();
  lab.run_until(4);
  lab.peer.manners.reset();
  lab.send();
  lab.run_until(12);
  EXPECT_EQ(lab.peer.mails(), 1u) << "the first may hang for ten minutes, the second need not";
}

TEST(Outbound, ABurstToASlowPeerUsesSeveralSessionsTwoSecondsApart) {
  OneHost lab;
  lab.peer.manners.slow(1s);
  lab.send(60);
  lab.run_until(200);
  EXPECT_EQ(lab.peer.mails(), 60u);
  EXPECT_EQ(lab.counter("scheduler.envelope"), 0);
  auto connects = lab.times("mta connecting");
  EXPECT_GT(connects.size(), 1u);
  EXPECT_LE(connects.size(), 10u) << "no thundering herd";
  for (std::size_t i = 1; i < connects.size(); ++i) EXPECT_GE(connects[i] - connects[i - 1], 2.0);
}

TEST(Outbound, APeerThatTakesOneSessionAtATimeGetsAllItsMailOverOne) {
  OneHost lab;
  lab.peer.manners.slow(100ms);
  lab.simulation.trace().on_event([&](const sim::Event& event) {
    if (event.kind == sim::EventKind::kLog && event.text.ends_with("mta connected"))
      lab.peer.manners.set_answer("connect", lab.peer.primary->digest().connects > 0
                                                 ? "421 4.7.0 Too many connections"
                                                 : "normal");
  });
  lab.send(60);
  lab.run_until(120);
  EXPECT_EQ(lab.peer.mails(), 60u);
  EXPECT_EQ(lab.counter("scheduler.delivery.tempfail"), 0);
  EXPECT_GT(lab.count_logs("BANNER rejected: 421"), 0u);
  EXPECT_EQ(lab.count_logs("Disabling route"), 0u) << "a host that serves us is not down";
}

TEST(Outbound, TwoDomainsOnOneHostBothGetThrough) {
  RelayLab lab;
  Peer& peer = lab.add_peer("mail.example.org", 20);
  lab.zones.add("one.example", "MX 10 mail.example.org");
  lab.zones.add("two.example", "MX 10 mail.example.org");
  lab.boot_relay();
  peer.manners.slow(1s);
  for (int i = 0; i < 60; ++i) lab.submit(kFrom, {"bob@one.example"});
  lab.run_until(20);
  lab.submit(kFrom, {"bob@two.example"});
  lab.run_until(200);
  EXPECT_THAT(peer.mailboxes.of("bob@two.example"), SizeIs(1))
      << "while the first domain held all connections, nobody told the second when one was free";
  EXPECT_EQ(lab.counter("mta.session"), 0) << "each session's end is counted";
}

// D20
TEST(Outbound, SplitsAMailToManyOfOneDomainIntoHundreds) {
  OneHost lab;
  std::vector<std::string> recipients;
  for (int i = 0; i < 250; ++i) recipients.push_back("u" + std::to_string(i) + "@example.org");
  lab.submit(kFrom, recipients);
  int transactions = 0;
  lab.simulation.trace().on_event([&](const sim::Event& event) {
    if (event.kind == sim::EventKind::kSent && event.text == "DATA") ++transactions;
  });
  lab.run_until(30);
  EXPECT_EQ(lab.peer.mails(), 250u);
  EXPECT_EQ(transactions, 3);
}

TEST(Outbound, ALostReplyToTheDotIsCountedAsIndefinite) {
  OneHost lab;
  lab.peer.manners.set_answer("dot", "lose");
  lab.send();
  lab.run_until(5);
  EXPECT_EQ(lab.peer.mails(), 1u);
  EXPECT_EQ(lab.counter("mta.indefinite"), 1);
  EXPECT_EQ(lab.counter("scheduler.delivery.tempfail"), 1);
}

TEST(Scheduler, MailGoesOutThoughTheClockWasSetBackADay) {
  OneHost lab;
  lab.simulation.kill(*lab.peer.host);
  lab.send();
  lab.run_until(20);
  EXPECT_EQ(lab.counter("scheduler.delivery.tempfail"), 1);
  lab.machine->clock_skew = -24h;
  lab.run_until(900);
  lab.boot(lab.peer);
  lab.run_until(1e4);
  EXPECT_EQ(lab.peer.mails(), 1u);
  EXPECT_LE(lab.count_logs("mta connecting"), 6u) << "and without a storm";
}

TEST(Scheduler, PausedMailExpiresInItsTime) {
  OneHost lab("queue ttl 1m\n" + RelayLab::kRelayForAll);
  lab.relay->desk().pause_mta(true);
  lab.send();
  lab.run_until(55);
  EXPECT_EQ(lab.counter("scheduler.envelope.expired"), 0);
  lab.run_until(70);
  EXPECT_EQ(lab.counter("scheduler.envelope.expired"), 1);
  EXPECT_EQ(lab.peer.mails(), 0u);
  EXPECT_EQ(lab.counter("scheduler.envelope.inflight"), 0);
}

TEST(Scheduler, RestsWhileAllPlacesAreTaken) {
  OneHost lab;
  lab.simulation.wires().blackhole(*lab.peer.host);
  std::vector<std::string> recipients;
  for (int i = 0; i < 1000; ++i) recipients.push_back("u" + std::to_string(i) + "@example.org");
  for (int mail = 0; mail < 6; ++mail) lab.submit(kFrom, recipients);
  lab.run_until(20);
  EXPECT_GE(lab.counter("scheduler.envelope.inflight"), 5000);
  const auto before = lab.simulation.events();
  lab.run_until(120);
  EXPECT_LT(lab.simulation.events() - before, 1000u) << "it must not look again and again";
}

TEST(Scheduler, SchedulingAllLeavesAttemptsInFlightAlone) {
  OneHost lab;
  lab.peer.manners.set_answer("connect", "silence");
  lab.send();
  lab.run_until(5);
  ASSERT_EQ(lab.rows().front().state, "inflight");
  world::spawn(lab.machine->world(), [](std::shared_ptr<Relay> relay) -> awaitable<void> {
    EXPECT_EQ(co_await relay->desk().schedule_all(), 0u);
  }(lab.relay));
  lab.simulation.wake(*lab.machine);
  lab.run_until(20);
  EXPECT_EQ(lab.count_logs("mta connecting"), 1u);
}

}  // namespace
}  // namespace mxlab::relay
