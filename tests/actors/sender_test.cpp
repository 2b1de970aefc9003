// The sender against the numbers that real OpenSMTPD showed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/actors/lab.hpp"

namespace mxlab::sim {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

double delivered_at(const ActorHost& host, ActorLab& lab) {
  EXPECT_THAT(host.mailboxes.all(), SizeIs(1)) << "on " << host.name;
  if (host.mailboxes.all().empty()) return -1;
  return std::chrono::duration<double>(host.mailboxes.all().front().at - lab.simulation.start())
      .count();
}

TEST(Sender, DeliversToThePrimaryAndLingersTenSeconds) {
  Tutorial lab;
  lab.send();
  lab.run_until(60);
  EXPECT_THAT(delivered_at(lab.primary, lab), DoubleNear(0.02, 0.02));
  EXPECT_EQ(lab.sender.columns(), (control::Columns{0, 1, 1, 0, 1, 1, 1}));
  EXPECT_EQ(lab.primary.columns(), (control::Columns{0, 1, 1, 0, 1, 1, 1}));
  EXPECT_THAT(lab.times(lab.primary, EventKind::kReceived, "QUIT"),
              ElementsAre(DoubleNear(10.02, 0.03)))
      << "the session is kept for ten seconds after its last mail";
  EXPECT_TRUE(lab.backup.mailboxes.all().empty());
}

TEST(Sender, HandsOverAfterTwoSecondsWhenThePrimaryRefuses) {
  Tutorial lab;
  lab.simulation.stop(*lab.primary.host);
  lab.send();
  lab.run_until(30);
  EXPECT_THAT(delivered_at(lab.backup, lab), DoubleNear(2.02, 0.03));
  EXPECT_TRUE(lab.logged(lab.sender, "mta error reason=IO Error: Connection refused"));
  EXPECT_TRUE(
      lab.logged(lab.sender, "Disabling route [] <-> 192.0.2.20 (mail.example.org) for 15s"));
}

TEST(Sender, HandsOverAfter135SecondsWhenPacketsAreDropped) {
  Tutorial lab;
  lab.simulation.wires().blackhole(*lab.primary.host, 25);
  lab.send();
  lab.run_until(300);
  EXPECT_THAT(delivered_at(lab.backup, lab), DoubleNear(134.7, 0.3));
}

TEST(Sender, HandsOverAfterThreeSecondsWhenTheHostIsGone) {
  Tutorial lab;
  lab.simulation.wires().rule({.to = lab.primary.host}, Verdict::kUnreachable);
  lab.send();
  lab.run_until(300);
  EXPECT_THAT(delivered_at(lab.backup, lab), DoubleNear(3.1, 0.1));
}

TEST(Sender, HandsOverAfterFiveMinutesWhenThePrimaryIsPaused) {
  Tutorial lab;
  lab.primary.primary->pause("smtp", true);
  lab.send();
  lab.run_until(93.5);
  auto rows = lab.rows(lab.sender);
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].state, "inflight");
  EXPECT_EQ(rows[0].seconds, 93) << "since the attempt began, counting up";
  EXPECT_EQ(rows[0].retry, 0u);
  EXPECT_THAT(control::queue_row(rows[0]),
              HasSubstr("|local|mta|auth|test@websteading.net|someone@example.org|"));
  lab.run_until(400);
  EXPECT_THAT(delivered_at(lab.backup, lab), DoubleNear(300.03, 0.03));
  EXPECT_THAT(lab.connects(lab.sender, lab.primary), SizeIs(1));
}

TEST(Sender, LetsASecondMailWaitForTheConnectionThatIsBeingMade) {
  Tutorial lab;
  lab.primary.primary->pause("smtp", true);
  lab.send();
  lab.run_until(100);
  lab.send();
  lab.run_until(600);
  ASSERT_THAT(lab.backup.mailboxes.all(), SizeIs(2));
  EXPECT_THAT(lab.times(lab.backup, EventKind::kQueue, "Ok"),
              ElementsAre(DoubleNear(300.03, 0.03), DoubleNear(300.03, 0.03)));
  EXPECT_EQ(lab.backup.digest().connects, 1) << "both over one session";
}

