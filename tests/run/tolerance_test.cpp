// tolerance_test.cpp - times on real wires may be off by so much and no more; on virtual time they
// may not be off at all.
#include <gmock/gmock.h>

#include "sim/judge/expectations.hpp"
#include "tests/run/story.hpp"

namespace mxlab::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// A host that took one message at 10.3 s, seen at 11 s by what `expectation` says of it.
std::vector<Broken> judged(const std::string& expectation, Duration tolerance) {
  const auto scenario =
      testing::story("steps:\n  - expect: {mail.websteading.net: {" + expectation + "}}\n");
  const TimePoint start{};
  TimePoint now = start;
  Trace trace(now);
  Chronicle chronicle(trace, 1);
  trace.record(0, EventKind::kBoot);
  now = start + 10300ms;
  trace.record(0, world::Fact{world::FactKind::kStat, "scheduler.envelope", {}, 1});
  const std::vector<Delivered> mail;
  return judge(scenario.steps.front().expect.front(),
               {chronicle.host(0), start, start + 11s, start, {}, mail, tolerance});
}

TEST(Tolerance, GrantsACounterSoMuchTimeAndNoMore) {
  const std::string late = "envelope.enq: 1 at 10s +- 0.1s";
  EXPECT_THAT(judged(late, {}), SizeIs(1));
  EXPECT_THAT(judged(late, 100ms), SizeIs(1));
  EXPECT_THAT(judged(late, 200ms), IsEmpty());
}

TEST(Tolerance, LetsAMonitorPollALittleEarlierOrLater) {
  const std::string row = "monitor: 0 0 0 | 0 0 0 | 0 0 0 0 | 0 0 0";  // as it was at 10.3 s
  EXPECT_THAT(judged(row, {}), SizeIs(1));
  EXPECT_THAT(judged(row, 500ms), SizeIs(1));
  EXPECT_THAT(judged(row, 1s), IsEmpty());
}

TEST(Tolerance, ForgivesNoWrongNumber) { EXPECT_THAT(judged("envelope.enq: 2", 1h), SizeIs(1)); }

}  // namespace
}  // namespace mxlab::sim
