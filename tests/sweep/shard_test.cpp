#include "sim/sweep/shard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

namespace mxlab::sim {
namespace {

using testing::HasSubstr;
using Variables = std::map<std::string, std::string>;

ShardResult in(const Variables& variables) {
  return shard_of([&](const std::string& name) -> std::optional<std::string> {
    const auto at = variables.find(name);
    return at == variables.end() ? std::nullopt : std::optional(at->second);
  });
}

TEST(Shard, EverySeedBelongsToExactlyOnePart) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    int owners = 0;
    for (std::uint64_t i = 1; i <= 7; ++i) owners += Shard{i, 7}.has(seed) ? 1 : 0;
    EXPECT_EQ(owners, 1) << "seed " << seed;
  }
}

TEST(Shard, IsWrittenAsPartOfSo) {
  EXPECT_EQ(parse_shard("3/8"), (Shard{3, 8}));
  for (const char* wrong : {"", "3", "0/8", "9/8", "3/0", "a/b", "3/8/1", "-1/8"})
    EXPECT_FALSE(parse_shard(wrong)) << wrong;
}

TEST(Shard, WithoutASchedulerTheCampaignIsWhole) {
  const ShardResult result = in({{"PARALLEL_SEQ", "3"}});  // of how many?
  EXPECT_FALSE(result.shard);
  EXPECT_EQ(result.error, "");
}

TEST(Shard, SchedulersTellTheirPart) {
  const std::vector<std::pair<Variables, Shard>> cases = {
      {{{"MXLAB_SHARD", "2/5"}, {"CI_NODE_INDEX", "1"}, {"CI_NODE_TOTAL", "9"}}, {2, 5}},
      {{{"CI_NODE_INDEX", "4"}, {"CI_NODE_TOTAL", "9"}}, {4, 9}},
      {{{"JOB_COMPLETION_INDEX", "0"}, {"MXLAB_SHARDS", "8"}}, {1, 8}},
      {{{"JOB_COMPLETION_INDEX", "7"}, {"MXLAB_SHARDS", "8"}}, {8, 8}},
      {{{"PARALLEL_SEQ", "8"}, {"MXLAB_SHARDS", "8"}}, {8, 8}},
      {{{"SLURM_ARRAY_TASK_ID", "0"},
        {"SLURM_ARRAY_TASK_MIN", "0"},
        {"SLURM_ARRAY_TASK_COUNT", "4"}},
       {1, 4}},
      {{{"SLURM_ARRAY_TASK_ID", "15"},
        {"SLURM_ARRAY_TASK_MIN", "11"},
        {"SLURM_ARRAY_TASK_STEP", "2"},
        {"SLURM_ARRAY_TASK_COUNT", "3"}},
       {3, 3}},
  };
  for (const auto& [variables, expected] : cases) {
    const ShardResult result = in(variables);
    EXPECT_EQ(result.shard, expected) << variables.begin()->first << " " << result.error;
  }
}

TEST(Shard, WhatCannotBeIsSaid) {
  EXPECT_THAT(in({{"MXLAB_SHARD", "nine"}}).error, HasSubstr("not a part such as 3/8"));
  EXPECT_THAT(in({{"PARALLEL_SEQ", "9"}, {"MXLAB_SHARDS", "8"}}).error,
              HasSubstr("GNU parallel says that this is part 9 of 8"));
  EXPECT_THAT(in({{"CI_NODE_INDEX", "0"}, {"CI_NODE_TOTAL", "8"}}).error, HasSubstr("part 0 of 8"));
  // --array=1,3,5,8: Slurm calls its step 1.
  EXPECT_THAT(in({{"SLURM_ARRAY_TASK_ID", "8"},
                  {"SLURM_ARRAY_TASK_MIN", "1"},
                  {"SLURM_ARRAY_TASK_STEP", "1"},
                  {"SLURM_ARRAY_TASK_COUNT", "4"}})
                  .error,
              HasSubstr("Slurm says that this is part 8 of 4"));
}

}  // namespace
}  // namespace mxlab::sim
