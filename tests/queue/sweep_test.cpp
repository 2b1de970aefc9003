// After every single call to the disk the power fails, or the process is killed; every single call
// fails once, or several times in a row. Whatever happens: what was confirmed is there, what was
// not is there as a whole or not at all, and a bounce comes with its cause.
#include <gtest/gtest.h>

#include "tests/queue/story.hpp"

namespace mxlab::queue::testing {
namespace {

struct Tally {
  int runs = 0;
  std::vector<std::string> broken;
};

void tell(Tally& tally, const Plan& plan, const std::string& wrong) {
  ++tally.runs;
  if (wrong.empty()) return;
  tally.broken.push_back("seed " + std::to_string(plan.seed) + " die_after " +
                         std::to_string(plan.die_after) + " fault " +
                         std::to_string(plan.fault ? plan.fault->first : 0) + ": " + wrong);
}

std::uint64_t calls_in(Plan plan) {
  plan.fault.reset();
  plan.die_after = 0;
  Story story(plan);
  EXPECT_EQ(story.run(), "") << "and nothing had failed yet";
  return story.calls_of_first_life();
}

/// The plan once for every `stride`-th call, with `aim` setting what goes wrong there.
template <class Aim>
void sweep(Plan plan, std::uint64_t stride, Aim aim) {
  Tally tally;
  const std::uint64_t calls = calls_in(plan);
  for (std::uint64_t call = 1; call <= calls; call += stride) {
    Plan aimed = plan;
    aim(aimed, call);
    tell(tally, aimed, Story(aimed).run());
  }
  ASSERT_GT(tally.runs, 10) << "a sweep over nothing proves nothing";
  EXPECT_TRUE(tally.broken.empty()) << tally.broken.size() << " of " << tally.runs
                                    << " runs broke a promise, first " << tally.broken.front();
}

/// What follows upon a fault: nothing for a while, a power cut soon, or a kill soon.
void follow_up(Plan& plan, std::uint64_t call) {
  sim::Rng chance(call * 31 + plan.seed);
  const auto soon = call + (plan.fault ? plan.fault->count : 0) + chance.below(30);
  switch (chance.below(4)) {
    case 0:
      break;
    case 1:
      plan.die_after = soon;
      plan.end = End::kKill;
      break;
    case 2:
      plan.end = End::kKill;
      break;
    default:
      plan.die_after = soon;
  }
}

TEST(QueueSweep, TakesTheSameStepsForTheSameSeed) {
  auto steps = [](Plan plan) {
    Story story(plan);
    EXPECT_EQ(story.run(), "");
    return story.steps();
  };
  const Plan plan{.seed = 1, .die_after = 60};
  const auto once = steps(plan);
  EXPECT_NE(steps({.seed = 2, .die_after = 60}), once);
  EXPECT_EQ(steps(plan), once) << "SQLite's salts, the writers' order, what survives: all seeded";
}

TEST(QueueSweep, LosesNothingWhenThePowerFailsAfterAnyCall) {
  for (std::uint64_t seed : {1u, 2u})
    sweep({.seed = seed}, 1, [](Plan& plan, std::uint64_t call) { plan.die_after = call; });
}

TEST(QueueSweep, LosesNothingWhenItIsKilledAfterAnyCall) {
  sweep({.seed = 3}, 1, [](Plan& plan, std::uint64_t call) {
    plan.die_after = call;
    plan.end = End::kKill;
  });
}

class QueueFaultSweep : public ::testing::TestWithParam<std::pair<int, std::uint64_t>> {};

TEST_P(QueueFaultSweep, LosesNothingWhenAnyCallFails) {
  const auto [error, count] = GetParam();
  for (std::uint64_t seed : {4u, 5u})
    sweep({.seed = seed}, 1, [&, e = error, n = count](Plan& plan, std::uint64_t call) {
      plan.fault = sim::DiskFault{.error = e, .first = call, .count = n};
      follow_up(plan, call);
    });
}

INSTANTIATE_TEST_SUITE_P(Errors, QueueFaultSweep,
                         ::testing::Values(std::pair{EIO, 1u}, std::pair{EIO, 3u},
                                           std::pair{ENOSPC, 1u}, std::pair{ENOSPC, 10u}),
                         [](const auto& info) {
                           return std::string(info.param.first == EIO ? "EIO" : "ENOSPC") +
                                  std::to_string(info.param.second);
                         });

TEST(QueueSweep, RecoversWhenTheDiskFailsDuringRecovery) {
  for (bool reads : {false, true})
    sweep({.seed = 6}, 5, [&](Plan& plan, std::uint64_t call) {
      plan.die_after = call;
      plan.end = call % 2 == 0 ? End::kKill : End::kPowerCut;
      plan.fault = sim::DiskFault{.error = EIO, .first = 1 + call % 23, .count = 1, .reads = reads};
      plan.fault_at_boot = true;
    });
}

// The log of a killed process may show a commit whose sync failed: readable, and not on the disk.
// While it is copied into the database the power fails.
TEST(QueueSweep, IsNotDeceivedByAPageCacheThatOutlivedAFailedSync) {
  for (std::uint64_t cut = 1; cut <= 30; ++cut)
    sweep({.seed = 10 + cut, .populated = true, .second_cut = cut, .messages = 1}, 2,
          [&](Plan& plan, std::uint64_t call) {
            const auto failing = call + cut % 2;
            plan.fault = sim::DiskFault{.error = EIO, .first = failing, .count = 1};
            plan.die_after = failing;
            plan.end = End::kKill;
          });
}

TEST(QueueSweep, LosesNothingAroundACheckpointOfALongLog) {
  const Plan plan{.seed = 7, .messages = 2, .body = 1'600'000};
  sweep(plan, 97, [](Plan& p, std::uint64_t call) { p.die_after = call; });
  sweep(plan, 131, [](Plan& p, std::uint64_t call) {
    p.fault = sim::DiskFault{.error = EIO, .first = call, .count = 1};
    follow_up(p, call);
  });
}

}  // namespace
}  // namespace mxlab::queue::testing
