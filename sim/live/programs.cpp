#include "sim/live/programs.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <stdexcept>
#include <unistd.h>

#include "sim/live/actor_process.hpp"

namespace mxlab::sim::live {
namespace fs = std::filesystem;

namespace {

/// A file of ours, in a build beside this program.
std::string found(const char* name, const char* installed, int access_wanted, const char* package) {
  const fs::path beside = fs::path(ActorProcess::own_program()).parent_path() / name;
  if (access(beside.c_str(), access_wanted) == 0) return beside.string();
  if (access(installed, access_wanted) == 0) return installed;
  throw std::runtime_error(
      fmt::format("there is no {} at {} or {}: build it, or install the package {}", name,
                  beside.string(), installed, package));
}

}  // namespace

std::string mxrelayd_program() { return found("mxrelayd", "/usr/sbin/mxrelayd", X_OK, "mxrelay"); }

std::string secrets_library() {
  return found("mxlab-tls-secrets.so", "/usr/lib/mxlab/mxlab-tls-secrets.so", R_OK, "mxlab");
}

std::string clock_library() {
  return found("mxlab-fast-clock.so", "/usr/lib/mxlab/mxlab-fast-clock.so", R_OK, "mxlab");
}

}  // namespace mxlab::sim::live