/// The attempts at the first envelope that was tried: the letter, not the reports about it.
std::vector<double> attempts(ActorHost& of, ActorLab& lab) {
  std::vector<double> found;
  std::string letter;
  for (const Event& event : lab.simulation.trace().events()) {
    if (event.kind != EventKind::kQueue || event.host != of.host->index) continue;
    if (event.text != "attempt") continue;
    if (letter.empty()) letter = event.subject;
    if (event.subject == letter)
      found.push_back(std::chrono::duration<double>(event.at - lab.simulation.start()).count());
  }
  return found;
}

struct Failing {
  const char* name;
  std::function<void(Tutorial&)> fault;
  double tempfail;
};

TEST(Sender, GivesUpAtItsNextTickWhenNoHostIsLeft) {
  const Failing kCases[] = {
      {"refused", [](Tutorial& lab) { lab.simulation.stop(*lab.primary.host); }, 11},
      {"dropped", [](Tutorial& lab) { lab.simulation.wires().blackhole(*lab.primary.host, 25); },
       141},
      {"paused", [](Tutorial& lab) { lab.primary.primary->pause("smtp", true); }, 301},
  };
  for (const Failing& failing : kCases) {
    Tutorial lab;
    lab.zones.replace("example.org", {"MX 10 mail.example.org"});
    failing.fault(lab);
    lab.send();
    lab.run_until(399);
    EXPECT_THAT(lab.times(lab.sender, EventKind::kQueue, "TempFail Network error"),
                ElementsAre(DoubleNear(failing.tempfail, 0.1)))
        << failing.name;
    auto rows = lab.rows(lab.sender);
    ASSERT_THAT(rows, SizeIs(1));
    EXPECT_EQ(rows[0].state, "pending");
    EXPECT_EQ(rows[0].retry, 1u);
    EXPECT_EQ(rows[0].error, "Network error on destination MXs");
  }
}

TEST(Sender, RetriesAtFourHundredTimesTheSquare) {
  Tutorial lab;
  lab.simulation.stop(*lab.primary.host);
  lab.simulation.stop(*lab.backup.host);
  lab.send();
  lab.run_until(40001);
  std::vector<testing::Matcher<double>> expected;
  for (int n = 0; n <= 10; ++n) expected.push_back(DoubleNear(400.0 * n * n, 0.1));
  EXPECT_THAT(attempts(lab.sender, lab), testing::ElementsAreArray(expected));
}

TEST(Sender, GoesBackToABetterHostWhileAWorseOneHangs) {
  Tutorial lab;
  auto& third = lab.add("mx3.example.org", "192.0.2.40");
  lab.boot_primary(third);
  lab.zones.replace("example.org",
                    {"MX 10 mail.example.org", "MX 20 mx2.example.org", "MX 30 mx3.example.org"});
  lab.simulation.wires().blackhole(*lab.primary.host, 25);
  lab.simulation.wires().blackhole(*lab.backup.host, 25);
  lab.send();
  lab.run_until(434);
  // As measured with OpenSMTPD, which gets to the third host only when both penalties overlap.
  EXPECT_THAT(lab.connects(lab.sender, lab.primary),
              ElementsAre(DoubleNear(0, 0.1), DoubleNear(151, 0.1), DoubleNear(301, 0.1)));
  EXPECT_THAT(lab.connects(lab.sender, lab.backup),
              ElementsAre(DoubleNear(134.7, 0.1), DoubleNear(285.7, 0.1)));
  EXPECT_THAT(third.mailboxes.all(), IsEmpty());
}

TEST(Sender, ExpiresAfterFourDaysAndReportsToItsOwnMailbox) {
  Tutorial lab;
  lab.simulation.stop(*lab.primary.host);
  lab.simulation.stop(*lab.backup.host);
  lab.send();
  lab.run_until(4 * 86400 - 1);
  EXPECT_THAT(attempts(lab.sender, lab), SizeIs(30));
  lab.run_until(4 * 86400 + 10);
  EXPECT_THAT(lab.times(lab.sender, EventKind::kQueue, "Expired"),
              ElementsAre(DoubleNear(4 * 86400, 0.01)));
  ASSERT_THAT(lab.sender.mailboxes.all(), SizeIs(2));
  EXPECT_THAT(lab.sender.mailboxes.all()[0].text,
              HasSubstr("Subject: Delivery status notification: delayed"));
  EXPECT_EQ(lab.sender.mailboxes.all()[0].at - lab.simulation.start(), 10012s)
      << "at the failure of the attempt after which the next one is beyond four hours";
  const Delivered& report = lab.sender.mailboxes.all()[1];
  EXPECT_EQ(report.mailbox, "test@websteading.net");
  EXPECT_EQ(report.sender, "");
  EXPECT_THAT(report.text, HasSubstr("Delivery status notification: failed"));
  EXPECT_THAT(report.text, HasSubstr("someone@example.org: Envelope expired"));
  EXPECT_EQ(lab.sender.digest().expired, 1);
}

