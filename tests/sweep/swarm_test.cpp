#include "sim/sweep/swarm.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/run/load.hpp"
#include "sim/sweep/world.hpp"
#include "tests/sweep/files.hpp"

namespace mxlab::sim {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing_files::Folder;

std::string first_mistake(const std::string& text) {
  const SwarmResult result = parse_swarm("s.yaml", text);
  return result.diagnostics.empty() ? "" : scenario::format(result.diagnostics.front());
}

TEST(Swarm, SaysWhereItIsWrongAndWhatToWrite) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases = {
      {"swarm: {domains: 1}", {"s.yaml:1:1", "the worlds have no name"}},
      {"name: x\nswarm: {domians: 1}", {"s.yaml:2:9", "domians", "did you mean \"domains\"?"}},
      {"name: x\nswarm: {domains: 3..1}", {"s.yaml:2:18", "\"3..1\" is not a range"}},
      {"name: x\nswarm: {domains: 99}", {"not a range", "from 1 to 8"}},
      {"name: x\nswarm: {story: 5d..1m}", {"not a range of times", "1m..5d"}},
      {"name: x\nswarm: {tls: 200%}", {"is not a share", "25%"}},
      {"name: x\nswarm: {heal: soon}", {"heal: within 12d"}},
      {"name: x\nswarm: {kinds: {power cuts: 1}}", {"power cuts", "power cut"}},
      {"name: x\nswarm: {kinds: {kill: many}}", {"many"}},
      {"name: x\nsometimes: [a backup holds post]", {"s.yaml:2:13", "a backup holds mail"}},
      {"name: x\nswarm: {like: [sendmial]}", {"sendmial"}},
      {"- a list", {"a list where the file is wanted"}},
  };
  for (const auto& [text, parts] : cases)
    for (const std::string& part : parts) EXPECT_THAT(first_mistake(text), HasSubstr(part)) << text;
}

TEST(Swarm, AnyBytesAreAnsweredWithASentence) {
  for (const char* text : {"", "\xff\xfe", "swarm", "swarm: [", "{", "name: x\nswarm: 3"}) {
    EXPECT_NE(first_mistake(text), "") << text;
    is_swarm(text);
  }
}

TEST(Swarm, TheSameSeedDrawsTheSameWorld) {
  const Source source(testing_files::sweeps("backup.yaml"));
  EXPECT_EQ(source.text(17), source.text(17));
  EXPECT_NE(source.text(17), source.text(18));
}

TEST(Swarm, EveryWorldIsAScenario) {
  const Source source(testing_files::sweeps("backup.yaml"));
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const std::string text = source.text(seed);
    const auto parsed = scenario::parse("world.yaml", text);
    for (const auto& diagnostic : parsed.diagnostics)
      ADD_FAILURE() << "seed " << seed << ": " << scenario::format(diagnostic);
    ASSERT_TRUE(parsed.scenario) << text;
  }
}

TEST(Swarm, EveryConfigurationThatIsDrawnIsRight) {
  const Folder folder;
  const Source source(testing_files::sweeps("backup.yaml"));
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Loaded loaded = load_scenario(folder.write("world.yaml", source.text(seed)));
    EXPECT_TRUE(loaded.errors.empty()) << seed << ": " << loaded.errors.front();
  }
}

TEST(Swarm, WhatIsNotAmongItsKindsNeverHappens) {
  const Folder folder;
  const Source source(folder.write(
      "s.yaml", "name: x\nswarm: {faults: 20, kinds: {disk error: 1}, local mail: 0%}\n"));
  for (std::uint64_t seed = 0; seed < 50; ++seed)
    EXPECT_THAT(source.text(seed), testing::Not(HasSubstr("crash:"))) << seed;
}

TEST(Swarm, AKindExistsInSomeWorldsAndNotInOthers) {
  const Source source(testing_files::sweeps("backup.yaml"));
  int with = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed)
    with += source.text(seed).find("disk: {") != std::string::npos ? 1 : 0;
  EXPECT_GT(with, 20);
  EXPECT_LT(with, 150);
}

TEST(Swarm, AScenarioIsASourceOfWorldsToo) {
  const Source source(std::string(MXLAB_SOURCE_DIR) + "/scenarios/restart/while-pending.yaml");
  EXPECT_FALSE(source.is_swarm());
  EXPECT_TRUE(source.sometimes().empty());
  EXPECT_TRUE(play_world(source.scenario(5), 5).passed());
}

TEST(Swarm, AFileThatIsNeitherIsRefusedWithItsPlace) {
  const Folder folder;
  const std::string file = folder.write("s.yaml", "nmae: x\n");
  EXPECT_THROW(
      {
        try {
          const Source source(file);
        } catch (const std::runtime_error& error) {
          EXPECT_THAT(error.what(), AllOf(HasSubstr("s.yaml:1:1"), HasSubstr("nmae")));
          throw;
        }
      },
      std::runtime_error);
  EXPECT_THROW(Source(folder.path("absent.yaml")), std::runtime_error);
}

}  // namespace
}  // namespace mxlab::sim
