#include "sim/live/peers.hpp"

#include <gmock/gmock.h>

namespace mxlab::sim::live {
namespace {

using scenario::Kind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

PeerFigures figures(const std::string& backup) {
  PeerFigures f;
  f.file = "refused.yaml";
  f.scenario = "The primary refuses";
  f.learn = "Who is refused knows at once.";
  f.backup = backup;
  f.version = "1.0";
  f.taken = 2.04;
  f.failures = 3;
  f.delivered = 1;
  f.questions = 12;
  f.story = 130;
  return f;
}

TEST(PeersReport, HasOneTableForAScenarioAndARowForEachBackup) {
  PeerFigures drained = figures("mxrelayd"), waiting = figures("exim");
  drained.drained = 1.26;
  waiting.left = 1;
  const std::string text = peers_report({drained, waiting});
  EXPECT_THAT(text, HasSubstr("\n## The primary refuses\n\nWho is refused knows at once. "
                              "(`refused.yaml`, 130.0 s)\n\n| backup |"));
  EXPECT_THAT(text, HasSubstr("\n| mxrelayd 1.0 | 2.0 | 3 | 1 | 0 | 0 | 12 | 1.3 | 0 |\n"
                              "| exim 1.0 | 2.0 | 3 | 1 | 0 | 0 | 12 | - | 1 |\n"));
  EXPECT_EQ(text.find("## The primary", text.find("## The primary") + 1), std::string::npos);
}

TEST(PeersReport, SaysWhyACellWasNotMeasured) {
  PeerFigures failed = figures("postfix");
  failed.trouble = "postfix has not been fetched";
  const std::string text = peers_report({failed});
  EXPECT_THAT(text, HasSubstr("| postfix | not measured: postfix has not been fetched |\n"));
  EXPECT_THAT(text, Not(HasSubstr("| postfix 1.0")));
}

TEST(Peers, AreToldInTheOrderOfTheFilesAlsoWhenNoneCanBePlayed) {
  const auto all =
      play_peers({"missing-1.yaml", "missing-2.yaml"}, {Kind::kMxrelayd, Kind::kPostfix}, 4);
  ASSERT_THAT(all, SizeIs(4));
  std::vector<std::string> order;
  for (const PeerFigures& each : all) {
    order.push_back(each.file + " " + each.backup);
    EXPECT_NE(each.trouble, "");
  }
  EXPECT_THAT(order, ElementsAre("missing-1.yaml mxrelayd", "missing-1.yaml postfix",
                                 "missing-2.yaml mxrelayd", "missing-2.yaml postfix"));
}

}  // namespace
}  // namespace mxlab::sim::live
