// live_play.hpp - a scenario played on real wires, in a sandbox of its own; and compared with the
// same scenario simulated.
#pragma once
#include <filesystem>
#include <functional>
#include <string>

#include "sim/report/outcome.hpp"
#include "sim/report/play.hpp"

namespace mxlab::sim::live {

struct LivePlayOptions {
  report::PlayOptions play;
  /// A story that takes longer is only simulated.
  Duration longest = std::chrono::minutes(3);
};

/// Loads the file and plays it. What cannot be played here is skipped, and the outcome says why.
/// Must be called while this process has one thread.
report::Outcome play_live(const std::string& file, const LivePlayOptions& options);

/// Plays it both ways. Passed when both show the same at the end of the story, but for what the
/// scenario explains (the outcome's excuses); failed when not, or when it explains what is no
/// difference. The outcome's story says what was compared, and what differs, the first difference
/// first. A scenario that is not played live is skipped.
report::Outcome compare(const std::string& file, const LivePlayOptions& options);

/// What `work` says inside a new sandbox, whose place it gets. Throws std::system_error or
/// std::runtime_error with a sentence when it ended otherwise.
std::string told_from_inside(const std::function<std::string(const std::filesystem::path&)>& work);

}  // namespace mxlab::sim::live
