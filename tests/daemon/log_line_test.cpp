// What peers write must not become lines, colours or fields of our log.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "relay/daemon/log.hpp"

namespace mxlab::daemon {
namespace {
using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

/// Keeps what the log writes.
class Paper final : public LogSink {
 public:
  explicit Paper(std::vector<std::string>& lines) : lines_(lines) {}
  void write(const LogEntry& entry) override {
    lines_.push_back(std::string(severity_word(entry.severity)) + " " + entry.text);
  }

 private:
  std::vector<std::string>& lines_;
};

struct LogTest : testing::Test {
  std::vector<std::string> lines;
  Log log{std::make_unique<Paper>(lines)};
  void fact(world::FactKind kind, std::string_view subject, std::string_view text) {
    log.record({kind, subject, text, 1});
  }
};

TEST(LogLine, ForgedLinesStayPartOfTheLineThatHoldsThem) {
  EXPECT_EQ(harmless("from=<a>\r\ninfo: all is well"), "from=<a>\\x0d\\x0ainfo: all is well");
  EXPECT_EQ(harmless("\x1b[31mred\x7f"), "\\x1b[31mred\\x7f");
  EXPECT_EQ(harmless(std::string_view("a\0b", 3)), "a\\x00b");
}

TEST(LogLine, UmlautsStayAndBrokenOrHiddenCharactersShow) {
  EXPECT_EQ(harmless("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f");
  EXPECT_EQ(harmless("\xc2\x9bX"), "\\xc2\\x9bX") << "CSI as one C1 character";
  EXPECT_EQ(harmless("\xc0\xaf"), "\\xc0\\xaf") << "overlong";
  EXPECT_EQ(harmless("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "a surrogate";
  EXPECT_EQ(harmless("end\xe2\x82"), "end\\xe2\\x82") << "cut off";
}

TEST(LogLine, IsOfBoundedLength) {
  const std::string line = harmless(std::string(1'000'000, 'x'));
  EXPECT_LE(line.size(), kMaxLogLine);
  EXPECT_THAT(line, EndsWith(" [cut]"));
  EXPECT_LE(harmless(std::string(1'000'000, '\x01')).size(), kMaxLogLine);
}

TEST(LogLine, IsTakenApartIntoSessionPartEventAndFields) {
  const auto parts = take_apart(
      "0123456789abcdef mta delivery evpid=1 from=<a b@c> relay=\"10.0.0.1 (mail)\" stat=\"250 "
      "x=y\"");
  EXPECT_EQ(parts.session, "0123456789abcdef");
  EXPECT_EQ(parts.part, "mta");
  EXPECT_EQ(parts.event, "delivery");
  EXPECT_THAT(parts.fields, ElementsAre(Pair("evpid", "1"), Pair("from", "a b@c"),
                                        Pair("relay", "10.0.0.1 (mail)"), Pair("stat", "250 x=y")));
  EXPECT_THAT(take_apart("info: smtp paused").fields, IsEmpty());
  EXPECT_THAT(take_apart("x=\"never closed").fields, ElementsAre(Pair("x", "\"never")));
}

TEST(LogLine, AsJsonHasTheFieldsAndTheTime) {
  const auto at = world::TimePoint(std::chrono::milliseconds(1'700'000'000'123));
  const auto json = nlohmann::json::parse(json_line(
      {Severity::kInfo, at, "0123456789abcdef smtp connected address=192.0.2.1 time=\"forged\""}));
  EXPECT_EQ(json["time"], "2023-11-14T22:13:20.123Z") << "a field of a peer's does not replace it";
  EXPECT_EQ(json["severity"], "info");
  EXPECT_EQ(json["event"], "connected");
  EXPECT_EQ(json["address"], "192.0.2.1");
}

TEST_F(LogTest, SaysWhatSmtpdSaysAndNoMoreUnlessAsked) {
  fact(world::FactKind::kLog, "info", "0123456789abcdef smtp connected address=192.0.2.1");
  fact(world::FactKind::kSent, "0123456789abcdef", "220 mx2.example.org ESMTP");
  fact(world::FactKind::kStat, "smtp.session", "");
  fact(world::FactKind::kQueue, "1111222233334444", "attempt");
  EXPECT_THAT(lines, ElementsAre("info 0123456789abcdef smtp connected address=192.0.2.1"));
}

TEST_F(LogTest, TracesTellTheTwoSidesOfTheProtocolApart) {
  ASSERT_TRUE(log.trace("mta", true));
  fact(world::FactKind::kLog, "info",
       "aaaaaaaaaaaaaaaa mta connecting address=smtp://192.0.2.1:25");
  fact(world::FactKind::kReceived, "aaaaaaaaaaaaaaaa", "220 hello");
  fact(world::FactKind::kReceived, "bbbbbbbbbbbbbbbb", "EHLO stranger");
  fact(world::FactKind::kLog, "info", "aaaaaaaaaaaaaaaa mta disconnected reason=quit messages=1");
  fact(world::FactKind::kReceived, "aaaaaaaaaaaaaaaa", "the number is free again");
  EXPECT_THAT(lines, Contains("debug mta: aaaaaaaaaaaaaaaa: <<< 220 hello"));
  EXPECT_THAT(lines, Not(Contains(HasSubstr("stranger"))));
  EXPECT_THAT(lines, Not(Contains(HasSubstr("free again"))));
}

TEST_F(LogTest, SwitchesWorkWhileItRuns) {
  EXPECT_FALSE(log.trace("nonsense", true));
  EXPECT_TRUE(log.trace("all", true));
  EXPECT_TRUE(log.traces("lookup"));
  EXPECT_TRUE(log.trace("lookup", false));
  EXPECT_FALSE(log.traces("lookup"));
  EXPECT_TRUE(log.traces("stat"));
  EXPECT_TRUE(log.trace("all", false));
  fact(world::FactKind::kStat, "smtp.session", "");
  EXPECT_THAT(lines, IsEmpty());
  log.verbose(true);
  fact(world::FactKind::kQueue, "1111222233334444", "attempt");
  EXPECT_THAT(lines, ElementsAre("debug queue: 1111222233334444 attempt"));
}

}  // namespace
}  // namespace mxlab::daemon
