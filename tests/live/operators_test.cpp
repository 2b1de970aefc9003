// operators_test.cpp - two monitors are the same when nothing but a few seconds is between them.
#include "sim/live/operators.hpp"

#include <gmock/gmock.h>

#include "sim/live/peers.hpp"

namespace mxlab::sim::live {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

OperatorView some_view() {
  OperatorView view;
  view.monitor = {{1, "1 1 0 | 1 1 0 | 0 0 0 0 | 0 0 0"}, {9, "1 0 0 | 1 0 0 | 0 0 0 0 | 0 0 0"}};
  view.queue = {{"330s",
                 "ID|inet4|mta||a@example.net|b@example.org|b@example.org|0|0|0|0|inflight||", 0,
                 20}};
  return view;
}

PeerFigures play_with(const std::string& backup, OperatorView view) {
  PeerFigures play;
  play.file = "exp.yaml";
  play.scenario = "An experiment";
  play.backup = backup;
  play.version = "1";
  play.views["mx2.example.org"] = std::move(view);
  return play;
}

TEST(OperatorView, IsTheSameWhenSecondsFallOtherwise) {
  OperatorView other = some_view();
  other.monitor[1].times = 12;
  other.queue[0].seconds = 17;
  other.queue[0].last_try = 1;
  EXPECT_THAT(differences(some_view(), other), IsEmpty());
}

TEST(OperatorView, DiffersByFourSeconds) {
  OperatorView other = some_view();
  other.monitor[1].times = 13;
  EXPECT_THAT(differences(some_view(), other),
              ElementsAre(HasSubstr("-    9 x 1 0 0"), HasSubstr("+   13 x 1 0 0")));
}

TEST(OperatorView, DiffersByOneNumberOfARowAndByARowThatIsMissing) {
  OperatorView other = some_view();
  other.monitor[0].row[0] = '2';
  other.queue.clear();
  EXPECT_THAT(differences(some_view(), other),
              ElementsAre(HasSubstr("- "), HasSubstr("+    1 x 2 1 0"), HasSubstr("|inflight|")));
}

TEST(OperatorView, DiffersWhereOneQueueRowHasNoSeconds) {
  OperatorView other = some_view();
  other.queue[0].seconds.reset();
  EXPECT_THAT(differences(some_view(), other), Not(IsEmpty()));
}

TEST(OperatorView, TravelsAsJson) {
  OperatorView pending = some_view();
  pending.queue[0].seconds.reset();
  const OperatorViews views{{"a", some_view()}, {"b", pending}};
  const OperatorViews back = operator_views_of(to_json(views));
  for (const auto& [host, view] : views)
    EXPECT_THAT(differences(view, back.at(host)), IsEmpty()) << host;
}

TEST(OperatorsReport, SaysWhereTheyAgreeAndShowsWhereNot) {
  OperatorView other = some_view();
  other.monitor[0].row[0] = '2';
  const std::vector<PeerFigures> agree{play_with("mxrelayd", some_view()),
                                       play_with("opensmtpd", some_view())};
  const std::vector<PeerFigures> differ{play_with("mxrelayd", some_view()),
                                        play_with("opensmtpd", other)};
  EXPECT_TRUE(operators_agree(agree));
  EXPECT_THAT(operators_report(agree), HasSubstr("\n- mx2.example.org: the same rows\n"));
  EXPECT_FALSE(operators_agree(differ));
  EXPECT_THAT(operators_report(differ),
              HasSubstr("\n- mx2.example.org: different rows\n      -    1"));
}

}  // namespace
}  // namespace mxlab::sim::live
