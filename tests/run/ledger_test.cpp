// The ledger alone: what accounts for a letter, and that one piece of evidence accounts for one.
#include "sim/judge/ledger.hpp"

#include <gmock/gmock.h>

namespace mxlab::sim {
namespace {
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

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

TEST(Ledger, ExcusesAsManyCopiesAsThereWereReasons) {
  const std::vector<Delivered> three{copy_of(1), copy_of(1), copy_of(1)};
  EXPECT_THAT(ledger_of(1).audit({.mail = three, .excusable_copies = 2}), IsEmpty());
  EXPECT_THAT(ledger_of(1).audit({.mail = three, .excusable_copies = 1}),
              ElementsAre(HasSubstr("3 times")));
}

}  // namespace
}  // namespace mxlab::sim
