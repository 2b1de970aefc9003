#include "sim/sweep/summary.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "sim/sweep/sometimes.hpp"

namespace mxlab::sim {
namespace {

constexpr std::size_t kMostClusters = 20;
constexpr double kSecondsOfAYear = 365.25 * 86400;

/// 1,234,567
std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

std::string virtual_text(std::int64_t seconds) {
  const auto span = static_cast<double>(seconds);
  if (span >= kSecondsOfAYear) return fmt::format("{:.1f} years", span / kSecondsOfAYear);
  return fmt::format("{:.1f} days", span / 86400);
}

std::string figures_text(const Campaigned& campaign, const Tally& tally) {
  std::string text =
      fmt::format("  {} worlds, {} events, {} of virtual time", grouped(tally.worlds()),
                  grouped(tally.events()), virtual_text(tally.virtual_seconds()));
  if (campaign.seconds > 0)
    text += fmt::format(" in {:.1f} s: {:.0f} worlds a second", campaign.seconds,
                        static_cast<double>(tally.worlds()) / campaign.seconds);
  return text + "\n";
}

std::string seen_text(const Campaigned& campaign, const Tally& tally, const report::Paint& paint) {
  if (campaign.sometimes.empty()) return {};
  std::string text = fmt::format("\n  {:>10} {:>8} {:>10}\n", "worlds", "", "first seed");
  const auto known = sometimes_words();
  for (const std::string& word : campaign.sometimes) {
    const auto at = std::find(known.begin(), known.end(), word) - known.begin();
    const Tally::Seen seen = tally.seen(static_cast<std::size_t>(at));
    if (seen.worlds == 0) {
      text += fmt::format("  {:>10} {:>8} {:>10}  {}\n", "never", "", "", paint.yellow(word));
      continue;
    }
    text += fmt::format("  {:>10} {:>6.2f} % {:>10}  {}\n", grouped(seen.worlds),
                        100.0 * static_cast<double>(seen.worlds) /
                            static_cast<double>(std::max<std::uint64_t>(tally.worlds(), 1)),
                        seen.first_seed, word);
  }
  return text;
}

std::string cluster_text(const Campaigned& campaign, const Cluster& cluster,
                         const report::Paint& paint) {
  const std::uint64_t seed = cluster.first_seed;
  return fmt::format(
      "\n  {} {}\n    in {} world{}, first in that of seed {}\n"
      "    {} mxlab sweep {} --seeds {}\n"
      "    {} mxlab sweep {} --show {} > world-{}.yaml && mxlab run -v world-{}.yaml\n"
      "    {} mxlab minimise world-{}.yaml -o smaller.yaml\n",
      paint.red("broken:"), cluster.sentence, grouped(cluster.worlds),
      cluster.worlds == 1 ? "" : "s", seed, paint.bold("Again: "), campaign.file, seed,
      paint.bold("Look:  "), campaign.file, seed, seed, seed, paint.bold("Shrink:"), seed);
}

}  // namespace

std::vector<std::string> missing(const Campaigned& campaign, const Tally& tally) {
  if (!campaign.whole || tally.worlds() < kEnoughWorlds) return {};
  return tally.never_seen(campaign.sometimes);
}

std::string summary_text(const Campaigned& campaign, const Tally& tally,
                         const report::Paint& paint) {
  const auto absent = missing(campaign, tally);
  const bool well =
      tally.failed() == 0 && absent.empty() && campaign.gaps.empty() && tally.worlds() > 0;
  std::string text = fmt::format("{} {}  {}\n", well ? paint.passed() : paint.failed(),
                                 paint.bold(campaign.name), paint.dim(campaign.file));
  text += figures_text(campaign, tally);
  text += seen_text(campaign, tally, paint);
  const auto clusters = tally.clusters();
  for (std::size_t i = 0; i < std::min(clusters.size(), kMostClusters); ++i)
    text += cluster_text(campaign, clusters[i], paint);
  if (clusters.size() > kMostClusters)
    text += fmt::format("\n  … and {} more kinds of failure\n", clusters.size() - kMostClusters);
  for (const std::string& word : absent)
    text += fmt::format("\n  {} that {}: what would break then has not been tried\n",
                        paint.red("never happened:"), word);
  if (!campaign.gaps.empty())
    text +=
        fmt::format("\n  {} {}\n", paint.red("nobody has played:"), fmt::join(campaign.gaps, ", "));
  if (tally.failed() > 0)
    text += fmt::format("\n  {} of {} worlds broke a promise.\n", grouped(tally.failed()),
                        grouped(tally.worlds()));
  else if (well)
    text += fmt::format("\n  No promise was broken.\n");
  return text;
}

}  // namespace mxlab::sim
