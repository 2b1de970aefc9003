// The heap of waits against a plain sorted list: the same answers, whatever is added or taken back.
#include "relay/world/timer_heap.hpp"

#include <gtest/gtest.h>
#include <map>
#include <random>

namespace mxlab::world {
namespace {

SteadyPoint at(int milliseconds) { return SteadyPoint(std::chrono::milliseconds(milliseconds)); }

Wakeup writes(int& into, int value) {
  return Wakeup([&into, value](error_code) { into = value; });
}

TEST(TimerHeap, WakesInOrderOfTimeAndEqualTimesInOrderOfAdding) {
  TimerHeap heap;
  int woken = 0;
  heap.add(at(30), writes(woken, 4));
  heap.add(at(10), writes(woken, 1));
  heap.add(at(20), writes(woken, 2));
  heap.add(at(20), writes(woken, 3));
  for (int expected = 1; expected <= 4; ++expected) {
    ASSERT_FALSE(heap.empty());
    heap.take_earliest()({});
    EXPECT_EQ(woken, expected);
  }
  EXPECT_TRUE(heap.empty());
}

TEST(TimerHeap, GivesAWaitBackOnceAndForgetsItsNumberForGood) {
  TimerHeap heap;
  int woken = 0;
  const auto first = heap.add(at(1), writes(woken, 1));
  EXPECT_TRUE(heap.remove(first));
  EXPECT_FALSE(heap.remove(first)) << "it is gone";
  const auto second = heap.add(at(1), writes(woken, 2));  // in the place of the first
  EXPECT_NE(first, second);
  EXPECT_FALSE(heap.remove(first)) << "that would take the second one's wait away";
  EXPECT_FALSE(heap.remove(0));
  EXPECT_FALSE(heap.remove(~std::uint64_t{0}));
  heap.take_earliest()({});
  EXPECT_EQ(woken, 2);
}

TEST(TimerHeap, AgreesWithASortedListWhateverIsAddedOrTakenBack) {
  std::mt19937 chance(7);
  TimerHeap heap;
  std::map<std::pair<SteadyPoint, int>, std::uint64_t> list;  // by time, then order of adding
  int woken = 0;
  for (int step = 0; step < 20'000; ++step) {
    const auto what = chance() % 5;
    if (what < 2 || list.empty()) {
      const auto when = at(static_cast<int>(chance() % 500));
      list[{when, step}] = heap.add(when, writes(woken, step));
    } else if (what < 4) {
      auto any = std::next(list.begin(), static_cast<std::ptrdiff_t>(chance() % list.size()));
      ASSERT_TRUE(heap.remove(any->second)) << "step " << step;
      list.erase(any);
    } else {
      ASSERT_EQ(heap.earliest(), list.begin()->first.first) << "step " << step;
      heap.take_earliest()({});
      ASSERT_EQ(woken, list.begin()->first.second) << "step " << step;
      list.erase(list.begin());
    }
    ASSERT_EQ(heap.empty(), list.empty());
  }
}

}  // namespace
}  // namespace mxlab::world
