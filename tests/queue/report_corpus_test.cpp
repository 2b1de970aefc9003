// Reports of every kind about every kind of misfortune, read by a stranger: Python's email package
// and a checker of RFC 3464. And those in UTF-8 (RFC 6533).
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/queue/bounce.hpp"
#include "relay/queue/report_text.hpp"

namespace mxlab::queue {
namespace {

using testing::HasSubstr;
using testing::Not;

const TimePoint kNow{std::chrono::sys_seconds(std::chrono::seconds(1'795'336'417))};
const std::string kJose = "jos\xc3\xa9@example.org";

template <class Values>
const auto& pick(const Values& values, std::size_t n) {
  return values[n % std::size(values)];
}

/// The nth of many; each number takes another way through what may differ.
Report nth_report(std::size_t n) {
  static const std::string kSenders[] = {"alice@example.net", "\"a b\"@example.net",
                                         "alic\xc3\xa9@example.net",
                                         std::string(64, 'a') + "@x.test"};
  static const std::string kRecipients[] = {"bob@example.org", kJose, "\"b=c\"@example.org",
                                            "bad\xff@example.org"};
  static const std::string kTexts[] = {"550 5.1.1 no such user",
                                       "Network error on destination MXs",
                                       "",
                                       "450 4.2.0 " + std::string(3000, 'x'),
                                       "554 \r\nStatus: 2.0.0\r\n\r\n--=_mxlab_report_1",
                                       "550 caf\xc3\xa9 \xff\xfe closed",
                                       "421"};
  static const std::string kEnhanced[] = {"5.1.1", "", "4.4.1"};
  static const std::string kOriginals[] = {
      "Subject: hello\r\n\r\nbody\r\n",
      "Subject: caf\xc3\xa9\r\n\r\nbody\r\n",
      "",
      "Subject: long\r\n\r\n" + std::string(2000, 'y') + "\r\n",
      "Subject: nul\r\n\r\na" + std::string(1, '\0') + "\xff\r\n",
      "no header at all",
      "Subject: boundary\r\n\r\n--=_mxlab_report_1--\r\n",
      "Subject: bare\n\ncr\rlf\n"};
  static const std::string kOrcpt[] = {"", "rfc822;Bob+40example.org",
                                       "utf-8;jos\\x{E9}@example.org", "nonsense"};
  Report report;
  report.kind = static_cast<BounceKind>(n % 4);
  report.host = "mx2.example.org";
  report.original = pick(kOriginals, n / 3);
  report.full = n % 2 == 0;
  report.now = kNow;
  if (n % 3 != 0) report.arrival = kNow - std::chrono::hours(n);
  report.will_retry_until = kNow + std::chrono::hours(96);
  report.message_id = fmt::format("{:04x}@mx2.example.org", n);
  for (std::size_t i = 0; i <= n % 5; ++i) {
    Envelope about;
    about.kind = EnvelopeKind::kBounce;
    about.sender = pick(kSenders, n);
    about.recipient = about.destination = pick(kRecipients, n + i);
    about.internal = i % 2 == 1;
    about.last_failure = {pick(kTexts, n + i), pick(kEnhanced, n / 2 + i),
                          n % 2 == 0 ? "mail.example.org (192.0.2.20)" : ""};
    const bool success =
        report.kind == BounceKind::kDelivered || report.kind == BounceKind::kRelayed;
    if (success) about.last_failure = {"250 2.0.0 taken", "2.0.0", ""};
    if (report.kind == BounceKind::kDelayed) about.last_failure = {"450 4.2.0 busy", "4.2.0", ""};
    about.dsn.envid = n % 4 == 0 ? "QQ+2B314+3D" : "";
    about.dsn.orcpt = pick(kOrcpt, n + i);
    about.creation = kNow;
    report.about.push_back(std::move(about));
  }
  return report;
}

// D45
TEST(ReportCorpus, TwoHundredReportsReadWellToAStranger) {
  const std::filesystem::path folder = testing::TempDir() + "mxlab-reports";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  for (std::size_t n = 0; n < 240; ++n)
    std::ofstream(folder / fmt::format("{:03}.eml", n), std::ios::binary)
        << write_report(nth_report(n));
  const std::string command = "python3 -B " MXLAB_SOURCE_DIR "/tests/queue/check_reports.py " +
                              folder.string() + " >" + (folder / "verdict").string() + " 2>&1";
  const int status = std::system(command.c_str());
  std::ifstream verdict(folder / "verdict");
  EXPECT_EQ(status, 0) << std::string(std::istreambuf_iterator<char>(verdict), {}).substr(0, 4000);
  std::filesystem::remove_all(folder);
}

Report about_jose(const std::string& sender) {
  Report report = nth_report(0);
  report.original = "Subject: caf\xc3\xa9\r\n\r\ncaf\xc3\xa9\r\n";
  report.about.resize(1);
  report.about[0].sender = sender;
  report.about[0].destination = report.about[0].recipient = kJose;
  report.about[0].dsn.orcpt = "utf-8;jos\\x{E9}\\x{2B}1@example.org";
  report.about[0].last_failure = {"550 5.1.1 caf\xc3\xa9", "5.1.1", ""};
  return report;
}

// D47
TEST(ReportUtf8, ToAnAddressBeyondAsciiIsInUtf8ItselfAndSaysWhatItNeeds) {
  const Report report = about_jose("alic\xc3\xa9@example.net");
  EXPECT_TRUE(needs_utf8(report));
  const std::string text = write_report(report);
  for (const char* part :
       {"To: alic\xc3\xa9@example.net\r\n", "Content-Type: message/global-delivery-status\r\n",
        "Content-Type: message/global\r\n", "Content-Transfer-Encoding: 8bit\r\n",
        "Final-Recipient: utf-8; jos\xc3\xa9@example.org\r\n",
        "Original-Recipient: utf-8; jos\xc3\xa9+1@example.org\r\n",
        "Diagnostic-Code: smtp; 550 5.1.1 caf\xc3\xa9\r\n",
        "Subject: caf\xc3\xa9\r\n\r\ncaf\xc3\xa9"})
    EXPECT_THAT(text, HasSubstr(part));
}

// D47
TEST(ReportUtf8, ToAnAsciiAddressGoesOverSevenBitsWithEverythingInIt) {
  const Report report = about_jose("alice@example.net");
  EXPECT_FALSE(needs_utf8(report));
  const std::string text = write_report(report);
  EXPECT_TRUE(is_ascii(text));
  EXPECT_THAT(text, HasSubstr("Content-Type: message/delivery-status\r\n"));
  EXPECT_THAT(text, HasSubstr("Final-Recipient: utf-8; jos\\x{E9}@example.org\r\n"));
  EXPECT_THAT(text, HasSubstr("Original-Recipient: utf-8; jos\\x{E9}\\x{2B}1@example.org\r\n"));
  EXPECT_THAT(text, HasSubstr("  <jos\\x{E9}@example.org>:"));
}

// D46
TEST(ReportUtf8, HeadersAloneAreReturnedWhenThatWasAsked) {
  Report report = about_jose("alic\xc3\xa9@example.net");
  report.full = false;
  const std::string text = write_report(report);
  EXPECT_THAT(text, HasSubstr("Content-Type: message/global-headers\r\n"));
  EXPECT_THAT(text, Not(HasSubstr("\r\n\r\ncaf\xc3\xa9")));
}

TEST(ReportText, WhatIsNoUtf8StaysOut) {
  for (const char* wrong :
       {"\xff", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"})
    EXPECT_THAT(printable(wrong, Script::kUtf8), Not(HasSubstr(wrong))) << "RFC 3629 3";
  EXPECT_EQ(printable("a\xe2\x82\xac\xf0\x9f\x93\xa8", Script::kUtf8),
            "a\xe2\x82\xac\xf0\x9f\x93\xa8");
  EXPECT_EQ(printable("a\xe2\x82\xac"), "a???");
}

TEST(ReportText, UnicodeIsEmbeddedAndExtracted) {
  const std::string text = "a+b=c\\d\xc3\xa9\xf0\x9f\x93\xa8";
  const std::string embedded = embed_unicode(text);
  EXPECT_EQ(embedded, "a\\x{2B}b\\x{3D}c\\x{5C}d\\x{E9}\\x{1F4E8}");
  EXPECT_EQ(extract_unicode(embedded), text);
  for (const char* broken : {"\\x{}", "\\x{D800}", "\\x{110000}", "\\x{E9", "\\x{zz}", "x{E9}"})
    EXPECT_EQ(extract_unicode(broken), broken) << "left as it is";
}

}  // namespace
}  // namespace mxlab::queue
