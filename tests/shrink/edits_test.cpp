// What is cut takes with it what cannot be without it, and nothing else.
#include "sim/shrink/edits.hpp"

#include <gtest/gtest.h>

#include "sim/scenario/scenario.hpp"
#include "sim/shrink/permitted.hpp"

namespace mxlab::shrink::testing {
namespace {

const std::string kText = R"(name: Two backups
dns:
  example.org: [MX 10 mail.example.org, MX 20 mx2.example.org, MX 30 mx3.example.org]
hosts:
  mail.example.net: {is: sender}
  mail.example.org: {is: primary}
  mx2.example.org:
    is: relay
    config: |
      listen on egress
      action "backup" relay backup
      match from any for any action "backup"
  mx3.example.org: {is: relay, config: mx3.conf}
steps:
  - at: 10s
    stop: [mail.example.org, mx3.example.org]
    blackhole: {to: mx2.example.org, from: mx3.example.org}
  - at: 30s
    send: {from: a@example.net, to: [b@example.org, c@example.org], count: 20, every: 2s}
  - at: 90s
    start: mail.example.org
  - at: 90s
    start: mx3.example.org
  - expect:
      mx3.example.org: {queue: 0}
      mx2.example.org: {queue: 0}
    within: 1h
)";

Tree story() { return scenario::read_tree(kText).value(); }

TEST(Edits, AHostGoesWithAllThatNamesIt) {
  const Tree cut = without_host(story(), "mx3.example.org");
  EXPECT_EQ(write_tree(cut).find("mx3.example.org"), std::string::npos);
  EXPECT_EQ(cut.find("hosts")->children.size(), 3u);
  EXPECT_EQ(cut.find("dns")->children[0].children.size(), 2u);
  const Tree& first = cut.find("steps")->children[0];
  EXPECT_NE(first.find("stop"), nullptr);
  EXPECT_EQ(first.find("blackhole"), nullptr) << "a fault without its other end";
  EXPECT_TRUE(scenario::parse("cut.yaml", write_tree(cut)).scenario) << write_tree(cut);
}

TEST(Edits, ALaterStepComesSoonerWithThoseBehindIt) {
  const auto sooner = with_shorter_wait(story(), 1);
  ASSERT_FALSE(sooner.empty());
  const auto& steps = sooner.front().find("steps")->children;
  EXPECT_EQ(steps[0].find("at")->text, "10s");
  EXPECT_EQ(steps[1].find("at")->text, "10s");
  EXPECT_EQ(steps[2].find("at")->text, "1m10s");
}

TEST(Edits, StepsOfOneInstantBecomeOneWhenTheyDoDifferentThings) {
  EXPECT_FALSE(with_merged_step(story(), 3)) << "both start somebody";
  EXPECT_FALSE(with_merged_step(story(), 2)) << "they are a minute apart";
  const auto merged = with_merged_step(story(), 4);
  ASSERT_TRUE(merged);
  EXPECT_EQ(merged->find("steps")->children.size(), 4u);
  EXPECT_NE(merged->find("steps")->children[3].find("expect"), nullptr);
}

TEST(Edits, LinesOfATextGoOneByOne) {
  for (const Path& path : texts(story())) {
    if (keys_of(story(), path).back() != "config" || lines_of(at(story(), path)) == 0) continue;
    EXPECT_EQ(lines_of(at(story(), path)), 3u);
    EXPECT_EQ(at(without_lines(story(), path, {1, 2}), path).text, "listen on egress\n");
    EXPECT_EQ(at(without_lines(story(), path, {0, 3}), path).text, "");
  }
}

TEST(Edits, AListOfOneBecomesThatOne) {
  Tree tree = scenario::read_tree("to: [a@b]\nsteps: [{at: 1s}]").value();
  EXPECT_EQ(with_unwrapped(tree, {0})->find("to")->text, "a@b");
  EXPECT_FALSE(with_unwrapped(tree, {1})) << "steps are a list, however few";
}

TEST(Edits, WhereAnExpectationFailsOnlyWhatMakesLifeHarderMayGo) {
  const Rules rules{true, false};
  EXPECT_TRUE(removable(story(), {}, rules).empty());
  const Path first{3, 0};
  ASSERT_EQ(keys_of(story(), first).front(), "steps");
  EXPECT_EQ(removable(story(), first, rules), (std::vector<std::size_t>{1, 2}));
  EXPECT_TRUE(removable(story(), {3, 1}, rules).empty()) << "the mail itself stays";
  EXPECT_TRUE(removable(story(), {1}, rules).empty()) << "so does the DNS";
  EXPECT_EQ(removable(story(), {3, 4, 0}, rules).size(), 2u) << "other expectations may go";
}

TEST(Edits, WhatAnExpectationSaysIsNotMadeSimpler) {
  const Rules rules;
  EXPECT_TRUE(may_change({"steps", "", "send", "every"}, rules));
  EXPECT_FALSE(may_change({"steps", "", "expect", "mx2.example.org", "queue"}, rules));
  EXPECT_FALSE(may_change({"steps", "", "within"}, rules));
  EXPECT_FALSE(may_change({"heal"}, rules));
}

}  // namespace
}  // namespace mxlab::shrink::testing
