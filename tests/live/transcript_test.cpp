// transcript_test.cpp - two runs laid side by side: what chance decides is not compared, all else
// is.
#include "sim/live/transcript.hpp"

#include <gmock/gmock.h>

#include "sim/live/connection.hpp"

namespace mxlab::sim::live {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Transcript some_run() {
  Transcript run;
  run["mx2.example.org"] = {{{"ok", 1}, {"tmpfail", 0}},
                            {{"example.org MX", 2}},
                            {{"> EHLO mx2.example.org", "< 250 mail.example.org"}, {"> QUIT"}}};
  return run;
}

TEST(Transcript, LeavesOutWhatChanceDecides) {
  EXPECT_EQ(normalised("250 2.0.0 1f2e3d4c Message accepted for delivery"),
            normalised("250 2.0.0 a0b1c2d3 Message accepted for delivery"));
  EXPECT_EQ(normalised("MAIL FROM:<a@example.org> SIZE=312"), "MAIL FROM:<a@example.org> SIZE=N");
  EXPECT_EQ(normalised("421 since Mon, 23 Nov 2026 01:02:03 +0000"), "421 since DATE");
}

TEST(Transcript, KeepsWhatPeopleDecide) {
  for (const char* line : {"451 4.3.0 come back later", "RCPT TO:<someone@example.org>",
                           "250-SIZE 36700160", "EHLO mx2.example.org"})
    EXPECT_EQ(normalised(line), line);
}

TEST(Transcript, TravelsAsJson) {
  EXPECT_THAT(differences(some_run(), transcript_of(to_json(some_run()))), IsEmpty());
}

TEST(Transcript, NamesTheCounterThatDiffers) {
  Transcript live = some_run();
  live["mx2.example.org"].counters["tmpfail"] = 3;
  const auto found = differences(some_run(), live);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found.front().text, HasSubstr("mx2.example.org: counters differ"));
  EXPECT_THAT(found.front().text, HasSubstr("tmpfail: 0 simulated, 3 live"));
}

TEST(Transcript, ShowsASessionThatOnlyOneRunHas) {
  Transcript live = some_run();
  live["mx2.example.org"].sessions.pop_back();
  const auto found = differences(some_run(), live);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found.front().text, HasSubstr("only simulated:\n  - > QUIT"));
}

TEST(Transcript, MissesAHostThatIsNotThere) {
  EXPECT_THAT(differences(some_run(), {}), SizeIs(3)) << "counters, dialogues, questions";
}

TEST(Transcript, FindsTheQuestionThatWasAskedMoreOften) {
  Transcript live = some_run();
  live["mx2.example.org"].questions["example.org MX"] = 4;
  const auto found = differences(some_run(), live);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found.front().host, "mx2.example.org");
  EXPECT_EQ(found.front().aspect, "questions");
  EXPECT_THAT(found.front().text, HasSubstr("example.org MX: 2 simulated, 4 live"));
}

TEST(Connections, AreReadFromTheRelaysLog) {
  const auto four =
      connection_in("37a1 mta connecting address=smtp://192.0.2.11:25 host=mail.example.org");
  ASSERT_TRUE(four);
  EXPECT_EQ(world::to_string(*four), "192.0.2.11:25");
  const auto six = connection_in("37a1 mta connecting address=smtps://[2001:db8::11]:465 host=x");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->port, 465);
  EXPECT_TRUE(six->address.is_v6());
  for (const char* other : {"37a1 mta connected", "mta connecting address=", "",
                            "1 mta connecting address=smtp://nobody:25 host=x"})
    EXPECT_FALSE(connection_in(other)) << other;
}

}  // namespace
}  // namespace mxlab::sim::live
