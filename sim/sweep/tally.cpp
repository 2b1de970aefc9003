#include "sim/sweep/tally.hpp"

#include <algorithm>

#include "sim/judge/failure_class.hpp"
#include "sim/sweep/sometimes.hpp"

namespace mxlab::sim {

void Tally::add(const WorldReport& report) {
  ++worlds_;
  events_ += report.events;
  virtual_seconds_ += report.virtual_seconds;
  for (std::size_t i = 0; i < kMostProperties; ++i) {
    if ((report.seen >> i & 1) == 0) continue;
    if (seen_[i].worlds++ == 0) seen_[i].first_seed = report.seed;
  }
  if (report.passed()) return;
  ++failed_;
  // The first promise that broke tells what went wrong; the others often follow from it.
  Cluster& cluster = clusters_[failure_class(report.broken.front())];
  if (cluster.worlds++ == 0) {
    cluster.first_seed = report.seed;
    cluster.sentence = report.broken.front();
  }
}

std::vector<Cluster> Tally::clusters() const {
  std::vector<Cluster> all;
  for (const auto& [kind, cluster] : clusters_) all.push_back(cluster);
  std::stable_sort(all.begin(), all.end(),
                   [](const Cluster& a, const Cluster& b) { return a.worlds > b.worlds; });
  return all;
}

std::vector<std::string> Tally::never_seen(const std::vector<std::string>& words) const {
  const auto known = sometimes_words();
  std::vector<std::string> missing;
  for (const std::string& word : words) {
    const auto at = std::find(known.begin(), known.end(), word);
    if (at != known.end() && seen(static_cast<std::size_t>(at - known.begin())).worlds == 0)
      missing.push_back(word);
  }
  return missing;
}

}  // namespace mxlab::sim