TEST(Sender, ReportsAPermanentFailureOneSecondLater) {
  Tutorial lab;
  lab.primary.manners.set_answer("rcpt", "550 5.1.1 no such user");
  lab.send();
  lab.run_until(0.9);
  EXPECT_EQ(lab.sender.columns(), (control::Columns{0, 1, 1, 1, 2, 1, 0, 0, 1, 0, 0, 0, 1}));
  auto rows = lab.rows(lab.sender);
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].kind, "bounce");
  EXPECT_EQ(rows[0].expiration - rows[0].creation, 604800);
  lab.run_until(3);
  EXPECT_EQ(lab.sender.columns(), (control::Columns{0, 2, 2, 0, 3, 3, 2, 0, 1, 0, 0, 0, 1}));
  ASSERT_THAT(lab.sender.mailboxes.of("test@websteading.net"), SizeIs(1));
  EXPECT_THAT(lab.sender.mailboxes.all()[0].text, HasSubstr("550 5.1.1 no such user"));
  EXPECT_THAT(lab.rows(lab.sender), IsEmpty());
  EXPECT_THAT(lab.connects(lab.sender, lab.backup), IsEmpty());
}

TEST(Sender, NeverReportsToTheNullSender) {
  Tutorial lab;
  lab.primary.manners.set_answer("rcpt", "550 5.1.1 no such user");
  lab.submit(lab.sender, "", {"someone@example.org"});
  lab.run_until(60);
  EXPECT_EQ(lab.sender.columns(), (control::Columns{0, 1, 1, 0, 1, 1, 0, 0, 1}));
  EXPECT_TRUE(lab.sender.mailboxes.all().empty());
}

TEST(Sender, ObeysTheDnsOrItsFailure) {
  struct Case {
    const char* recipient;
    std::function<void(Tutorial&)> change;
    const char* result;
  };
  const Case kCases[] = {
      {"someone@nowhere.test", [](Tutorial& lab) { lab.zones.add_zone("test"); },
       "PermFail Domain does not exist"},
      {"someone@example.org", [](Tutorial& lab) { lab.lies.tell("example.org MX servfail"); },
       "TempFail Temporary failure in MX lookup"},
      {"someone@example.org", [](Tutorial& lab) { lab.zones.replace("example.org", {"MX 0 ."}); },
       "PermFail Domain does not accept mail"},
      {"someone@example.org",
       [](Tutorial& lab) { lab.zones.replace("example.org", {"MX 10 nowhere.example.org"}); },
       "TempFail No MX found for domain"},
  };
  for (const Case& example : kCases) {
    Tutorial lab;
    example.change(lab);
    lab.submit(lab.sender, "test@websteading.net", {example.recipient});
    lab.run_until(300);
    EXPECT_THAT(lab.times(lab.sender, EventKind::kQueue, example.result), SizeIs(1));
  }
}

TEST(Sender, TakesTheDomainsOwnAddressWhenThereIsNoMx) {
  Tutorial lab;
  lab.zones.remove("example.org", "MX");
  lab.zones.add("example.org", "A 192.0.2.30");
  lab.send();
  lab.run_until(60);
  EXPECT_THAT(lab.backup.mailboxes.all(), SizeIs(1));
}

TEST(Sender, KeepsEqualPreferencesInTheOrderOfTheAnswer) {
  Tutorial lab;
  lab.zones.replace("example.org", {"MX 10 mx2.example.org", "MX 10 mail.example.org"});
  for (int i = 0; i < 3; ++i) {
    lab.send();
    lab.run_until(lab.now() + 60);
  }
  EXPECT_THAT(lab.backup.mailboxes.all(), SizeIs(3));
}

