// playable_test.cpp - what is only simulated says why, and all else is played on real wires.
#include "sim/live/playable.hpp"

#include <gmock/gmock.h>

namespace mxlab::sim::live {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

std::optional<std::string> why(const std::string& rest, const std::string& network = "",
                               bool netem = false) {
  const auto result = scenario::parse("story.yaml", R"(name: A story of a test
hosts:
  mail.websteading.net: {is: sender}
  mail.example.org: {is: primary}
  mx2.example.org: {is: relay, config: relay.conf}
)" + network + "steps:\n  - expect: {mx2.example.org: {queue: 0}}\n" +
                                                        rest);
  for (const auto& diagnostic : result.diagnostics) ADD_FAILURE() << scenario::format(diagnostic);
  return why_only_simulated(result.scenario.value(), [netem] { return netem; });
}

TEST(Playable, IsWhatRealProgramsCanDo) {
  EXPECT_EQ(why("  - stop: mail.example.org\n"), std::nullopt);
  EXPECT_EQ(why("  - blackhole: {to: mail.example.org, from: mx2.example.org}\n"), std::nullopt);
  EXPECT_EQ(why("  - answer: {mail.example.org: {rcpt: \"451 later\"}}\n"), std::nullopt);
  EXPECT_EQ(why("  - lie: {example.org MX: servfail}\n"), std::nullopt);
}

TEST(Playable, ScenariosMaySayThatTheyAreNot) {
  EXPECT_THAT(why("live: {skip: it takes four days}\n"),
              Optional(std::string("it takes four days")));
}

TEST(Playable, ClocksAndDisksObeyOnlyInTheSimulation) {
  EXPECT_THAT(why("  - clock: {mx2.example.org: +1h}\n"), Optional(HasSubstr("one clock")));
  EXPECT_THAT(why("  - disk: {mx2.example.org: {error: EIO}}\n"), Optional(HasSubstr("disks")));
}

TEST(Playable, SlowAndNarrowWiresNeedAKernelThatHasThem) {
  for (const char* network : {"network: {latency: 200ms}\n", "network: {rate: 64k}\n"}) {
    EXPECT_THAT(why("", network), Optional(HasSubstr("this kernel has no netem")));
    EXPECT_EQ(why("", network, true), std::nullopt);
  }
  EXPECT_EQ(why("", "network: {latency: 5ms}\n"), std::nullopt);
}

TEST(Playable, CopiedDatagramsAreOnlySimulated) {
  EXPECT_THAT(why("", "network: {duplicate datagrams: 10%}\n"), Optional(HasSubstr("duplicate")));
}

}  // namespace
}  // namespace mxlab::sim::live
