#include "sim/sweep/shard.hpp"

#include <fmt/format.h>

#include "sim/scenario/values.hpp"

namespace mxlab::sim {
namespace {

/// A scheduler that numbers its jobs.
struct Scheduler {
  const char* name;
  const char* index;
  const char* count;
  std::uint64_t first;  // the number of its first job
};
constexpr Scheduler kSchedulers[] = {
    {"GitLab", "CI_NODE_INDEX", "CI_NODE_TOTAL", 1},
    {"Kubernetes", "JOB_COMPLETION_INDEX", "MXLAB_SHARDS", 0},
    {"GNU parallel", "PARALLEL_SEQ", "MXLAB_SHARDS", 1},
};

std::optional<std::uint64_t> number(const Environment& environment, const std::string& name) {
  const auto text = environment(name);
  return text ? scenario::parse_number(*text) : std::nullopt;
}

ShardResult checked(std::uint64_t index, std::uint64_t count, const std::string& from) {
  if (count >= 1 && index >= 1 && index <= count) return {Shard{index, count}, from, {}};
  return {{}, from, fmt::format("{} says that this is part {} of {}", from, index, count)};
}

/// --array=1-8, --array=0-7, --array=1-15:2: the smallest number may be any, and so may the step.
std::optional<ShardResult> slurm(const Environment& environment) {
  const auto id = number(environment, "SLURM_ARRAY_TASK_ID");
  const auto count = number(environment, "SLURM_ARRAY_TASK_COUNT");
  if (!id || !count) return std::nullopt;
  const std::uint64_t first = number(environment, "SLURM_ARRAY_TASK_MIN").value_or(1);
  const std::uint64_t step = number(environment, "SLURM_ARRAY_TASK_STEP").value_or(1);
  if (*id < first || step == 0) return checked(0, *count, "Slurm");
  return checked((*id - first) / step + 1, *count, "Slurm");
}

}  // namespace

std::optional<Shard> parse_shard(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto index = scenario::parse_number(text.substr(0, slash));
  const auto count = scenario::parse_number(text.substr(slash + 1));
  if (!index || !count || *index < 1 || *index > *count) return std::nullopt;
  return Shard{*index, *count};
}

ShardResult shard_of(const Environment& environment) {
  if (const auto given = environment("MXLAB_SHARD")) {
    const auto shard = parse_shard(*given);
    if (shard) return {shard, "MXLAB_SHARD", {}};
    return {
        {}, "MXLAB_SHARD", fmt::format("MXLAB_SHARD is \"{}\", not a part such as 3/8", *given)};
  }
  if (const auto array = slurm(environment)) return *array;
  for (const Scheduler& scheduler : kSchedulers) {
    const auto index = number(environment, scheduler.index);
    const auto count = number(environment, scheduler.count);
    if (index && count) return checked(*index - scheduler.first + 1, *count, scheduler.name);
  }
  return {};
}

}  // namespace mxlab::sim
