#include "tests/lab/program.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <regex>

namespace {
using mxlab::test::Folder;
using mxlab::test::kFails;
using mxlab::test::kHolds;
using mxlab::test::kWrong;
using testing::HasSubstr;
using testing::Not;

/// The only part of a report that differs from run to run.
std::string without_times(std::string text) {
  text = std::regex_replace(text, std::regex(R"( +[0-9.]+ ms)"), " N ms");
  return std::regex_replace(text, std::regex(R"(time in [0-9.]+ s)"), "time in N s");
}

TEST(Program, EndsWithZeroWhenEveryPromiseHolds) {
  Folder folder;
  folder.write("holds.yaml", kHolds);
  const auto ran = folder.mxlab("run holds.yaml");
  EXPECT_EQ(ran.code, 0) << ran.text;
  EXPECT_THAT(ran.text, HasSubstr("1 scenario: 1 passed; 1 check, 10.0 s of virtual time"));
}

TEST(Program, TellsWhichPromiseBrokeWhereAndHowToSeeItAgain) {
  Folder folder;
  folder.write("fails.yaml", kFails);
  const auto ran = folder.mxlab("run fails.yaml");
  EXPECT_EQ(ran.code, 1) << ran.text;
  std::ostringstream golden;
  golden << std::ifstream(MXLAB_SOURCE_DIR "/tests/golden/lab/fails.txt").rdbuf();
  EXPECT_EQ(without_times(ran.text), golden.str());
}

TEST(Program, EndsWithTwoWhenAScenarioIsWrongEvenIfAnotherFails) {
  Folder folder;
  folder.write("a-fails.yaml", kFails);
  folder.write("b-wrong.yaml", kWrong);
  const auto ran = folder.mxlab("run .");
  EXPECT_EQ(ran.code, 2) << ran.text;
  EXPECT_THAT(ran.text, HasSubstr("b-wrong.yaml:5:1: "));
  EXPECT_THAT(ran.text, HasSubstr("did you mean \"steps\"?"));
}

TEST(Program, DoesNotTakeRunningNothingForAPass) {
  Folder folder;
  EXPECT_EQ(folder.mxlab("run .").code, 5);
  EXPECT_EQ(folder.mxlab("check .").code, 5);
  folder.write("holds.yaml", kHolds);
  const auto ran = folder.mxlab("run . --filter something-else");
  EXPECT_EQ(ran.code, 5);
  EXPECT_THAT(ran.text, HasSubstr("Nothing was tested."));
}

TEST(Program, EndsWithThreeWhenTheLabItselfCannotWork) {
  Folder folder;
  folder.write("holds.yaml", kHolds);
  const auto ran = folder.mxlab("run holds.yaml --json no-such-folder/report.json");
  EXPECT_EQ(ran.code, 3) << ran.text;
}

TEST(Program, KnowsWhichCommandWasMeant) {
  Folder folder;
  const auto ran = folder.mxlab("rnu");
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.text, HasSubstr("did you mean \"run\"?"));
}

TEST(Program, HasAnExampleInTheHelpOfEveryCommand) {
  Folder folder;
  for (const std::string command :
       {"", "run", "check", "list", "replay", "points", "minimise", "report"}) {
    const auto ran = folder.mxlab(command + " --help");
    EXPECT_EQ(ran.code, 0) << command;
    EXPECT_THAT(ran.text, HasSubstr("\n  mxlab ")) << command;
  }
  EXPECT_THAT(folder.mxlab("--version").text, testing::MatchesRegex("mxlab [0-9.]+\n"));
}

TEST(Program, FindsScenariosByPathAndByName) {
  Folder folder;
  folder.write("holds.yaml", kHolds);
  folder.write("fails.yaml", kFails);
  EXPECT_EQ(folder.mxlab("run . -k holds.yaml").code, 0);
  EXPECT_EQ(folder.mxlab("run . -k 'One mail'").code, 0);
  EXPECT_EQ(folder.mxlab("run . -k cannot").code, 1);
}

TEST(Program, ReportsInTheOrderOfTheFilesWhateverTheJobs) {
  Folder folder;
  for (const char* name : {"c.yaml", "a.yaml", "d.yaml", "b.yaml"}) folder.write(name, kHolds);
  const auto alone = folder.mxlab("run c.yaml a.yaml d.yaml b.yaml --hash --jobs 1");
  const auto together = folder.mxlab("run c.yaml a.yaml d.yaml b.yaml --hash --jobs 4");
  EXPECT_EQ(alone.text, together.text);
  EXPECT_THAT(alone.text,
              testing::MatchesRegex("[0-9a-f]+  c.yaml\n[0-9a-f]+  a.yaml\n[0-9a-f]+  d.yaml\n"
                                    "[0-9a-f]+  b.yaml\n"));
}

