// merge.hpp - the parts of a campaign put together again.
#pragma once
#include <string>
#include <vector>

#include "sim/sweep/record.hpp"

namespace mxlab::sim {

struct Merged {
  Head head;
  std::vector<WorldReport> reports;  // in the order of the seeds, each once
  std::vector<std::string> gaps;     // "17", "20..29": seeds between the first and the last that
                                     // nobody has played
};

/// Reads files of results (mxlab sweep --results). Throws std::runtime_error with a sentence when a
/// file is none, is of other worlds than the first, or differs from another about the same seed.
Merged merge_results(const std::vector<std::string>& files);
/// As one campaign in a single piece would have written it.
void write_results(const Merged& merged, const std::string& file);

}  // namespace mxlab::sim
