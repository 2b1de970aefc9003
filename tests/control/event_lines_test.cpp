#include "relay/control/event_lines.hpp"

#include <gtest/gtest.h>

#include "relay/control/frames.hpp"

namespace mxlab::control {
namespace {

using world::Fact;
using world::FactKind;

constexpr world::TimePoint kAt{std::chrono::nanoseconds(1'763'856'000'123'456'789)};

TEST(EventLines, AreOneObjectALine) {
  EXPECT_EQ(
      event_line(kAt, {FactKind::kSent, "0123456789abcdef", "250 \"Ok\""}),
      R"({"t":1763856000123456789,"kind":"sent","subject":"0123456789abcdef","text":"250 \"Ok\""})"
      "\n");
  EXPECT_EQ(event_line(kAt, {FactKind::kStat, "smtp.session", {}, -1}),
            R"({"t":1763856000123456789,"kind":"stat","subject":"smtp.session","value":-1})"
            "\n");
  EXPECT_EQ(event_line(kAt, kStartedEvent), "{\"t\":1763856000123456789,\"kind\":\"started\"}\n");
}

TEST(EventLines, TellEveryKindOfFactToWhoReadsThem) {
  for (const FactKind kind : {FactKind::kLog, FactKind::kStat, FactKind::kSent, FactKind::kReceived,
                              FactKind::kQueue, FactKind::kTrace}) {
    const EventLine event = parse_event_line(event_line(kAt, {kind, "subject", "text", 7}));
    EXPECT_EQ(fact_kind(event), kind);
    EXPECT_EQ(event.at, kAt);
    EXPECT_EQ(event.subject, "subject");
    EXPECT_EQ(event.text, "text");
    EXPECT_EQ(event.value, kind == FactKind::kStat ? 7 : 0);
  }
  EXPECT_EQ(fact_kind(parse_event_line(event_line(kAt, kStartedEvent))), std::nullopt);
}

TEST(EventLines, StayOneLineWhateverAPeerHasWritten) {
  const std::string line = event_line(kAt, {FactKind::kReceived, "s", "a\nb\r\xff\x01"});
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_EQ(parse_event_line(line).text, "a\nb\r\xef\xbf\xbd\x01");
}

TEST(EventLines, AreRefusedWhenTheyAreNone) {
  for (const char* line : {"", "[]", "{}", R"({"t":"now","kind":"log"})", R"({"t":1})",
                           R"({"t":1,"kind":7})", R"({"t":1,"kind":"stat","value":"1"})"})
    EXPECT_THROW(parse_event_line(line), FrameError) << line;
}

}  // namespace
}  // namespace mxlab::control