TEST(Sender, RescuesWhatWaitsWhenTheDomainAnswersAgain) {
  Tutorial lab;
  lab.zones.replace("example.org", {"MX 10 mail.example.org"});
  lab.send();  // the domain has answered once
  lab.run_until(60);
  lab.simulation.stop(*lab.primary.host);
  lab.send();
  lab.run_until(100);
  lab.boot_primary(lab.primary);
  lab.run_until(200);
  EXPECT_THAT(lab.primary.mailboxes.all(), SizeIs(1));
  lab.send();
  lab.run_until(201);
  EXPECT_THAT(lab.primary.mailboxes.all(), SizeIs(3)) << "the new one, and at once the old one";
}

TEST(Sender, KeepsItsQueueAcrossAKill) {
  Tutorial lab;
  lab.primary.primary->pause("smtp", true);
  lab.send();
  lab.run_until(50);
  lab.simulation.kill(*lab.sender.host);
  lab.primary.primary->pause("smtp", false);
  lab.run_until(60);
  lab.boot_sender(lab.sender);
  EXPECT_EQ(lab.sender.digest().enqueued, 1) << "read back from the spool";
  lab.run_until(61);
  EXPECT_THAT(delivered_at(lab.primary, lab), DoubleNear(60.02, 0.05))
      << "what was inflight is tried again at once";
}

TEST(Sender, SurvivesAnEndAtAnyMoment) {
  for (int millisecond = 0; millisecond < 60; ++millisecond) {
    for (bool power_cut : {false, true}) {
      Tutorial lab;
      lab.send();
      lab.run_until(millisecond / 1000.0);
      Host& host = *lab.sender.host;
      lab.sender.sender.reset();
      power_cut ? lab.simulation.crash(host) : lab.simulation.kill(host);
      lab.run_until(1);
      lab.boot_sender(lab.sender);
      lab.run_until(30);
      const auto copies = lab.primary.mailboxes.all().size();
      EXPECT_TRUE(copies == 1 || copies == 2) << copies << " copies, ended at " << millisecond;
      EXPECT_THAT(lab.rows(lab.sender), IsEmpty());
    }
  }
}

TEST(Sender, TakesReportsFromOthersOnPort25) {
  Tutorial lab;
  lab.send();
  lab.run_until(20);
  auto trouble =
      lab.talk(lab.backup,
               {{lab.sender.host->addresses[0], 25},
                {"EHLO mx2.example.org", "MAIL FROM:<>", "RCPT TO:<test@websteading.net>", "DATA",
                 "Subject: bounce", "", "Sorry.", ".", "QUIT"},
                {"220 mail.websteading.net", "250", "250", "250", "354", "250", "221", "close"}});
  EXPECT_EQ(trouble, "");
  ASSERT_THAT(lab.sender.mailboxes.of("test@websteading.net"), SizeIs(1));
  EXPECT_THAT(lab.sender.mailboxes.all()[0].text,
              HasSubstr("Received: from mx2.example.org (mx2.example.org [192.0.2.30])"));
}

TEST(Sender, ReusesALingeringSessionForTheNextMail) {
  Tutorial lab;
  lab.send();
  lab.run_until(5);
  lab.send();
  lab.run_until(60);
  EXPECT_THAT(lab.primary.mailboxes.all(), SizeIs(2));
  EXPECT_EQ(lab.primary.digest().connects, 1);
  EXPECT_THAT(lab.times(lab.primary, EventKind::kReceived, "QUIT"),
              ElementsAre(DoubleNear(15.02, 0.05)));
}

TEST(Sender, SpeaksTlsWhenBothCanAndPlainlyWhenItBreaks) {
  for (bool refused : {false, true}) {
    Tutorial lab;
    lab.simulation.stop(*lab.sender.host);
    lab.simulation.stop(*lab.primary.host);
    lab.sender.tls = lab.primary.tls = true;
    if (refused) lab.primary.manners.set_answer("starttls", "454 4.7.0 TLS not available");
    lab.boot_sender(lab.sender);
    lab.boot_primary(lab.primary);
    lab.send();
    lab.run_until(60);
    ASSERT_THAT(lab.primary.mailboxes.all(), SizeIs(1));
    EXPECT_THAT(lab.primary.mailboxes.all()[0].text,
                HasSubstr(refused ? "with ESMTP id" : "with ESMTPS id"));
    EXPECT_EQ(lab.primary.digest().connects, refused ? 2 : 1);
    EXPECT_EQ(lab.logged(lab.sender, "downgrading to plain"), refused);
  }
}

}  // namespace
}  // namespace mxlab::sim
