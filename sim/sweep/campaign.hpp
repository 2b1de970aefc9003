// campaign.hpp - many worlds, in several processes at once.
//
// A process plays a batch of seeds, one world after the other, and tells a line for each. A world
// that kills its process, or never ends, is a finding; the rest of its batch is played by another
// process. Reports come in the order of the seeds, whatever the number of processes.
#pragma once
#include <chrono>
#include <functional>
#include <optional>

#include "sim/sweep/shard.hpp"
#include "sim/sweep/world.hpp"

namespace mxlab::sim {

struct CampaignOptions {
  Seeds seeds;
  Shard shard;
  std::size_t jobs = 1;
  std::optional<std::chrono::nanoseconds> time;  // real; no world is begun after it
};

/// Plays all of them. `done` is called for each world, in order.
/// Throws std::system_error when processes cannot be made.
void run_campaign(const Source& source, const CampaignOptions& options,
                  const std::function<void(const WorldReport&)>& done);

}  // namespace mxlab::sim
