// The power cuts must be able to find something: the same story on a good disk and on a bad one.
#include "sim/run/points.hpp"

#include <gmock/gmock.h>

#include "sim/run/lab.hpp"
#include "tests/run/story.hpp"

namespace mxlab::sim::testing {
namespace {
using ::testing::HasSubstr;

constexpr std::uint64_t kApart = 7;

/// Each life of the backup begins without what the ones before it had written into the queue.
void lose_the_queue(Lab& lab) {
  Host* machine = lab.host(kBackup).machine;
  lab.simulation.trace().on_event([machine](const Event& event) {
    if (event.kind != EventKind::kBoot || event.host != machine->index) return;
    for (const char* file :
         {"/var/spool/mxrelay/queue.sqlite", "/var/spool/mxrelay/queue.sqlite-wal"})
      if (machine->disk().exists(file)) machine->disk().remove(file);
  });
}

TEST(Points, LoseNothingOnADiskThatKeepsItsWord) {
  const auto scenario = story(kOutage);
  const PointsResult result = run_points(scenario, {.jobs = 2, .every = kApart});
  EXPECT_GT(result.steps, 5u);
  EXPECT_GT(result.disk_calls, 5u);
  EXPECT_GT(result.disk_errors, 10u);
  EXPECT_EQ(result.bad, 0u) << to_string(result.losses.front().point) << ": "
                            << result.losses.front().sentence;
}

TEST(Points, ReportWhatALossyDiskLoses) {
  const auto scenario = story(kOutage);
  PointsOptions options{.jobs = 2, .every = kApart};
  options.prepare = lose_the_queue;
  const PointsResult result = run_points(scenario, options);
  ASSERT_GT(result.bad, 0u) << "of " << result.total() << " moments";
  EXPECT_LT(result.bad, result.total()) << "before the letter came there was nothing to lose";
  EXPECT_THAT(result.losses.front().sentence, HasSubstr("is lost"));

  options.only = result.losses.front().point;
  EXPECT_EQ(run_points(scenario, options).bad, 1u) << "the moment alone shows the same";
}

TEST(Points, AreNoneWithoutARelay) {
  const auto scenario = parsed(R"(name: Nobody relays
explain: A sender alone.
hosts:
  mail.websteading.net: {is: sender, like: opensmtpd}
steps:
  - at: 1s
    expect:
      mail.websteading.net: {queue: 0}
)");
  EXPECT_EQ(run_points(scenario, {}).total(), 0u);
}

TEST(Points, AreReadAsTheyAreWritten) {
  for (const char* text : {"step:17@mx2.example.org", "disk:3@a", "EIO:9@a", "ENOSPC:1@a",
                           "kill:23+4@mx2.example.org"}) {
    const auto point = parse_point(text);
    ASSERT_TRUE(point) << text;
    EXPECT_EQ(to_string(*point), text);
  }
  EXPECT_EQ(parse_point("step:17")->host, "") << "the first relay";
  for (const char* text : {"", "step", "step:", "step:x", "step:1+2", "kill:1", "kill:1+",
                           "kill:1+0", "EIO:1234567890123456789", "reboot:1", ":1"})
    EXPECT_FALSE(parse_point(text)) << text;
}

}  // namespace
}  // namespace mxlab::sim::testing