TEST(Program, ChangesNothingByLooking) {
  Folder folder;
  folder.write("holds.yaml", kHolds);
  const auto plain = folder.mxlab("run holds.yaml --hash").text;
  for (const char* look : {"--queue", "--monitor", "--verbose", "--verbose --queue --monitor"})
    EXPECT_EQ(folder.mxlab(std::string("run holds.yaml --hash ") + look).text, plain) << look;
  EXPECT_NE(folder.mxlab("run holds.yaml --hash --seed 2").text, plain);
}

TEST(Program, PlaysTheSameInAnotherProcessZoneAndEnvironment) {
  Folder folder;
  folder.write("holds.yaml", kHolds);
  const auto ran = folder.mxlab("run holds.yaml --twice");
  EXPECT_EQ(ran.code, 0) << ran.text;
}

TEST(Program, ShowsTheMonitorsSideBySide) {
  Folder folder;
  folder.write("holds.yaml", kHolds);
  const auto ran = folder.mxlab("run holds.yaml --monitor");
  EXPECT_THAT(ran.text, HasSubstr("mail.example.net (sender)"));
  EXPECT_THAT(ran.text, HasSubstr("mail.example.org (primary)"));
  EXPECT_THAT(ran.text, HasSubstr("curr conn disc  curr  enq  deq   ok tmpfail"));
  EXPECT_THAT(ran.text, HasSubstr("... 4 rows the same"));
  EXPECT_THAT(ran.text, HasSubstr("5s   ** send: {from: a@example.net, to: b@example.org}"));
  EXPECT_THAT(ran.text,
              HasSubstr("      6s      0    1    1     0    1    1    1       0       0    0  "
                        "    0      0      0      1    1    0     0    1    1    1"));
}

TEST(Program, ShowsTheQueuesAfterEachStep) {
  Folder folder;
  folder.write("holds.yaml", kHolds);
  const auto ran = folder.mxlab("run holds.yaml --queue");
  EXPECT_THAT(ran.text, HasSubstr("|mta|auth|a@example.net|b@example.org|b@example.org|"));
  EXPECT_THAT(ran.text, HasSubstr("every queue is empty"));
}

TEST(Program, ReplaysUpToAnInstantAndShowsWhatEveryHostLooksLikeThen) {
  Folder folder;
  folder.write("holds.yaml", kHolds);
  const auto ran = folder.mxlab("replay holds.yaml --until 7s");
  EXPECT_EQ(ran.code, 0) << ran.text;
  EXPECT_THAT(ran.text, HasSubstr("delivered to b@example.org from <a@example.net>"));
  EXPECT_EQ(folder.mxlab("replay holds.yaml --until soon").code, 2);
}

TEST(Program, ListsNamesWithHowToPlayThemAndOnDemandTheirStories) {
  Folder folder;
  folder.write("holds.yaml", kHolds);
  const auto ran = folder.mxlab("list .");
  EXPECT_THAT(ran.text, HasSubstr("One mail arrives\n    mxlab run ./holds.yaml\n"));
  EXPECT_THAT(ran.text, HasSubstr("\n1 scenario\n"));
  EXPECT_THAT(folder.mxlab("list . --long").text, HasSubstr("Nothing is in its way."));
}

TEST(Program, ChecksWithoutRunning) {
  Folder folder;
  folder.write("fails.yaml", kFails);
  EXPECT_EQ(folder.mxlab("check .").code, 0);
  folder.write("wrong.yaml", kWrong);
  EXPECT_EQ(folder.mxlab("check .").code, 2);
}

TEST(Program, PaintsOnlyOnATerminalThatWantsIt) {
  Folder folder;
  folder.write("fails.yaml", kFails);
  EXPECT_THAT(folder.mxlab("run fails.yaml").text, Not(HasSubstr("\x1b[")));
  // script(1) gives the program a terminal.
  const std::string run = "TERM=xterm script -qc \"'" MXLAB_PROGRAM "' run fails.yaml\" /dev/null";
  EXPECT_THAT(folder.shell("env -u NO_COLOR " + run).text, HasSubstr("\x1b[31m"));
  const auto plain = folder.shell("env NO_COLOR=1 " + run);
  EXPECT_THAT(plain.text, HasSubstr("1 failed"));
  EXPECT_THAT(plain.text, Not(HasSubstr("\x1b[")));
}

TEST(Program, WritesJsonToStandardOutputAndTheStoryElsewhere) {
  Folder folder;
  folder.write("fails.yaml", kFails);
  const auto ran =
      folder.shell("'" MXLAB_PROGRAM "' run fails.yaml --monitor --json - 2>report.txt");
  EXPECT_THAT(folder.read("report.txt"), HasSubstr("1 failed"));
  const auto json = nlohmann::json::parse(ran.text);
  EXPECT_EQ(json.at("exit_code"), 1);
  const auto& scenario = json.at("scenarios").at(0);
  EXPECT_EQ(scenario.at("verdict"), "failed");
  EXPECT_EQ(scenario.at("failures").at(0).at("line"), 11);
  EXPECT_EQ(scenario.at("failures").at(0).at("what"), "client.conn");
  EXPECT_EQ(scenario.at("monitors").at("mail.example.org").at(0).at("times"), 4);
}

}  // namespace
