// explained_test.cpp - a scenario may say where a live run differs, and must stay right about it.
#include "sim/live/explained.hpp"

#include <gmock/gmock.h>

namespace mxlab::sim::live {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Difference kCounters{"mx2.example.org", "counters", "ok: 1 simulated, 2 live\n"};
const Difference kQuestions{"mx2.example.org", "questions",
                            "example.org MX: 1 simulated, 2 live\n"};
const Difference kElsewhere{"mail.example.org", "questions", "mx2 A: 1 simulated, 2 live\n"};

Explained with_reason() {
  return Explained({{"mx2.example.org", {{"questions", "the kill comes a little later"}}}});
}

TEST(Explained, CoversADifferenceForWhichThereIsAReason) {
  Explained explained = with_reason();
  explained.see({kQuestions});
  EXPECT_TRUE(explained.covers_all());
  EXPECT_THAT(explained.idle(), IsEmpty());
  EXPECT_THAT(explained.excuses(), ElementsAre("mx2.example.org: questions differ: "
                                               "the kill comes a little later"));
}

TEST(Explained, CoversNothingElseOfThatHostAndNoOtherHost) {
  for (const Difference& other : {kCounters, kElsewhere}) {
    Explained explained = with_reason();
    explained.see({kQuestions, other});
    EXPECT_FALSE(explained.covers_all()) << other.text;
  }
}

TEST(Explained, SaysOfWhichHostNothingDiffersAnyMore) {
  Explained explained = with_reason();
  explained.see({});
  EXPECT_TRUE(explained.covers_all());
  EXPECT_THAT(explained.idle(), ElementsAre(HasSubstr("mx2.example.org: nothing differs")));
}

TEST(Explained, AReasonThatAppliedInOneRunOfSeveralIsNotIdle) {
  Explained explained = with_reason();
  explained.see({});
  explained.see({kQuestions});
  EXPECT_THAT(explained.idle(), IsEmpty());
}

TEST(Explained, ShowsTheUnexplainedFirst) {
  Explained explained = with_reason();
  explained.see({kQuestions, kCounters});
  EXPECT_EQ(explained.text(), kCounters.text + kQuestions.text);
}

}  // namespace
}  // namespace mxlab::sim::live
