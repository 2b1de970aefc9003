#include "relay/queue/bounce.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

namespace mxlab::queue {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const TimePoint kArrival{std::chrono::seconds(1'795'332'817)};  // 2026-11-22 07:33:37

Envelope refused() {
  Envelope e;
  e.id = EnvelopeId::of(0x2a, 1);
  e.kind = EnvelopeKind::kBounce;
  e.sender = "test@websteading.net";
  e.recipient = e.destination = "someone@example.org";
  e.creation = kArrival + std::chrono::hours(1);
  e.last_failure = {"550 5.1.1 no such user here", "5.1.1", "mail.example.org (192.0.2.20)"};
  return e;
}

Report failure() {
  Report report;
  report.host = "mx2.example.org";
  report.about = {refused()};
  report.original = "From: test@websteading.net\r\nSubject: hello\r\n\r\nthe body\r\n";
  report.arrival = kArrival;
  report.now = kArrival + std::chrono::hours(1);
  report.message_id = "0000002a.1@mx2.example.org";
  return report;
}

/// What no report may be, whatever it is made of.
void expect_clean(const std::string& text) {
  std::size_t longest = 0, start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    ASSERT_LT(static_cast<unsigned char>(text[i]), 0x80) << "8-bit byte at " << i;
    if (text[i] == '\r') ASSERT_EQ(text[i + 1], '\n') << "bare CR at " << i;
    if (text[i] != '\n') continue;
    ASSERT_EQ(text[i - 1], '\r') << "bare LF at " << i;
    longest = std::max(longest, i - 1 - start);
    start = i + 1;
  }
  EXPECT_LE(longest, 998u);
  EXPECT_EQ(start, text.size()) << "the last line has no end";
}

// D45
TEST(Report, IsTheMessageOfRfc3464) {
  const std::string text = write_report(failure());
  EXPECT_EQ(text,
            "Date: Sun, 22 Nov 2026 08:33:37 +0000\r\n"
            "From: Mailer Daemon <MAILER-DAEMON@mx2.example.org>\r\n"
            "To: test@websteading.net\r\n"
            "Subject: Delivery status notification: failed\r\n"
            "Message-Id: <0000002a.1@mx2.example.org>\r\n"
            "Auto-Submitted: auto-replied\r\n"
            "MIME-Version: 1.0\r\n"
            "Content-Type: multipart/report; report-type=delivery-status;\r\n"
            " boundary=\"=_mxlab_report_1\"\r\n"
            "\r\n"
            "This is a MIME-encapsulated message.\r\n"
            "\r\n"
            "--=_mxlab_report_1\r\n"
            "Content-Description: Notification\r\n"
            "Content-Type: text/plain; charset=us-ascii\r\n"
            "\r\n"
            "This is the mail system at mx2.example.org.\r\n"
            "Please do not reply to this message.\r\n"
            "\r\n"
            "Your message could not be delivered to the following recipients.\r\n"
            "It will not be tried again.\r\n"
            "\r\n"
            "  <someone@example.org>: mail.example.org (192.0.2.20) said: 550 5.1.1 no\r\n"
            " such user here\r\n"
            "\r\n"
            "--=_mxlab_report_1\r\n"
            "Content-Description: Delivery Report\r\n"
            "Content-Type: message/delivery-status\r\n"
            "\r\n"
            "Reporting-MTA: dns; mx2.example.org\r\n"
            "Arrival-Date: Sun, 22 Nov 2026 07:33:37 +0000\r\n"
            "\r\n"
            "Final-Recipient: rfc822; someone@example.org\r\n"
            "Action: failed\r\n"
            "Status: 5.1.1\r\n"
            "Remote-MTA: dns; mail.example.org (192.0.2.20)\r\n"
            "Diagnostic-Code: smtp; 550 5.1.1 no such user here\r\n"
            "Last-Attempt-Date: Sun, 22 Nov 2026 08:33:37 +0000\r\n"
            "\r\n"
            "--=_mxlab_report_1\r\n"
            "Content-Description: Message headers\r\n"
            "Content-Type: text/rfc822-headers\r\n"
            "\r\n"
            "From: test@websteading.net\r\n"
            "Subject: hello\r\n"
            "\r\n"
            "--=_mxlab_report_1--\r\n");
  expect_clean(text);
}

TEST(Report, ReturnsTheWholeMessageWhenAskedTo) {
  auto report = failure();
  report.full = true;
  const auto text = write_report(report);
  EXPECT_THAT(text,
              HasSubstr("Content-Type: message/rfc822\r\n\r\nFrom: test@websteading.net\r\n"));
  EXPECT_THAT(text, HasSubstr("the body\r\n"));
}

TEST(Report, CutsAnEightBitMessageDownToItsHeaders) {
  auto report = failure();
  report.full = true;
  report.original = "Subject: gr\xc3\xbc\xc3\x9f\x65 = hi \r\n\r\n\xff\xfe body\r\n";
  const auto text = write_report(report);
  expect_clean(text);
  EXPECT_THAT(text, Not(HasSubstr("message/rfc822")));
  EXPECT_THAT(text, HasSubstr("text/rfc822-headers\r\nContent-Transfer-Encoding: quoted-printable"
                              "\r\n\r\nSubject: gr=C3=BC=C3=9Fe =3D hi=20\r\n"));
}

TEST(Report, CutsAnOverlongLineDown) {
  auto report = failure();
  report.full = true;
  report.original = "X: " + std::string(3000, 'a') + "\r\n\r\nbody\r\n";
  expect_clean(write_report(report));
}

TEST(Report, SurvivesWhateverARemoteServerSays) {
  auto report = failure();
  report.about[0].last_failure.text =
      "550-\r\nBcc: victim@example.com\r\n\r\n" + std::string(20'000, 'x') + "\x01\x80\xff\t \r\n.";
  report.about[0].last_failure.enhanced.clear();
  report.host = std::string(2000, 'h');
  const auto text = write_report(report);
  expect_clean(text);
  EXPECT_THAT(text, Not(HasSubstr("\nBcc:"))) << "a reply must not become a header field";
  EXPECT_THAT(text, Not(HasSubstr("\r\n.\r\n")));
}

TEST(Report, FindsABoundaryThatTheOriginalDoesNotHold) {
  auto report = failure();
  report.full = true;
  report.original = "Subject: nested\r\n\r\n--=_mxlab_report_1--\r\n--=_mxlab_report_2\r\n";
  EXPECT_THAT(write_report(report), HasSubstr("boundary=\"=_mxlab_report_3\""));
}

TEST(Report, NamesEveryRecipientInOneReport) {
  auto report = failure();
  report.about.push_back(refused());
  report.about[1].destination = "other@example.org";
  report.about[1].last_failure = {"Envelope expired", "5.4.7", ""};
  const auto text = write_report(report);
  EXPECT_THAT(text, HasSubstr("Final-Recipient: rfc822; someone@example.org\r\n"));
  EXPECT_THAT(text,
              HasSubstr("\r\n\r\nFinal-Recipient: rfc822; other@example.org\r\nAction: failed"
                        "\r\nStatus: 5.4.7\r\nDiagnostic-Code: x-mxlab; Envelope expired\r\n"))
      << text;
}

TEST(Report, KeepsAnAliasesTargetToItself) {
  auto report = failure();
  report.about[0].internal = true;
  report.about[0].destination = "private@home.example";
  EXPECT_THAT(write_report(report), Not(HasSubstr("private@home.example")));
}

TEST(Report, OfADelaySaysHowLongItWillGoOn) {
  auto report = failure();
  report.kind = BounceKind::kDelayed;
  report.will_retry_until = kArrival + std::chrono::days(4);
  report.about[0].last_failure = {"Network error on destination MXs", "", ""};
  const auto text = write_report(report);
  EXPECT_THAT(text, HasSubstr("Subject: Delivery status notification: delayed\r\n"));
  EXPECT_THAT(text, HasSubstr("Action: delayed\r\nStatus: 4.0.0\r\n"));
  EXPECT_THAT(text, HasSubstr("Will-Retry-Until: Thu, 26 Nov 2026 07:33:37 +0000\r\n"));
  report.kind = BounceKind::kFailed;
  EXPECT_THAT(write_report(report), Not(HasSubstr("Will-Retry-Until")));
}

TEST(Report, TakesTheStatusClassFromAReplyWithoutEnhancedCode) {
  auto report = failure();
  report.about[0].last_failure = {"452 mailbox full", "", "mail.example.org"};
  EXPECT_THAT(write_report(report), HasSubstr("Status: 4.0.0\r\n"));
}

// D45
TEST(Report, GivesBackEnvidAndOriginalRecipientAsTheyWereMeant) {
  auto report = failure();
  report.about[0].dsn.envid = "QQ+3D1+2b";  // xtext knows upper case alone
  report.about[0].dsn.orcpt = "rfc822;some+2Bone@example.org";
  const auto text = write_report(report);
  EXPECT_THAT(text, HasSubstr("Original-Envelope-Id: QQ=1+2b\r\n"));
  EXPECT_THAT(text, HasSubstr("Original-Recipient: rfc822; some+one@example.org\r\n"));
}

// D21, D22
TEST(MayBounce, NeverAnswersTheNullSenderOrAReport) {
  Envelope envelope = refused();
  envelope.kind = EnvelopeKind::kRelay;
  EXPECT_TRUE(may_bounce(envelope, BounceKind::kFailed));
  EXPECT_FALSE(may_bounce(refused(), BounceKind::kFailed)) << "a report about a report";
  envelope.sender.clear();
  EXPECT_FALSE(may_bounce(envelope, BounceKind::kFailed));
}

struct NotifyCase {
  const char* notify;
  bool failed, delayed, delivered;
};

// D43
TEST(MayBounce, ObeysNotify) {
  const NotifyCase cases[] = {
      {"", true, true, false},           {"NEVER", false, false, false},
      {"FAILURE", true, false, false},   {"success,failure", true, false, true},
      {"DELAY", false, true, false},     {"SUCCESS", false, false, true},
      {"FAILURES", false, false, false},
  };
  Envelope envelope;
  envelope.sender = "test@websteading.net";
  for (const auto& c : cases) {
    envelope.dsn.notify = c.notify;
    EXPECT_EQ(may_bounce(envelope, BounceKind::kFailed), c.failed) << c.notify;
    EXPECT_EQ(may_bounce(envelope, BounceKind::kDelayed), c.delayed) << c.notify;
    EXPECT_EQ(may_bounce(envelope, BounceKind::kDelivered), c.delivered) << c.notify;
    EXPECT_EQ(may_bounce(envelope, BounceKind::kRelayed), c.delivered) << c.notify;
  }
}

}  // namespace
}  // namespace mxlab::queue
