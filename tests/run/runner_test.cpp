// What the runner must say of a run that went wrong: each promise is broken on purpose once.
#include <gmock/gmock.h>

#include "sim/run/lab_runner.hpp"
#include "tests/run/story.hpp"

namespace mxlab::sim::testing {
namespace {
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Runner, FindsNothingWhereEverythingArrives) {
  const auto scenario = story(kOutage);
  LabRunner runner(scenario, {});
  const RunResult result = runner.run();
  EXPECT_TRUE(result.passed());
  EXPECT_EQ(result.checked, 1u);
  EXPECT_EQ(runner.lab().ledger.entries().size(), 1u) << "an empty ledger is always right";
  EXPECT_EQ(runner.lab().host(kPrimary).mailboxes.all().size(), 1u);
}

TEST(Runner, ReportsALetterThatNobodyHas) {
  const auto scenario = story(kOutage);
  LabRunner runner(scenario, {});
  runner.on_story_end = [&] {
    runner.lab().heal_everything();
    runner.lab().simulation.run_for(std::chrono::hours(1));
    runner.lab().host(kPrimary).mailboxes = {};
  };
  EXPECT_THAT(runner.run().invariants,
              ElementsAre("<letter-1@mail.websteading.net> from <test@websteading.net> to "
                          "<someone@example.org> is lost: not delivered, not bounced, not in any "
                          "queue"));
}

TEST(Runner, ReportsACopyTooMany) {
  const auto scenario = story(kOutage);
  LabRunner runner(scenario, {});
  runner.on_story_end = [&] {
    auto& simulation = runner.lab().simulation;
    auto& boxes = runner.lab().host(kPrimary).mailboxes;
    while (boxes.all().empty() && simulation.step()) {
    }
    // The primary was stopped once, and may therefore have taken one letter twice.
    for (int copy = 0; copy < 2; ++copy) boxes.deliver(Delivered(boxes.all().front()));
  };
  EXPECT_THAT(runner.run().invariants, ElementsAre(HasSubstr("was delivered to "
                                                             "<someone@example.org> 3 times")));
}

TEST(Runner, ReportsAQueueThatDoesNotDrain) {
  std::string text = std::string(kCast) + kOutage + "heal: within 1h\n";
  const std::string mx = "MX 10 mail.example.org";
  text.replace(text.find(mx), mx.size(), "MX 10 nobody.example.org");
  const std::string zone = "dns:\n";
  text.insert(text.find(zone) + zone.size(), "  nobody.example.org: [A 192.0.2.99]\n");
  const auto scenario = parsed(text);
  EXPECT_THAT(LabRunner(scenario, {}).run().invariants,
              ElementsAre(HasSubstr("a queue has not drained 3600s after everything")));
}

TEST(Runner, ReportsAnEnvelopeThatTheCountersDoNotKnow) {
  const auto scenario = story(kOutage);
  LabRunner runner(scenario, {});
  SpoolEnvelope forgotten;
  forgotten.id = 7ull << 32;
  forgotten.recipient = "someone@example.org";
  forgotten.next_attempt = TimePoint::max();
  runner.on_story_end = [&] {
    runner.lab().host(kSender).spool.envelopes[forgotten.id] = forgotten;
  };
  EXPECT_THAT(runner.run().invariants,
              ElementsAre(HasSubstr("and its host's counters say that it is empty")));
}

TEST(Runner, ReportsARelayThatEndedByItself) {
  const auto scenario = story(kOutage);
  LabRunner runner(scenario, {});
  runner.on_step = [&](const scenario::Step& step, Duration) {
    if (&step != &scenario.steps.back()) return;
    LabHost& backup = runner.lab().host(kBackup);
    runner.lab().stop(backup);
    backup.machine->disk().fail({EIO, backup.machine->disk().calls() + 1, 1'000'000, false});
    runner.lab().boot(backup);
    runner.lab().simulation.run_for(std::chrono::seconds(1));
  };
  const RunResult result = runner.run();
  ASSERT_EQ(result.invariants.size(), 1u) << "healed, it does its work";
  EXPECT_THAT(result.invariants.front(), HasSubstr("mx2.example.org: "));
}

TEST(Runner, SaysWhichLineOfTheScenarioWasBrokenAndWhen) {
  const auto scenario = story(std::string(kOutage) + "      mail.example.org: {ok: 7}\n");
  const RunResult result = LabRunner(scenario, {}).run();
  ASSERT_EQ(result.failures.size(), 1u);
  const Failure& failure = result.failures.front();
  const std::string upto = scenario.text.substr(0, scenario.text.find("ok: 7"));
  EXPECT_EQ(failure.broken.place.line, 1 + std::count(upto.begin(), upto.end(), '\n'));
  EXPECT_EQ(failure.broken.host, kPrimary);
  EXPECT_THAT(failure.broken.expected, HasSubstr("7"));
  EXPECT_EQ(failure.broken.actual, "0");
  EXPECT_EQ(failure.at, std::chrono::seconds(30));
  EXPECT_FALSE(result.last_events.empty()) << "what came before is what people look at";
}

TEST(Runner, LeavesTheSameTraceTwiceAndAnotherOneForAnotherSeed) {
  const auto scenario = story(kOutage);
  const auto once = LabRunner(scenario, {.seed = 1}).run().trace_hash;
  EXPECT_EQ(LabRunner(scenario, {.seed = 1}).run().trace_hash, once);
  EXPECT_NE(LabRunner(scenario, {.seed = 2}).run().trace_hash, once);
}

}  // namespace
}  // namespace mxlab::sim::testing
