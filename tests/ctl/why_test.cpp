// Why mail is still here, in words: by hand for the words, through a relay for the facts.
#include "relay/why.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/ctl/lab.hpp"

namespace mxlab::relay {
namespace {
using namespace std::chrono_literals;
using ctl::ControlLab;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr world::TimePoint kNow{1795340000s};

WhyFacts facts() {
  WhyFacts facts;
  queue::Envelope& envelope = facts.envelope;
  envelope.id = queue::EnvelopeId::of(0x0e236aa4, 0);
  envelope.sender = "alice@example.net";
  envelope.recipient = envelope.destination = "bob@example.org";
  envelope.action = "backup";
  envelope.peer_name = "mail.example.net";
  envelope.peer_address = "192.0.2.10";
  envelope.creation = kNow - 2h;
  envelope.tries = 3;
  envelope.last_attempt = kNow - 5min;
  envelope.next_attempt = kNow + 10min;
  envelope.last_failure = {"451 4.3.0 come again", "4.3.0", "mail.example.org (192.0.2.20)"};
  facts.lifetime = {96h, {}};
  facts.now = kNow;
  delivery::Hop hop;
  hop.preference = 10;
  hop.host = "mail.example.org";
  hop.address = asio::ip::make_address("192.0.2.20");
  facts.hosts = std::vector<WhyHop>{{hop, std::nullopt, 0}};
  return facts;
}

TEST(Why, TellsTheWholeStory) {
  EXPECT_EQ(why_text(facts()),
            "0e236aa400000000 from <alice@example.net> to <bob@example.org> waits to be relayed "
            "(action \"backup\").\n"
            "It came from mail.example.net [192.0.2.10] 2h ago, Sun, 22 Nov 2026 07:33:20 +0000.\n"
            "Tried 3 times without success, the last time 5m ago, Sun, 22 Nov 2026 09:28:20 "
            "+0000.\n"
            "mail.example.org (192.0.2.20) answered: 451 4.3.0 come again\n"
            "The next attempt is in 10m, Sun, 22 Nov 2026 09:43:20 +0000.\n"
            "It may go to these hosts, the best one first:\n"
            "  10 mail.example.org [192.0.2.20]\n"
            "It expires in 3d22h, Thu, 26 Nov 2026 07:33:20 +0000; then its sender is told that it "
            "could not be delivered.\n"
            "What would release it:\n"
            "  mxrelayctl schedule 0e236aa400000000");
}

TEST(Why, NamesWhatStandsInTheWay) {
  auto held = facts();
  held.envelope.suspended = true;
  EXPECT_THAT(why_text(held), AllOf(HasSubstr("An operator has paused it"),
                                    HasSubstr("mxrelayctl resume envelope 0e236aa400000000"),
                                    Not(HasSubstr("expires"))));
  auto paused = facts();
  paused.agent_paused = true;
  EXPECT_THAT(releases(paused), testing::Contains("mxrelayctl resume mta"));
  auto resting = facts();
  std::get<std::vector<WhyHop>>(*resting.hosts).front().resting = 14s;
  EXPECT_THAT(why_text(resting), HasSubstr("[192.0.2.20]: it failed, and rests for 14s"));
  EXPECT_THAT(releases(resting), testing::Contains(HasSubstr("resume route")));
  auto busy = facts();
  std::get<std::vector<WhyHop>>(*busy.hosts).front().sessions = 1;
  EXPECT_THAT(why_text(busy), HasSubstr("[192.0.2.20]: a session is open to it\n"));
  auto gone = facts();
  gone.action_exists = false;
  EXPECT_THAT(releases(gone), testing::Contains(HasSubstr("no action \"backup\" any more")));
  auto running = facts();
  running.inflight_since = kNow - 93s;
  EXPECT_THAT(why_text(running), HasSubstr("An attempt is under way, since 1m33s."));
  EXPECT_THAT(releases(running), IsEmpty());
}

TEST(Why, SaysWhoIsToldInTheEnd) {
  auto null_sender = facts();
  null_sender.envelope.sender = "";
  EXPECT_THAT(why_text(null_sender), HasSubstr("nobody is told: it has no sender"));
  auto never = facts();
  never.envelope.dsn.notify = "NEVER";
  EXPECT_THAT(why_text(never), HasSubstr("NOTIFY=NEVER"));
}

/// The relay mx2.example.org, and mail for example.org.
class WhyLab : public testing::Test {
 protected:
  static constexpr const char* kBackup =
      "listen on egress\nlisten on socket\naction \"local_mail\" relay backup\n"
      "match from any for domain \"example.org\" action \"local_mail\"\n";
  WhyLab() { lab.zones.add_zone("example.org"); }
  std::string why() {
    lab.submit("alice@example.net", {"bob@example.org"});
    lab.run_until(60);
    return lab.out("why " + lab.rows().at(0).envelope_id.substr(0, 8));
  }
  ControlLab lab{kBackup};
};

TEST_F(WhyLab, WithAPrimaryThatIsDown) {
  lab.zones.add("example.org", "MX 10 mail.example.org.");
  lab.zones.add("example.org", "MX 100 mx2.example.org.");
  lab.simulation.kill(*lab.add_peer("mail.example.org", 20).host);
  EXPECT_THAT(why(), AllOf(HasSubstr("It was handed in on this host"), HasSubstr("Tried once"),
                           HasSubstr("What came of it: Network error on destination MXs"),
                           HasSubstr("The next attempt is in 5m"),
                           HasSubstr("\n  10 mail.example.org [192.0.2.20]\n"),
                           Not(HasSubstr("mx2.example.org ["))));
  const auto json =
      nlohmann::json::parse(lab.out("why " + lab.rows().at(0).envelope_id + " --json")).at(0);
  EXPECT_EQ(json["tries"], 1);
  EXPECT_EQ(json["hosts"][0]["address"], "192.0.2.20");
}

TEST_F(WhyLab, WithAPrimaryThatHangsWhichEveryListShows) {
  lab.zones.add("example.org", "MX 10 mail.example.org.");
  lab.zones.add("example.org", "MX 100 mx2.example.org.");
  lab.add_peer("mail.example.org", 20).manners.set_answer("connect", "silence");
  EXPECT_THAT(why(), AllOf(HasSubstr("An attempt is under way"),
                           HasSubstr("\n  10 mail.example.org [192.0.2.20]: being tried for "),
                           HasSubstr(", not ready for mail yet\n")));
  EXPECT_THAT(lab.out("show hosts"), HasSubstr("192.0.2.20 mail.example.org refcount=1 nconn=1"));
  EXPECT_THAT(lab.out("show routes"), HasSubstr("N--- nconn=1 nerror=0 penalty=0 timeout=-"));
  EXPECT_THAT(lab.out("show relays"), HasSubstr("ntask=1 nconn=1 lastconn="));
}

TEST_F(WhyLab, WithAPrimaryWhoseAddressIsOurs) {
  lab.zones.add("example.org", "MX 10 mail.example.org.");
  lab.zones.add("mail.example.org", "A 192.0.2.30");
  EXPECT_THAT(why(), HasSubstr("no host for it: No MX found for destination (mail.example.org, "
                               "preference 10, is this host: 192.0.2.30 is our address)"));
}

TEST_F(WhyLab, WithAHostThatSaidNotNow) {
  lab.zones.add("example.org", "MX 10 mail.example.org.");
  lab.zones.add("example.org", "MX 100 mx2.example.org.");
  lab.add_peer("mail.example.org", 20).manners.set_answer("rcpt", "451 4.3.0 come again");
  EXPECT_THAT(why(), HasSubstr("mail.example.org (192.0.2.20) answered: 451 4.3.0 come again"));
}

TEST_F(WhyLab, WithOurOwnNameMissingFromTheMx) {
  lab.zones.add("example.org", "MX 10 mail.example.org.");
  lab.add_peer("mail.example.org", 20);
  EXPECT_THAT(why(), AllOf(HasSubstr("mx2.example.org is not among the MX hosts of example.org"),
                           HasSubstr("relay backup mx NAME")));
}

TEST_F(WhyLab, WithNameServersThatFail) {
  lab.lies.tell("example.org MX servfail");
  EXPECT_THAT(why(), AllOf(HasSubstr("no host for it: Temporary failure in MX lookup (SERVFAIL"),
                           HasSubstr("\n  the name servers answering again\n")));
}

TEST_F(WhyLab, TellsOfTheFirstTwentyRecipientsAndWhereTheOthersAre) {
  lab.zones.add("example.org", "MX 10 mail.example.org.");
  std::vector<std::string> recipients;
  for (int i = 0; i < 25; ++i) recipients.push_back("u" + std::to_string(i) + "@example.org");
  lab.submit("alice@example.net", recipients);
  lab.run_until(60);
  const std::string text = lab.out("why 00000001");
  EXPECT_THAT(text, AllOf(HasSubstr("<u19@example.org>"), Not(HasSubstr("<u20@example.org>")),
                          testing::EndsWith("It has more envelopes: mxrelayctl show queue "
                                            "00000001\n")));
}

TEST_F(WhyLab, SaysThatWhatIsNotHereIsNotHere) {
  const ctl::Said said = lab.ctl("why 00000fff");
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.err, HasSubstr("not in the queue: delivered, returned, removed or never here"));
}

}  // namespace
}  // namespace mxlab::relay
