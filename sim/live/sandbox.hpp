// sandbox.hpp - a piece of this machine of which nothing reaches out, and nothing remains.
//
// User (without root), network, mount, pid, host name namespaces of its own. Its pid 1 dies with
// whoever made it, however that ends, and everything in it dies with pid 1: processes, networks,
// mounts, files. So nothing has to be cleaned up, and nothing can be forgotten.
#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace mxlab::sim::live {

/// Why no sandbox can be had here: one sentence that says what is missing and what to do. Nothing:
/// all is well. Costs some milliseconds, because it makes one and looks.
std::optional<std::string> why_not();

/// Gets the sandbox's place: an empty directory in memory, in which all its files belong.
using Inside = std::function<int(const std::filesystem::path& place)>;

/// Runs `work` inside a new sandbox and returns what it returns (0 to 255), or 128 + the signal
/// that ended it. SIGINT and SIGTERM end the sandbox with everything in it; then 130, or 143. Must
/// be called while this process has one thread. Throws std::system_error with a sentence when there
/// can be no sandbox.
int run_inside(const Inside& work);

}  // namespace mxlab::sim::live
