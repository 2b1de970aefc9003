#include <gmock/gmock.h>

#include "tests/live/inside.hpp"
#include "tests/live/town.hpp"

namespace mxlab::sim::live {
namespace {

namespace fs = std::filesystem;
using world::FactKind;

using LiveTown = LiveTest;

TEST_F(LiveTown, ALetterWhoseWayToThePrimaryIsBarredComesByWayOfTheBackup) {
  inside([](const fs::path& place) {
    Town town(place);
    town.faults.set("mx1.example", FaultKind::kReject, "sender.example");
    EXPECT_EQ(town.run(town.primary.start()), "");
    EXPECT_EQ(town.run(town.relay.start()), "");
    EXPECT_EQ(town.run(town.sender.start()), "");
    EXPECT_EQ(town.run(town.sender.submit(Town::letter("one"))), "");
    ASSERT_TRUE(town.comes([&] { return !town.primary.mail().empty(); }));
    const Delivered mail = town.primary.mail().front();
    EXPECT_EQ(mail.mailbox, "bert@town.example");
    EXPECT_EQ(mail.sender, "anna@sender.example");
    EXPECT_THAT(mail.text, ::testing::EndsWith("Gr\xc3\xbc\xdf\xff\r\n"));
    EXPECT_THAT(mail.text, ::testing::HasSubstr("by mx2.example"));
    EXPECT_TRUE(town.comes([&] {
      return Town::has(town.from_relay, FactKind::kQueue, "Ok") &&
             Town::has(town.from_sender, FactKind::kQueue, "Ok");
    }));
    EXPECT_TRUE(Town::has(town.from_relay, FactKind::kQueue, "accepted for bert@town.example"));
    EXPECT_TRUE(Town::has(town.from_primary, FactKind::kReceived, "EHLO mx2.example"));
    EXPECT_THAT(town.rows(town.relay), ::testing::IsEmpty());
    EXPECT_THAT(town.questions, ::testing::Contains("192.0.2.11 town.example MX"));
    EXPECT_THAT(town.deaths, ::testing::IsEmpty());
  });
}

TEST_F(LiveTown, ARelayThatIsKilledKeepsItsMail) {
  inside([](const fs::path& place) {
    Town town(place);
    EXPECT_EQ(town.run(town.relay.start()), "");
    EXPECT_EQ(town.run(town.relay.submit(Town::letter("one"))), "");
    town.relay.kill();
    EXPECT_FALSE(town.relay.is_up());
    EXPECT_EQ(town.run(town.relay.submit(Town::letter("two"))), "it is down");
    EXPECT_EQ(town.run(town.relay.start()), "");
    const auto rows = town.rows(town.relay);
    ASSERT_EQ(rows.size(), 1);
    EXPECT_EQ(rows[0].sender, "anna@sender.example");
    EXPECT_EQ(rows[0].recipient, "bert@town.example");
    EXPECT_EQ(rows[0].kind, "mta");
    EXPECT_EQ(town.run(town.relay.stop()), "");
    EXPECT_FALSE(town.relay.is_up());
    EXPECT_THAT(town.deaths, ::testing::IsEmpty());
  });
}

TEST_F(LiveTown, ASenderThatIsKilledKeepsItsMail) {
  inside([](const fs::path& place) {
    Town town(place);
    EXPECT_EQ(town.run(town.sender.start()), "");
    EXPECT_EQ(town.run(town.sender.pause("mta", true)), "");
    EXPECT_EQ(town.run(town.sender.submit(Town::letter("one"))), "");
    EXPECT_EQ(town.rows(town.sender).size(), 1);
    town.sender.kill();
    EXPECT_THAT(town.rows(town.sender), ::testing::IsEmpty());
    EXPECT_EQ(town.run(town.primary.start()), "");
    EXPECT_EQ(town.run(town.sender.start()), "");
    ASSERT_TRUE(town.comes([&] { return town.primary.mail().size() == 1; }));
    EXPECT_THAT(town.primary.mail()[0].text, ::testing::HasSubstr("<one@sender.example>"));
    EXPECT_TRUE(town.comes([&] { return town.rows(town.sender).empty(); }));
  });
}

TEST_F(LiveTown, APausedHostTakesNoMailUntilItGoesOn) {
  inside([](const fs::path& place) {
    Town town(place);
    for (LiveStation* host : std::initializer_list<LiveStation*>{&town.relay, &town.primary}) {
      EXPECT_EQ(town.run(host->start()), "");
      EXPECT_EQ(town.run(host->pause("smtp", true)), "");
      EXPECT_EQ(town.run(host->submit(Town::letter("one"))),
                "server disallowed submission request");
      EXPECT_EQ(town.run(host->pause("smtp", false)), "");
      EXPECT_EQ(town.run(host->pause("smtp", false)), "");
      EXPECT_EQ(town.run(host->submit(Town::letter("two"))), "");
    }
  });
}

TEST_F(LiveTown, AnActorsMannersHoldInItsNextLifeToo) {
  inside([](const fs::path& place) {
    Town town(place);
    DialogueScript script;
    script.to = {town.wires.machine("mx1.example").addresses().front(), 25};
    script.say = {"EHLO x.example", "MAIL FROM:<>", "RCPT TO:<a@town.example>", "QUIT"};
    script.hear = {"220", "250", "250", "451 4.3.0 later", "221"};
    EXPECT_EQ(town.run(town.sender.start()), "");
    EXPECT_EQ(town.run(town.primary.start()), "");
    town.primary.answer({"mx1.example", "rcpt", "451 4.3.0 later", "", {}});
    EXPECT_EQ(town.run(town.sender.hold(script)), "");
    EXPECT_EQ(town.run(town.primary.stop()), "");
    EXPECT_EQ(town.run(town.primary.start()), "");
    EXPECT_EQ(town.run(town.sender.hold(script)), "");
    town.primary.reset_manners();
    EXPECT_NE(town.run(town.sender.hold(script)), "");
  });
}

TEST_F(LiveTown, ARelayWhoseDiskIsFullTakesNoMailAndLosesNone) {
  inside([](const fs::path& place) {
    Town town(place);
    EXPECT_EQ(town.run(town.relay.start()), "");
    EXPECT_EQ(town.run(town.relay.submit(Town::letter("one"))), "");
    town.relay.full(true);
    Letter big = Town::letter("two");
    big.text += std::string(200'000, 'x') + "\r\n";
    EXPECT_THAT(town.run(town.relay.submit(big)), ::testing::StartsWith("45"));
    town.relay.full(false);
    EXPECT_EQ(town.run(town.relay.submit(big)), "");
    EXPECT_EQ(town.rows(town.relay).size(), 2);
  });
}

TEST_F(LiveTown, LocalMailOfARelayIsReadFromItsMailboxes) {
  inside([](const fs::path& place) {
    Town town(place);
    EXPECT_EQ(town.run(town.relay.start()), "");
    Letter letter = Town::letter("one");
    letter.recipients = {"admin@mx2.example"};
    EXPECT_EQ(town.run(town.relay.submit(letter)), "");
    ASSERT_TRUE(town.comes([&] { return !town.relay.mail().empty(); }));
    EXPECT_EQ(town.relay.mail().front().mailbox, "admin@mx2.example");
    EXPECT_EQ(town.relay.mail().front().sender, "anna@sender.example");
  });
}

TEST_F(LiveTown, AFrozenHostStillAcceptsAndSaysNothing) {
  inside([](const fs::path& place) {
    Town town(place);
    const world::Endpoint port{town.wires.machine("mx1.example").addresses().front(), 25};
    EXPECT_EQ(town.run(town.primary.start()), "");
    town.primary.freeze(true);
    EXPECT_EQ(connect_from(town.wires.machine("sender.example"), port), 0);
    town.primary.freeze(false);
    EXPECT_EQ(town.run(town.primary.submit(Town::letter("one"))), "");
  });
}

TEST_F(LiveTown, AStartThatFailsIsToldWithTheProgramsLastWords) {
  inside([](const fs::path& place) {
    Town town(place);
    EXPECT_EQ(town.run(town.relay.start()), "");
    town.wires.machine("mx2.example").install("/etc/mxrelay/smtpd.conf", "nonsense\n");
    EXPECT_EQ(town.run(town.relay.stop()), "");
    EXPECT_THAT(town.run(town.relay.start()), ::testing::HasSubstr("hint"));
    EXPECT_THAT(town.deaths, ::testing::IsEmpty());
  });
}

}  // namespace
}  // namespace mxlab::sim::live
