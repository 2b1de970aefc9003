// The ledger: what accounts for a letter, and that one piece of evidence accounts for one; and the
// witness, who enters into it what scripted clients were promised.
#include "sim/judge/ledger.hpp"

#include <gmock/gmock.h>

#include "sim/judge/witness.hpp"

namespace mxlab::sim {
namespace {
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kFrom = "test@websteading.net", kTo = "someone@example.org";

Ledger ledger_of(int letters, const std::string& sender = kFrom) {
  Ledger ledger;
  for (int i = 1; i <= letters; ++i)
    ledger.posted({"letter-" + std::to_string(i) + "@a", sender, kTo, {}});
  return ledger;
}

Delivered copy_of(int letter) {
  return {
      kTo, kFrom, "Message-ID: <letter-" + std::to_string(letter) + "@a>\r\n\r\nHello.\r\n", {}};
}

/// It returns the letter's header, in which everybody stands.
Delivered report_on(int letter, const std::string& subject, const std::string& recipient) {
  return {kFrom,
          "",
          "Subject: " + subject + "\r\n\r\nFinal-Recipient: rfc822; " + recipient +
              "\r\n\r\nTo: other@example.org, " + kTo + "\r\nMessage-ID: <letter-" +
              std::to_string(letter) + "@a>\r\n",
          {}};
}

control::QueueRow row(const std::string& sender, const std::string& recipient) {
  control::QueueRow row;
  row.sender = sender;
  row.recipient = recipient;
  return row;
}

TEST(Ledger, MissesALetterThatIsNowhere) {
  EXPECT_THAT(ledger_of(1).audit({}), ElementsAre(HasSubstr("is lost")));
}

TEST(Ledger, IsContentWithALetterThatWasDelivered) {
  EXPECT_THAT(ledger_of(1).audit({.mail = {copy_of(1)}}), IsEmpty());
}

TEST(Ledger, DoesNotTakeAnotherLettersCopyForIt) {
  EXPECT_THAT(ledger_of(1).audit({.mail = {copy_of(2)}}), ElementsAre(HasSubstr("is lost")));
}

TEST(Ledger, TakesOnlyAReportOfFailureAboutThisRecipientForTheEnd) {
  const std::string failed = "Delivery status notification: failed";
  EXPECT_THAT(ledger_of(1).audit({.mail = {report_on(1, failed, kTo)}}), IsEmpty());
  EXPECT_THAT(ledger_of(1).audit({.mail = {report_on(1, failed, "other@example.org")}}),
              ElementsAre(HasSubstr("is lost")));
  EXPECT_THAT(ledger_of(1).audit({.mail = {report_on(1, "… delayed", kTo)}}),
              ElementsAre(HasSubstr("is lost")));
}

TEST(Ledger, LetsOneRowAccountForOneLetter) {
  EXPECT_THAT(ledger_of(1).audit({.rows = {row(kFrom, kTo)}}), IsEmpty());
  EXPECT_THAT(ledger_of(2).audit({.rows = {row(kFrom, kTo)}}),
              ElementsAre(HasSubstr("letter-2@a")));
  EXPECT_THAT(ledger_of(1).audit({.rows = {row(kFrom, "other@example.org")}}),
              ElementsAre(HasSubstr("is lost")));
}

TEST(Ledger, LetsOneReportUnderWayAccountForOneLetter) {
  EXPECT_THAT(ledger_of(2).audit({.rows = {row("", kFrom)}}), ElementsAre(HasSubstr("letter-2@a")));
}

TEST(Ledger, LetsADroppedReportTellOfAllThatFailedTogether) {
  const auto audit = [](std::int64_t failures) {
    return ledger_of(2).audit(
        {.dropped_reports = {{kFrom, 1}}, .final_failures = {{kTo, failures}}});
  };
  EXPECT_THAT(audit(2), IsEmpty());
  EXPECT_THAT(audit(1), ElementsAre(HasSubstr("letter-2@a")));
  EXPECT_THAT(ledger_of(1).audit({.dropped_reports = {{kFrom, 1}}}),
              ElementsAre(HasSubstr("is lost")));
}

TEST(Ledger, LetsAMessageWithoutASenderEndInSilence) {
  EXPECT_THAT(ledger_of(1, "").audit({.final_failures = {{kTo, 1}}}), IsEmpty());
  EXPECT_THAT(ledger_of(1).audit({.final_failures = {{kTo, 1}}}),
              ElementsAre(HasSubstr("is lost")));
}

world::TimePoint second(int n) { return world::TimePoint(std::chrono::seconds(n)); }

/// As it came by mx2 and mail, which have put their names in front of it.
Delivered travelled_copy(const std::string& id = "0a0b0c0d") {
  Delivered mail = copy_of(1);
  mail.text =
      "Received: from mx2.example.org (mx2.example.org [192.0.2.12])\r\n"
      "\tby mail.example.org (OpenSMTPD) with ESMTP id 01020304;\r\n"
      "Received: from a.example.net by mx2.example.org (mxrelayd) with ESMTP id " +
      id + ";\r\n" + mail.text;
  return mail;
}

Ledger ledger_at(world::TimePoint at) {
  Ledger ledger;
  ledger.posted({"letter-1@a", kFrom, kTo, at});
  return ledger;
}

TEST(Ledger, ExcusesOneCopyForEachDoubtOfAHostThatHadTheMessage) {
  const std::vector<Delivered> three(3, travelled_copy());
  const std::string relay = "mx2.example.org", primary = "mail.example.org";
  const auto audit = [&](std::map<std::string, std::vector<world::TimePoint>> doubts) {
    return ledger_at(second(10)).audit({.mail = three, .doubts = std::move(doubts)});
  };
  EXPECT_THAT(audit({{relay, {second(20), second(30)}}}), IsEmpty());
  EXPECT_THAT(audit({{relay, {second(20)}}, {primary, {second(30)}}}), IsEmpty());
  EXPECT_THAT(audit({{relay, {second(20)}}}), ElementsAre(HasSubstr("3 times")));
}

TEST(Ledger, ExcusesNothingForACrashBeforeTheMessageOrElsewhere) {
  const std::vector<Delivered> two(2, travelled_copy());
  const auto audit = [&](const std::string& host, int at) {
    return ledger_at(second(10)).audit({.mail = two, .doubts = {{host, {second(at)}}}});
  };
  EXPECT_THAT(audit("mx2.example.org", 20), IsEmpty());
  EXPECT_THAT(audit("mx2.example.org", 9), ElementsAre(HasSubstr("2 times")));
  EXPECT_THAT(audit("mx3.example.org", 20), ElementsAre(HasSubstr("2 times")));
}

/// What a scripted client says, each line with the reply to it.
Ledger witnessed(const std::vector<std::pair<std::string, std::string>>& talk) {
  Ledger ledger;
  Witness witness(ledger);
  Event banner;
  banner.subject = "session";
  banner.kind = EventKind::kReceived;
  banner.text = "220 mx2.example.org ESMTP";
  witness.read(banner);
  for (const auto& [said, heard] : talk) {
    Event event;
    event.subject = "session";
    event.kind = EventKind::kSent;
    event.text = said;
    witness.read(event);
    event.kind = EventKind::kReceived;
    event.text = heard;
    if (!heard.empty()) witness.read(event);
  }
  return ledger;
}

const std::string kTaken = "250 2.0.0 0a0b0c0d Message accepted for delivery";

TEST(Witness, HoldsAHostToThe250ThatAClientHasHeard) {
  const Ledger ledger = witnessed({{"EHLO a.example.net", "250 mx2.example.org Hello"},
                                   {"MAIL FROM:<" + kFrom + ">", "250 2.0.0 Ok"},
                                   {"RCPT TO:<" + kTo + ">", "250 2.1.5 Ok"},
                                   {"RCPT TO:<other@example.org>", "550 5.1.1 who?"},
                                   {"DATA", "354 go on"},
                                   {"RCPT TO:<text@example.org>", ""},
                                   {".", kTaken}});
  ASSERT_THAT(ledger.entries(), SizeIs(1));
  EXPECT_EQ(ledger.entries().front().recipient, kTo);
  EXPECT_THAT(ledger.audit({}), ElementsAre(HasSubstr("<0a0b0c0d> from")));
  EXPECT_THAT(ledger.audit({.mail = {travelled_copy()}}), IsEmpty());
  EXPECT_THAT(ledger.audit({.mail = {travelled_copy("0a0b0c0e")}}),
              ElementsAre(HasSubstr("is lost")));
}

TEST(Witness, DoesNotTakeAnotherHostsMessageOfTheSameNumberForIt) {
  const Ledger ledger = witnessed({{"MAIL FROM:<" + kFrom + ">", "250 2.0.0 Ok"},
                                   {"RCPT TO:<" + kTo + ">", "250 2.1.5 Ok"},
                                   {".", "250 2.0.0 01020304 Message accepted for delivery"}});
  EXPECT_THAT(ledger.audit({.mail = {travelled_copy()}}), ElementsAre(HasSubstr("is lost")));
}

TEST(Witness, KnowsThatARefusedMessageIsStillTheClients) {
  EXPECT_THAT(witnessed({{"MAIL FROM:<" + kFrom + ">", "250 2.0.0 Ok"},
                         {"RCPT TO:<" + kTo + ">", "250 2.1.5 Ok"},
                         {"DATA", "354 go on"},
                         {".", "451 4.3.0 not now"}})
                  .entries(),
              IsEmpty());
}

TEST(Witness, ForgetsTheRecipientsOfAMessageThatWasNeverSent) {
  const Ledger ledger = witnessed({{"MAIL FROM:<" + kFrom + ">", "250 2.0.0 Ok"},
                                   {"RCPT TO:<other@example.org>", "250 2.1.5 Ok"},
                                   {"RSET", "250 2.0.0 Ok"},
                                   {"MAIL FROM:<>", "250 2.0.0 Ok"},
                                   {"RCPT TO:<" + kTo + "> NOTIFY=NEVER", "250 2.1.5 Ok"},
                                   {"DATA", "354 go on"},
                                   {".", kTaken}});
  ASSERT_THAT(ledger.entries(), SizeIs(1));
  EXPECT_EQ(ledger.entries().front().sender, "");
  EXPECT_TRUE(ledger.entries().front().silent);
}

}  // namespace
}  // namespace mxlab::sim
