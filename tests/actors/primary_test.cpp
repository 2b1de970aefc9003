// The primary: pausing, answering badly, and the scripted client that speaks to it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/actors/lab.hpp"

namespace mxlab::sim {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

DialogueScript greet(const ActorHost& to, std::vector<std::string> hear) {
  return {{to.host->addresses[0], 25}, {"EHLO client.test", "QUIT"}, std::move(hear)};
}

TEST(Primary, FallsOverToTheBackupOnlyBeforeTheSessionIsReady) {
  struct Case {
    const char* point;
    const char* reply;
    bool handed_over;
    const char* result;
  };
  const Case kCases[] = {
      {"connect", "421 4.3.2 later", true, "Ok"},
      {"connect", "554 5.7.1 never", true, "Ok"},
      {"connect", "close", true, "Ok"},
      {"ehlo", "421 4.3.2 later", true, "Ok"},
      {"ehlo", "close", true, "Ok"},
      {"mail", "451 4.3.0 later", false, "TempFail 451 4.3.0 later"},
      {"mail", "550 5.7.1 no", false, "PermFail 550 5.7.1 no"},
      {"mail", "close", false, "TempFail Connection closed unexpectedly"},
      {"rcpt", "451 4.3.0 later", false, "TempFail 451 4.3.0 later"},
      {"rcpt", "550 5.1.1 no", false, "PermFail 550 5.1.1 no"},
      {"data", "451 4.3.0 later", false, "TempFail 451 4.3.0 later"},
      {"data", "554 5.3.0 no", false, "PermFail 554 5.3.0 no"},
      {"dot", "451 4.3.0 later", false, "TempFail 451 4.3.0 later"},
      {"dot", "550 5.7.1 no", false, "PermFail 550 5.7.1 no"},
      {"dot", "close", false, "TempFail Connection closed unexpectedly"},
  };
  for (const Case& example : kCases) {
    Tutorial lab;
    lab.primary.manners.set_answer(example.point, example.reply);
    lab.send();
    lab.run_until(60);
    const std::string story = std::string(example.point) + ": " + example.reply;
    EXPECT_THAT(lab.primary.mailboxes.all(), SizeIs(0)) << story;
    EXPECT_THAT(lab.backup.mailboxes.all(), SizeIs(example.handed_over ? 1 : 0)) << story;
    EXPECT_THAT(lab.times(lab.sender, EventKind::kQueue, example.result),
                testing::Not(testing::IsEmpty()))
        << story;
    EXPECT_EQ(lab.primary.digest().connects, lab.primary.digest().disconnects) << story;
  }
}

TEST(Primary, SaysNothingWhenToldToAndTheClientGivesUp) {
  for (const char* point : {"connect", "ehlo", "mail", "rcpt", "data", "dot"}) {
    Tutorial lab;
    lab.primary.manners.set_answer(point, "silence");
    lab.send();
    lab.run_until(299);
    EXPECT_EQ(lab.primary.digest().disconnects, 0) << point;
    lab.run_until(390);
    EXPECT_EQ(lab.primary.digest().connects, 1) << point;
    EXPECT_EQ(lab.primary.digest().disconnects, 1) << point;
    const bool before_ready = std::string(point) == "connect" || std::string(point) == "ehlo";
    EXPECT_THAT(lab.backup.mailboxes.all(), SizeIs(before_ready ? 1 : 0)) << point;
    EXPECT_THAT(lab.primary.mailboxes.all(), SizeIs(0)) << point;
  }
}

TEST(Primary, MakesADuplicateWhenItsLastReplyIsLost) {
  Tutorial lab;
  lab.primary.manners.set_answer("dot", "lose");
  lab.send();
  lab.run_until(60);
  EXPECT_THAT(lab.primary.mailboxes.all(), SizeIs(1));
  EXPECT_EQ(lab.sender.digest().temporary, 1);
  lab.primary.manners.set_answer("dot", "normal");
  lab.run_until(420);
  EXPECT_THAT(lab.primary.mailboxes.all(), SizeIs(2));
}

TEST(Primary, RefusesOneRecipientAndTakesTheOther) {
  Tutorial lab;
  lab.primary.manners.set_answer("rcpt", "550 5.1.1 who?", "nobody@example.org");
  lab.submit(lab.sender, "test@websteading.net", {"someone@example.org", "nobody@example.org"});
  lab.run_until(0.5);
  EXPECT_EQ(lab.sender.digest().ok, 1);
  EXPECT_EQ(lab.sender.digest().permanent, 1);
  EXPECT_THAT(lab.primary.mailboxes.of("Someone@Example.org"), SizeIs(1));
}

TEST(Primary, IsFullAndSlow) {
  Tutorial lab;
  lab.primary.manners.full(true);
  lab.primary.manners.slow(3s);
  lab.send();
  lab.run_until(60);
  EXPECT_THAT(lab.times(lab.sender, EventKind::kQueue, "TempFail 452 4.3.1"),
              ElementsAre(DoubleNear(9.03, 0.1)))
      << "banner, EHLO and MAIL took three seconds each (DATA and RCPT were refused at once)";
}

TEST(Primary, CountsWhoGaveUpAndWhoStillWaitsWhenItResumes) {
  Tutorial lab;
  auto& other = lab.add("other.test", "192.0.2.60");
  lab.boot_sender(other);
  lab.primary.primary->pause("smtp", true);
  EXPECT_FALSE(lab.primary.primary->pause("smtp", true)) << "command failed";
  lab.send();
  lab.run_until(310);  // the first client has given up by now
  lab.submit(other, "a@other.test", {"someone@example.org"});
  lab.run_until(400);
  EXPECT_EQ(lab.primary.columns(), control::Columns{});
  EXPECT_EQ(lab.submit(lab.primary, "a@example.org", {"b@example.org"}),
            "server disallowed submission request");
  lab.primary.primary->pause("smtp", false);
  lab.run_until(401);
  EXPECT_EQ(lab.primary.columns(), (control::Columns{1, 2, 1, 0, 1, 1, 1}));
}

TEST(Primary, LetsSixClientsIntoTheBacklogWhilePaused) {
  Tutorial lab;
  lab.primary.primary->pause("smtp", true);
  for (int i = 0; i < 7; ++i) {
    auto& client = lab.add("client" + std::to_string(i) + ".test", "192.0.2.7" + std::to_string(i));
    lab.boot_sender(client);
    lab.submit(client, "a@client.test", {"someone@example.org"});
  }
  lab.run_until(5);
  EXPECT_THAT(lab.times(lab.primary, EventKind::kEstablished, ""), SizeIs(6));
  EXPECT_FALSE(lab.times(lab.primary, EventKind::kBacklogFull, "").empty());
  lab.primary.primary->pause("smtp", false);
  lab.run_until(20);
  EXPECT_THAT(lab.primary.mailboxes.all(), SizeIs(7));
}

TEST(Primary, RefusesDomainsThatItDoesNotHave) {
  Tutorial lab;
  EXPECT_EQ(lab.submit(lab.sender, "a@websteading.net", {"b@mail.websteading.net"}), "");
  lab.run_until(1);
  EXPECT_THAT(lab.sender.mailboxes.of("b@mail.websteading.net"), SizeIs(1)) << "handed in here";
  auto trouble = lab.talk(
      lab.backup, {{lab.sender.host->addresses[0], 25},
                   {"HELO mx2.example.org", "MAIL FROM:<a@b.test>", "RCPT TO:<x@elsewhere.test>"},
                   {"220", "250", "250", "550 5.1.1 Invalid recipient"}});
  EXPECT_EQ(trouble, "");
}

TEST(Dialogue, SaysWhereTheReplyDiffers) {
  Tutorial lab;
  EXPECT_EQ(lab.talk(lab.sender,
                     greet(lab.primary, {"220", "250 mail.example.org Hello", "221", "close"})),
            "");
  EXPECT_THAT(lab.talk(lab.sender, greet(lab.primary, {"220", "550"})),
              HasSubstr("reply 2: expected \"550\", heard \"250 mail.example.org Hello"));
  EXPECT_THAT(lab.talk(lab.sender, greet(lab.primary, {"220", "250", "221", "250"})),
              HasSubstr("reply 4: expected \"250\", heard \"close\""));
  lab.primary.manners.set_answer("ehlo", "silence");
  EXPECT_THAT(lab.talk(lab.sender, greet(lab.primary, {"220", "250"})),
              HasSubstr("expected \"250\", heard \"silence\""));
  lab.simulation.stop(*lab.primary.host);
  EXPECT_EQ(lab.talk(lab.sender, greet(lab.primary, {"220"})),
            "cannot connect: IO Error: Connection refused");
}

TEST(Dialogue, SendsLinesAsTheyAreWhenTheyHaveAnEndOfTheirOwn) {
  Tutorial lab;
  auto trouble = lab.talk(
      lab.sender,
      {{lab.primary.host->addresses[0], 25},
       {"EHLO client.test", "MAIL FROM:<a@client.test>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n",
        "Subject: smuggled\r\n\r\nfirst\n.\n", "still the body", ".", "QUIT"},
       {"220", "250", "250", "250", "354", "550 5.6.11", "221"}});
  EXPECT_EQ(trouble, "") << "a dot between bare line feeds ends nothing";
  EXPECT_THAT(lab.primary.mailboxes.all(), SizeIs(0));
}

}  // namespace
}  // namespace mxlab::sim
