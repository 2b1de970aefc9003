// sandbox.hpp - a piece of this machine out of which nothing reaches, and of which nothing remains.
//
// Namespaces of its own: user (without root), network, mounts, processes, host name. Its first
// process dies with whoever made it, however that ends, and everything dies with its first process:
// programs, networks, mounts, files. So nothing has to be cleaned up, and nothing can be forgotten.
#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>

namespace mxlab::sim::live {

/// No sandbox can be had; what() is a sentence that says why, and what to do.
struct NoSandbox : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Gets the sandbox's place: an empty directory in memory, in which all its files belong.
using Inside = std::function<int(const std::filesystem::path& place)>;

/// Runs `work` inside a new sandbox, in a process of its own, and returns what it returns (0 to
/// 255), or 128 + the signal that ended it. SIGINT and SIGTERM end the sandbox with everything in
/// it; then it is 130 or 143. When this returns, nothing of the sandbox is left. To be called while
/// this process has one thread. Throws NoSandbox.
int run_inside(const Inside& work);

/// Why no live lab can be had here, in one sentence that says what to do. Nothing: all is well.
/// Costs a tenth of a second, because it makes a sandbox with a wire in it, and looks.
std::optional<std::string> why_not();

/// Whether wires in a sandbox can be slow or narrow, which is up to the kernel (netem). Costs as
/// much. False where there is no sandbox.
bool has_netem();

}  // namespace mxlab::sim::live
