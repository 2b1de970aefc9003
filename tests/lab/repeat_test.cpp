// Whatever fails can be seen again: by the command that is printed, up to any instant, made
// smaller.
#include <gmock/gmock.h>
#include <regex>

#include "tests/lab/program.hpp"

namespace {
using mxlab::test::Folder;
using mxlab::test::kFails;
using mxlab::test::kHolds;
using mxlab::test::kWrong;
using testing::HasSubstr;
using testing::Not;

const std::string kBurst = MXLAB_SOURCE_DIR "/scenarios/restart/power-cut-in-a-burst.yaml";

/// A mail waits at its sender, who has no minute to wait.
const std::string kNotDrained = R"(name: A mail that is not waited for
explain: The sender tries again after minutes.
dns: {example.org: [MX 10 mail.example.org]}
hosts:
  mail.example.net: {is: sender}
  mail.example.org: {is: primary}
steps:
  - at: 1s
    stop: mail.example.org
  - at: 5.25s
    send: {from: a@example.net, to: b@example.org, size: 10k}
  - at: 30s
    expect: {mail.example.net: {queue: 1}}
heal: within 10s
)";

/// The lines of --verbose that tell an event, without those that a verdict repeats.
std::vector<std::string> events_of(const std::string& text) {
  std::vector<std::string> events;
  std::istringstream lines(text.substr(0, text.find("The last events")));
  for (std::string line; std::getline(lines, line);)
    if (std::regex_search(line, std::regex(R"(^ +[0-9]+\.[0-9]{3}s  [^ *])")))
      events.push_back(line);
  return events;
}

/// The command behind "Again:", without the program's name.
std::string again(const std::string& text) {
  std::smatch found;
  return std::regex_search(text, found, std::regex("Again: mxlab (.*)")) ? found[1].str() : "";
}

TEST(Repeat, AReplayIsTheBeginningOfTheRun) {
  Folder folder;
  const auto run = events_of(folder.mxlab("run " + kBurst + " --seed 3 --verbose").text);
  for (const std::string until : {"10.5s", "13s", "1m", "2h"}) {
    const auto ran = folder.mxlab("replay " + kBurst + " --seed 3 --verbose --until " + until);
    const auto replay = events_of(ran.text);
    const auto common = static_cast<std::ptrdiff_t>(std::min(run.size(), replay.size()));
    ASSERT_GT(common, 20);
    EXPECT_TRUE(std::equal(replay.begin(), replay.begin() + common, run.begin())) << until;
    EXPECT_EQ(ran.code, 0) << "nothing has failed by then\n" << ran.text;
  }
}

TEST(Repeat, AReplayGoesOnIntoTheHealing) {
  Folder folder;
  folder.write("story.yaml", kNotDrained);
  EXPECT_THAT(folder.mxlab("replay story.yaml --until 30s").text,
              Not(HasSubstr("delivered to b@")));
  EXPECT_THAT(folder.mxlab("replay story.yaml --until 1h").text, HasSubstr("delivered to b@"));
}

TEST(Repeat, TheCommandThatIsPrintedShowsTheFailureAgain) {
  Folder folder;
  folder.write("story.yaml", kNotDrained);
  folder.write("fails.yaml", kFails);
  for (const char* file : {"story.yaml", "fails.yaml"}) {
    const auto first = folder.mxlab(std::string("run --seed 5 ") + file);
    ASSERT_EQ(first.code, 1) << first.text;
    EXPECT_EQ(again(first.text), std::string("run ") + file + " --seed 5 --verbose");
    const auto second = folder.mxlab(again(first.text));
    EXPECT_EQ(second.code, 1);
    EXPECT_EQ(again(second.text), again(first.text));
  }
}

TEST(Repeat, MinimiseWritesASmallerScenarioThatFailsAlike) {
  Folder folder;
  folder.write("story.yaml", kNotDrained);
  const auto ran = folder.mxlab("minimise story.yaml -o small.yaml --seed 2");
  ASSERT_EQ(ran.code, 0) << ran.text;
  EXPECT_THAT(ran.text, HasSubstr("round 1"));
  const std::string small = folder.read("small.yaml");
  EXPECT_THAT(small, HasSubstr("# Fails: a queue has not drained 10s after everything was"));
  EXPECT_THAT(small, Not(HasSubstr("size")));
  EXPECT_LT(small.find("# Again: mxlab run small.yaml --seed 1"), small.find("name: A mail that"));
  const auto repeated = folder.mxlab(again(small));
  EXPECT_EQ(repeated.code, 1) << repeated.text;
  EXPECT_THAT(repeated.text, HasSubstr("a queue has not drained"));
  EXPECT_EQ(folder.mxlab("run small.yaml").code, 1) << "the seed that fails stands in the file";
}

TEST(Repeat, DivergeTellsFromWhenOnTheFailureIsCertain) {
  Folder folder;
  folder.write("story.yaml", kNotDrained);
  const auto ran = folder.mxlab("diverge story.yaml --seed 2 --samples 3");
  EXPECT_EQ(ran.code, 1) << ran.text;
  EXPECT_THAT(ran.text, HasSubstr("a queue has not drained"));
  EXPECT_THAT(ran.text, HasSubstr("3 of 3"));
  EXPECT_EQ(folder.mxlab(again(ran.text)).code, 1);
  folder.write("holds.yaml", kHolds);
  EXPECT_EQ(folder.mxlab("diverge holds.yaml").code, 5);
  EXPECT_EQ(folder.mxlab("diverge story.yaml --samples 0").code, 2);
}

TEST(Repeat, MinimiseSaysWhyItDoesNothing) {
  Folder folder;
  folder.write("holds.yaml", kHolds);
  folder.write("wrong.yaml", kWrong);
  const auto held = folder.mxlab("minimise holds.yaml");
  EXPECT_EQ(held.code, 5);
  EXPECT_THAT(held.text, HasSubstr("holds.yaml does not fail with seed 1"));
  const auto wrong = folder.mxlab("minimise wrong.yaml");
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.text, HasSubstr("did you mean \"steps\"?"));
  EXPECT_EQ(folder.mxlab("minimise no-such-file.yaml").code, 2);
  EXPECT_EQ(folder.mxlab("minimise holds.yaml --time soon").code, 2);
}

}  // namespace
