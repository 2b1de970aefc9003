// shard.hpp - which part of a campaign this machine plays, told by --shard or by the environment of
// whoever starts many of them.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mxlab::sim {

/// Part `index` (from 1) of `count`: the seeds that leave index - 1 when divided by count.
struct Shard {
  std::uint64_t index = 1, count = 1;
  bool has(std::uint64_t seed) const { return seed % count == index - 1; }
  bool operator==(const Shard&) const = default;
};

/// "3/8". Nothing when it is none.
std::optional<Shard> parse_shard(std::string_view text);

/// The value of an environment variable; nothing when it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

struct ShardResult {
  std::optional<Shard> shard;  // nothing: this is the whole campaign
  std::string from;            // whose variables said it, for people
  std::string error;           // a sentence, when the variables contradict each other
};
/// In this order: MXLAB_SHARD (3/8); Slurm arrays (SLURM_ARRAY_TASK_ID, _MIN, _STEP, _COUNT);
/// GitLab (CI_NODE_INDEX, CI_NODE_TOTAL); Kubernetes indexed jobs (JOB_COMPLETION_INDEX) and GNU
/// parallel (PARALLEL_SEQ), which do not tell how many there are: MXLAB_SHARDS does.
ShardResult shard_of(const Environment& environment);

}  // namespace mxlab::sim
