#include "sim/live/programs.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <stdexcept>
#include <unistd.h>

#include "sim/live/actor_process.hpp"

namespace mxlab::sim::live {
namespace fs = std::filesystem;

std::string mxrelayd_program() {
  constexpr const char* kInstalled = "/usr/sbin/mxrelayd";
  const fs::path beside = fs::path(ActorProcess::own_program()).parent_path() / "mxrelayd";
  if (access(beside.c_str(), X_OK) == 0) return beside.string();
  if (access(kInstalled, X_OK) == 0) return kInstalled;
  throw std::runtime_error(
      fmt::format("there is no mxrelayd at {} or {}: build it, or install the package mxrelay",
                  beside.string(), kInstalled));
}

}  // namespace mxlab::sim::live
