#include "relay/control/texts.hpp"

#include <gtest/gtest.h>

#include "relay/control/counters.hpp"

namespace mxlab::control {
namespace {

struct Silent final : world::Journal {
  void record(const world::Fact&) override {}
};

TEST(Monitor, PrintsARowToTheBlankAsSmtpctlDoes) {
  EXPECT_EQ(monitor_header() + monitor_row({1, 2, 1, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0}),
            "--- client ---  -- envelope --   ---- relay/delivery --- ------- misc -------\n"
            "curr conn disc  curr  enq  deq   ok tmpfail prmfail loop expire remove bounce\n"
            "   1    2    1     0    1    1    1       0       0    0      0      0      0\n");
}

TEST(Monitor, WidensTheRowForAValueOfMoreThanFourDigits) {
  EXPECT_EQ(monitor_row({12345, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}),
            "12345    0    0     0    0    0    0       0       0    0      0      0      0\n");
}

TEST(Counters, ShowGaugesAsTheyStandAndTheRestAsChanges) {
  Silent journal;
  Counters counters(journal);
  counters.add("smtp.session");
  counters.add("scheduler.envelope", 2);
  Digest before = counters.digest();
  counters.add("smtp.session", -1);
  counters.add("scheduler.envelope", -1);
  counters.add("scheduler.delivery.ok");
  EXPECT_EQ(columns(counters.digest(), before), (Columns{0, 0, 1, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(columns(counters.digest(), Digest{}), (Columns{0, 1, 1, 1, 2, 1, 1, 0, 0, 0, 0, 0, 0}))
      << "a monitor's first row is the total since the daemon started";
}

TEST(QueueRow, HasFourteenFieldsAndEndsInABareBarBeforeTheFirstFailure) {
  QueueRow row{"23f3f5ae2e9e1fa6",
               "inet4",
               "mta",
               "auth",
               "test23442@websteading.net",
               "someone@example.org",
               "someone@example.org",
               1795332817,
               1795332817,
               1795332817,
               0,
               "inflight",
               9,
               ""};
  EXPECT_EQ(queue_row(row),
            "23f3f5ae2e9e1fa6|inet4|mta|auth|test23442@websteading.net|someone@example.org|"
            "someone@example.org|1795332817|1795332817|1795332817|0|inflight|9|");
}

TEST(QueueRow, PrintsANullSenderAsAnAtSign) {
  QueueRow row;
  row.state = "pending";
  row.seconds = 400;
  row.error = "Network error on destination MXs";
  EXPECT_EQ(queue_row(row), "||||@|||0|0|0|0|pending|400|Network error on destination MXs");
}

TEST(DurationText, LeavesOutPartsThatAreZero) {
  using namespace std::chrono_literals;
  EXPECT_EQ(duration_text(0s), "0s");
  EXPECT_EQ(duration_text(93784s), "1d2h3m4s");
  EXPECT_EQ(duration_text(400s), "6m40s");
  EXPECT_EQ(duration_text(3600s), "1h");
}

TEST(Stats, AreSortedByKeyWithTheUptimeAmongThem) {
  EXPECT_EQ(stats_text({{"smtp.session", 1}, {"bounce.envelope", 0}}, std::chrono::seconds(65)),
            "bounce.envelope=0\nsmtp.session=1\nuptime=65\nuptime.human=1m5s\n");
}

TEST(QueueRow, ShowsControlCharactersInsteadOfObeyingThem) {
  QueueRow row;
  row.sender = "a\033[2Jb@example.net";
  row.error = "550 no\r\nsuch\x7f user gr\xc3\xbc\xc3\x9f";
  const std::string text = queue_row(row);
  EXPECT_NE(text.find("|a\\^[[2Jb@example.net|"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("|550 no\\^M\\^Jsuch\\^? user gr\xc3\xbc\xc3\x9f")) << text;
}

}  // namespace
}  // namespace mxlab::control
