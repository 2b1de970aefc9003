// A scenario that was read, cut and written must be what it was: no text changes its meaning.
#include "sim/scenario/tree.hpp"

#include <gtest/gtest.h>

#include "sim/scenario/scenario.hpp"
#include "tests/scenario/files.hpp"

namespace mxlab::scenario::testing {
namespace {

Tree tree_of(const std::string& text) {
  auto tree = read_tree(text);
  EXPECT_TRUE(tree) << text;
  return tree.value_or(Tree());
}

/// The tree {key: text} with a text of either form.
Tree holding(const std::string& text, bool block, const std::string& key = "config") {
  Tree tree;
  tree.kind = Tree::Kind::kMap;
  tree.set(key, text);
  tree.children.front().block = block;
  return tree;
}

TEST(Tree, EveryScenarioIsReadBackAsItWasWritten) {
  const auto files = files_below(source_dir() / "scenarios", ".yaml");
  EXPECT_GT(files.size(), 50u);
  for (const auto& file : files) {
    const Tree tree = tree_of(read_file(file));
    const std::string written = write_tree(tree);
    EXPECT_EQ(tree_of(written), tree) << file << "\n" << written;
    EXPECT_TRUE(parse(file, written).scenario) << file << "\n" << written;
  }
}

TEST(Tree, IsWrittenAsPeopleWriteScenarios) {
  const std::string text = R"(name: One mail
explain: >
  A paragraph that is longer than a line of this text may be, which is why it goes on in the next
  line, as people write it.

dns:
  example.org: [MX 10 mail.example.org, MX 100 mx2.example.org]

hosts:
  mail.example.net: {is: sender}
  mx2.example.org:
    is: relay
    config: |
      listen on egress

      action "backup" relay backup

steps:
  - at: 5s
    send: {from: a@example.net, to: [b@example.org, c@example.org], headers: {X-Mark: "a: b"}}
  - expect:
      mx2.example.org: {queue: 1, log: a text that is so long that there is no room for it here}
      mail.example.net: {mailbox: {a@example.net: 1}}
    within: 1h

never: [bounce, expire]
)";
  EXPECT_EQ(write_tree(tree_of(text)), text);
}

TEST(Tree, NoTextChangesItsMeaning) {
  for (const char* text :
       {"",    " ",    "~",           "null",        "yes",          "12",   "- a",   "-5m",  "? x",
        ": x", "a: b", "a:",          "a #b",        "#b",           "a#b",  "<>",    ">= 1", "[a",
        "a]",  "{a",   "a}",          "a, b",        "&a",           "*a",   "!a",    "|",    "%",
        "@a",  "`a",   "'a'",         "\"a\"",       "a\\b",         "a\nb", "a\r\n", "\ta",  "a ",
        " a",  "a\n",  "2001:db8::1", "DATA\n.\r\n", "\u00e4 \u20ac"}) {
    EXPECT_EQ(tree_of(write_tree(holding(text, false))), holding(text, false)) << text;
    Tree list = tree_of("a: [x, y]");
    list.children[0].children[0].text = text;
    EXPECT_EQ(tree_of(write_tree(list)), list) << text;
  }
}

TEST(Tree, NoTextOfSeveralLinesChangesItsMeaning) {
  const std::string words = "one two three four five six seven eight nine ten ";
  for (const std::string& text :
       {std::string("a\nb\n"), std::string("a\n\nb"), std::string("a\nb\n\n\n"),
        std::string("  a\nb\n"), std::string("\n  a\n"), std::string("a: b # c\n"),
        words + words + "eleven\n", words + words + "eleven", words + " " + words + "twelve\n",
        words + words + "\n" + words + "\n", std::string("\ta\n")})
    for (const char* key : {"config", "explain"})
      EXPECT_EQ(tree_of(write_tree(holding(text, true, key))), holding(text, true, key)) << text;
}

TEST(Tree, IsNothingWhenTheTextIsNoScenario) {
  EXPECT_FALSE(read_tree("a: [b"));
  EXPECT_FALSE(read_tree("a: 1\na: 2\n"));
  EXPECT_FALSE(read_tree(""));
}

}  // namespace
}  // namespace mxlab::scenario::testing
