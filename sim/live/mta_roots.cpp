#include "sim/live/mta_roots.hpp"

#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <unistd.h>

#include "sim/live/mta.hpp"

namespace mxlab::sim::live {
namespace {

namespace fs = std::filesystem;

/// The nearest one above a directory.
fs::path above(fs::path place) {
  for (; place.has_relative_path(); place = place.parent_path())
    if (fs::is_directory(place / "build/peers/roots")) return place / "build/peers/roots";
  return {};
}

/// Mail systems change to accounts of their own, which a sandbox without root does not have.
bool has_accounts() {
  unsigned long inside = 0, outside = 0, count = 0;
  std::ifstream("/proc/self/uid_map") >> inside >> outside >> count;
  return ::geteuid() == 0 && count > 1;
}

}  // namespace

fs::path mta_roots() {
  if (const char* place = std::getenv("MXLAB_MTAS")) return place;
  std::error_code ignored;
  const fs::path found = above(fs::read_symlink("/proc/self/exe", ignored).parent_path());
  return found.empty() ? above(fs::current_path(ignored)) : found;
}

std::optional<std::string> why_no_mta(scenario::Kind kind) {
  if (!has_accounts())
    return fmt::format("{} changes to users of its own, which only root can do: run this as root.",
                       mta_name(kind));
  const fs::path roots = mta_roots();
  if (roots.empty() || !fs::exists(roots / mta_name(kind) / ".done"))
    return fmt::format("{} has not been fetched: run scripts/fetch-mtas as root.", mta_name(kind));
  return std::nullopt;
}

std::string mta_version(scenario::Kind kind) {
  std::string version;
  std::ifstream(mta_roots() / mta_name(kind) / ".done") >> version;
  return version;
}

}  // namespace mxlab::sim::live
