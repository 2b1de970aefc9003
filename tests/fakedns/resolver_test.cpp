// The resolver against fakedns on simulated wires: both sides at once, in virtual time.
#include "relay/dns/resolver.hpp"

#include <gmock/gmock.h>

#include "tests/fakedns/lab.hpp"

namespace mxlab::fakedns {
namespace {

using dns::Mx;
using dns::Status;
using std::chrono::milliseconds, std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

class ResolverTest : public testing::Test {
 protected:
  ResolverTest() {
    lab.zones.add("example.org", "MX 20 mx2.example.org");
    lab.zones.add("example.org", "MX 10 mail.example.org");
    lab.zones.add("mail.example.org", "A 192.0.2.10");
    lab.zones.add("mail.example.org", "AAAA 2001:db8::10");
    lab.zones.add("mx2.example.org", "A 192.0.2.20");
    lab.zones.add("192.0.2.10", "PTR mail.example.org");
  }
  std::size_t questions() const { return lab.asked_first.size() + lab.asked_second.size(); }
  DnsLab lab;
};

TEST_F(ResolverTest, SortsMxRecordsByPreferenceInOneRoundTrip) {
  auto [answer, took] = lab.mx("Example.org.");
  EXPECT_EQ(answer.status, Status::kOk);
  EXPECT_THAT(answer.records, ElementsAre(Mx{10, "mail.example.org"}, Mx{20, "mx2.example.org"}));
  EXPECT_EQ(took, 2 * DnsLab::kLatency);
  EXPECT_EQ(questions(), 1U);
}

TEST_F(ResolverTest, KeepsEqualPreferencesInTheOrderOfTheAnswer) {
  lab.zones.replace("example.org", {"MX 10 c.example.org", "MX 10 a.example.org",
                                    "MX 5 z.example.org", "MX 10 b.example.org"});
  EXPECT_THAT(lab.mx("example.org").answer.records,
              ElementsAre(Mx{5, "z.example.org"}, Mx{10, "c.example.org"}, Mx{10, "a.example.org"},
                          Mx{10, "b.example.org"}));
}

TEST_F(ResolverTest, FindsAddressesOfBothFamilies) {
  auto answer = lab.addresses("mail.example.org").answer;
  EXPECT_EQ(answer.status, Status::kOk);
  EXPECT_THAT(answer.addresses, ElementsAre(address("192.0.2.10"), address("2001:db8::10")));
}

TEST_F(ResolverTest, FindsTheNamesOfAnAddress) {
  EXPECT_THAT(lab.names(address("192.0.2.10")).answer.names, ElementsAre("mail.example.org"));
}

// D26
TEST_F(ResolverTest, TellsAMissingNameFromMissingRecords) {
  EXPECT_EQ(lab.mx("nobody.example.org").answer.status, Status::kNoSuchName);
  EXPECT_EQ(lab.mx("mail.example.org").answer.status, Status::kNoData);
  EXPECT_EQ(lab.addresses("nobody.example.org").answer.status, Status::kNoSuchName);
  EXPECT_EQ(lab.addresses("example.org").answer.status, Status::kNoData);
}

TEST_F(ResolverTest, DoesNotAskForWhatIsNoName) {
  auto answer = lab.mx("not..a.name").answer;
  EXPECT_EQ(answer.status, Status::kNoSuchName);
  EXPECT_THAT(answer.reason, HasSubstr("is not a domain name"));
  EXPECT_EQ(questions(), 0U);
}

TEST_F(ResolverTest, GivesTheNullMxAsItIs) {
  lab.zones.replace("example.org", {"MX 0 ."});
  EXPECT_THAT(lab.mx("example.org").answer.records, ElementsAre(Mx{0, "."}));
}

TEST_F(ResolverTest, AsksOverTcpWhatDoesNotFitIntoADatagram) {
  for (int i = 0; i < 250; ++i) lab.zones.add("big.example.org", "A 10.0.1." + std::to_string(i));
  auto answer = lab.addresses("big.example.org").answer;
  EXPECT_EQ(answer.addresses.size(), 250U);
  ASSERT_GE(lab.asked_first.size(), 2U);
  EXPECT_EQ(lab.asked_first[0].summary, "NOERROR truncated");
  EXPECT_EQ(lab.asked_first[1].transport, Transport::kTcp);
}

// The first server answers "too long" over UDP and is gone when the asker comes back over TCP.
class ServerGoneAfterTruncation : public ResolverTest {
 protected:
  auto mx_when(std::function<void()> gone) {
    lab.lies.tell("example.org MX truncated");
    lab.simulation.at(lab.simulation.elapsed() + DnsLab::kLatency * 3 / 2, std::move(gone));
    return lab.mx("example.org");
  }
};

TEST_F(ServerGoneAfterTruncation, SendsUsToTheNextAtOnceWhenItsMachineRefuses) {
  auto [answer, took] = mx_when([this] { lab.simulation.kill(*lab.first); });
  EXPECT_EQ(answer.status, Status::kOk);
  EXPECT_EQ(took, 6 * DnsLab::kLatency) << "a datagram, a refused connection, a datagram";
}

TEST_F(ServerGoneAfterTruncation, SendsUsToTheNextWhenItsMachineHasNoPower) {
  auto [answer, took] = mx_when([this] { lab.simulation.crash(*lab.first); });
  EXPECT_EQ(answer.status, Status::kOk);
  EXPECT_EQ(took, milliseconds(3100) + 4 * DnsLab::kLatency) << "nobody answers ARP";
}

TEST_F(ServerGoneAfterTruncation, SendsUsToTheNextAfterTheLimitWhenNothingComesBack) {
  auto [answer, took] = mx_when([this] { lab.simulation.wires().blackhole(*lab.first); });
  EXPECT_EQ(answer.status, Status::kOk);
  EXPECT_EQ(took, seconds(5) + 4 * DnsLab::kLatency);
  lab.simulation.run_for(seconds(200));  // the connection that nobody waits for any more
}

// D31
TEST_F(ResolverTest, TakesNoAddressForTheNameOfAnMx) {
  lab.zones.add_zone(".");
  lab.zones.replace("example.org", {"MX 10 192.0.2.10"});
  EXPECT_THAT(lab.mx("example.org").answer.records, ElementsAre(Mx{10, "192.0.2.10"}));
  EXPECT_EQ(lab.addresses("192.0.2.10").answer.status, Status::kNoSuchName);
}

TEST_F(ResolverTest, AsksTheNextServerAtOnceWhenOneCannotAnswer) {
  for (std::string lie : {"servfail", "refused", "malformed"}) {
    lab.flush();
    lab.lies.set("example.org", "MX", parse_lie(lie));
    auto [answer, took] = lab.mx("example.org");
    EXPECT_EQ(answer.status, Status::kOk) << lie;
    EXPECT_EQ(took, 4 * DnsLab::kLatency) << lie;
  }
}

TEST_F(ResolverTest, FailsForNowWhenNoServerCanAnswer) {
  struct Case {
    std::string lie, reason;
  };
  for (auto& [lie, reason] :
       {Case{"servfail", "SERVFAIL from 192.0.2.54"}, Case{"refused", "REFUSED from 192.0.2.54"},
        Case{"malformed", "malformed answer from 192.0.2.54"},
        Case{"silence", "no answer from 192.0.2.54 within 5 s"},
        Case{"wrong-id", "no answer from 192.0.2.54 within 5 s"}}) {
    lab.lies.set("*", "", parse_lie(lie));
    lab.second_lies.set("*", "", parse_lie(lie));
    auto mx = lab.mx("example.org").answer;
    EXPECT_EQ(mx.status, Status::kTemporaryFailure) << lie;
    EXPECT_EQ(mx.reason, reason);
    auto addresses = lab.addresses("mail.example.org").answer;
    EXPECT_EQ(addresses.status, Status::kTemporaryFailure) << lie;
    EXPECT_EQ(addresses.reason, reason);
  }
}

TEST_F(ResolverTest, WaitsFiveSecondsForEachServerAndAsksAllOfThemTwice) {
  lab.lies.tell("* silence");
  lab.second_lies.tell("* silence");
  auto [answer, took] = lab.mx("example.org");
  EXPECT_EQ(took, seconds(20));
  EXPECT_EQ(lab.asked_first.size(), 2U);
  EXPECT_EQ(lab.asked_second.size(), 2U);
}

TEST_F(ResolverTest, DoesNotAskAgainAServerThatSaidItCannotAnswer) {
  lab.lies.tell("* servfail");
  lab.second_lies.tell("* silence");
  EXPECT_EQ(lab.mx("example.org").took, 2 * DnsLab::kLatency + seconds(10));
  EXPECT_EQ(lab.asked_first.size(), 1U);
  EXPECT_EQ(lab.asked_second.size(), 2U);
}

TEST_F(ResolverTest, ObeysItsOptions) {
  lab.options = {
      .servers = {{address("192.0.2.54"), 53}}, .timeout = milliseconds(700), .attempts = 3};
  lab.boot_asker();
  lab.second_lies.tell("* silence");
  auto [answer, took] = lab.mx("example.org");
  EXPECT_EQ(took, milliseconds(2100));
  EXPECT_EQ(answer.reason, "no answer from 192.0.2.54 within 0.7 s");
}

TEST_F(ResolverTest, SaysSoWhenItHasNoServer) {
  lab.options.servers.clear();
  lab.boot_asker();
  EXPECT_EQ(lab.mx("example.org").answer.reason, "no name server is configured");
}

TEST_F(ResolverTest, TakesALateAnswerAsLongAsItWaits) {
  lab.lies.tell("example.org delay 3s");
  auto [answer, took] = lab.mx("example.org");
  EXPECT_EQ(answer.status, Status::kOk);
  EXPECT_EQ(took, seconds(3) + 2 * DnsLab::kLatency);
}

TEST_F(ResolverTest, DropsAnAnswerThatComesTooLate) {
  lab.lies.tell("example.org delay 6s");
  auto [answer, took] = lab.mx("example.org");
  EXPECT_EQ(answer.status, Status::kOk);
  EXPECT_EQ(took, seconds(5) + 2 * DnsLab::kLatency) << "the second server's answer";
  lab.simulation.run_for(seconds(10));
}

TEST_F(ResolverTest, BelievesAnEmptyAnswerButDoesNotRememberIt) {
  lab.lies.tell("example.org MX empty");
  EXPECT_EQ(lab.mx("example.org").answer.status, Status::kNoData);
  lab.lies.clear_all();
  EXPECT_EQ(lab.mx("example.org").answer.status, Status::kOk);
}

TEST_F(ResolverTest, GoesOnWhenTheServersMachineSaysThatNobodyListens) {
  lab.simulation.kill(*lab.first);
  auto [answer, took] = lab.mx("example.org");
  EXPECT_EQ(answer.status, Status::kOk);
  EXPECT_LT(took, seconds(1)) << "the ICMP message spares the waiting";
}

TEST_F(ResolverTest, RemembersAnswersForTheirTtl) {
  lab.zones.remove("example.org", "MX");
  lab.zones.add("example.org", "MX 10 mail.example.org", 120);
  auto begin = lab.simulation.now();
  lab.mx("example.org");
  lab.zones.remove("example.org", "MX");
  lab.simulation.run_until(begin + seconds(119));
  EXPECT_EQ(lab.mx("EXAMPLE.org").answer.status, Status::kOk);
  EXPECT_EQ(questions(), 1U) << "from the cache";
  lab.simulation.run_until(begin + seconds(121));
  EXPECT_EQ(lab.mx("example.org").answer.status, Status::kNoData);
}

TEST_F(ResolverTest, RemembersDenialsForTheSoasMinimum) {
  EXPECT_EQ(lab.mx("new.example.org").answer.status, Status::kNoSuchName);
  lab.zones.add("new.example.org", "MX 10 mail.example.org");
  EXPECT_EQ(lab.mx("new.example.org").answer.status, Status::kNoSuchName);
  lab.simulation.run_for(seconds(kDefaultNegativeTtl));
  EXPECT_EQ(lab.mx("new.example.org").answer.status, Status::kOk);
}

TEST_F(ResolverTest, ForgetsEverythingWhenFlushed) {
  lab.mx("example.org");
  lab.flush();
  lab.mx("example.org");
  EXPECT_EQ(questions(), 2U);
}

TEST_F(ResolverTest, NeverRemembersAFailure) {
  lab.lies.tell("* servfail");
  lab.second_lies.tell("* servfail");
  EXPECT_EQ(lab.mx("example.org").answer.status, Status::kTemporaryFailure);
  lab.lies.clear_all();
  EXPECT_EQ(lab.mx("example.org").answer.status, Status::kOk);
}

TEST_F(ResolverTest, RemembersAnAliasNoLongerThanItsShortestPart) {
  lab.zones.add("www.example.org", "CNAME mail.example.org", 10);
  lab.addresses("www.example.org");
  auto before = questions();
  lab.simulation.run_for(seconds(9));
  lab.addresses("www.example.org");
  EXPECT_EQ(questions(), before);
  lab.simulation.run_for(seconds(2));
  lab.addresses("www.example.org");
  EXPECT_GT(questions(), before);
}

// D26
TEST_F(ResolverTest, FollowsUpToEightAliases) {
  for (int i = 1; i <= 12; ++i)
    lab.zones.add("a" + std::to_string(i) + ".example.org",
                  i == 1 ? "CNAME mail" : "CNAME a" + std::to_string(i - 1));
  for (int i = 1; i <= 12; ++i) {
    auto answer = lab.addresses("a" + std::to_string(i) + ".example.org").answer;
    EXPECT_EQ(answer.status, i <= 8 ? Status::kOk : Status::kTemporaryFailure) << i << " aliases";
  }
}

TEST_F(ResolverTest, AsksForTheTargetWhenTheAnswerLacksIt) {
  lab.zones.add("split.example.org", "CNAME target.example.com");
  lab.lies.tell("target.example.com servfail");
  EXPECT_EQ(lab.addresses("split.example.org").answer.status, Status::kTemporaryFailure);
  EXPECT_EQ(lab.asked_first.at(1).name, "target.example.com");
}

TEST_F(ResolverTest, GivesUpOnALoopOfAliases) {
  lab.zones.add("loop1.example.org", "CNAME loop2");
  lab.zones.add("loop2.example.org", "CNAME loop1");
  auto answer = lab.mx("loop1.example.org").answer;
  EXPECT_EQ(answer.status, Status::kTemporaryFailure);
  EXPECT_THAT(answer.reason, HasSubstr("more than 8 aliases in a row"));
  EXPECT_EQ(questions(), 1U);
}

TEST_F(ResolverTest, DeniesForTheEndOfTheAliases) {
  lab.zones.add("dangling.example.org", "CNAME nobody");
  lab.zones.add("barren.example.org", "CNAME mail");
  EXPECT_EQ(lab.mx("dangling.example.org").answer.status, Status::kNoSuchName);
  EXPECT_EQ(lab.mx("barren.example.org").answer.status, Status::kNoData);
}

TEST_F(ResolverTest, FindsAddressesThoughOneFamilysQuestionFails) {
  lab.lies.tell("mail.example.org AAAA servfail");
  lab.second_lies.tell("mail.example.org AAAA servfail");
  auto answer = lab.addresses("mail.example.org").answer;
  EXPECT_EQ(answer.status, Status::kOk);
  EXPECT_THAT(answer.addresses, ElementsAre(address("192.0.2.10")));
  EXPECT_EQ(answer.reason, "");
}

TEST_F(ResolverTest, FailsForNowWhenOneFamilyHasNoneAndTheOthersQuestionFails) {
  lab.lies.tell("mx2.example.org A servfail");
  lab.second_lies.tell("mx2.example.org A servfail");
  EXPECT_EQ(lab.addresses("mx2.example.org").answer.status, Status::kTemporaryFailure);
}

class LossyWires : public testing::TestWithParam<int> {};

TEST_P(LossyWires, OnlyDelayAnswers) {
  DnsLab lab(static_cast<std::uint64_t>(GetParam()));
  lab.zones.add("example.org", "MX 10 mail.example.org");
  lab.simulation.wires().set_quality({.latency_min = DnsLab::kLatency,
                                      .latency_max = DnsLab::kLatency,
                                      .loss = 0.3,
                                      .duplicate = 0.5});
  lab.options.attempts = 20;
  lab.boot_asker();
  for (int i = 0; i < 20; ++i) {
    lab.flush();
    auto [answer, took] = lab.mx("example.org");
    EXPECT_THAT(answer.records, ElementsAre(Mx{10, "mail.example.org"}));
    auto waits = took / seconds(5);
    EXPECT_EQ(took, waits * seconds(5) + 2 * DnsLab::kLatency) << "whole waits, then one answer";
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, LossyWires, testing::Range(1, 6));

TEST(ResolverPorts, AreDrawnAfreshForEachTry) {
  DnsLab lab;
  lab.zones.add("example.org", "MX 10 mail.example.org");
  std::set<std::uint16_t> ports;
  for (int i = 0; i < 10; ++i) {
    lab.flush();
    lab.mx("example.org");
    ports.insert(lab.asked_first.back().asker.port);
  }
  EXPECT_GE(ports.size(), 9U) << "two of ten may agree by chance";
}

TEST_F(ResolverTest, LeavesNothingBehindWhenItsHostLosesPower) {
  lab.lies.tell("* silence");
  auto ask = [](std::shared_ptr<dns::Resolver> resolver) -> world::awaitable<void> {
    co_await resolver->mx("example.org");
    ADD_FAILURE() << "a dead host's question came back";
  };
  asio::co_spawn(lab.asker->world().executor, ask(lab.resolver), asio::detached);
  lab.simulation.wake(*lab.asker);
  lab.simulation.run_for(seconds(2));
  lab.resolver.reset();
  lab.simulation.crash(*lab.asker);
  lab.simulation.run_for(seconds(60));
}

}  // namespace
}  // namespace mxlab::fakedns
