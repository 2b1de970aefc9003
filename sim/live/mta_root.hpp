// mta_root.hpp - the root directory of a mail system on a machine: as unpacked, under a layer of
// its own; and the processes that live in there.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "sim/live/machine.hpp"
#include "sim/live/mta.hpp"

namespace mxlab::sim::live {

/// Where a machine has it.
inline constexpr const char* kMtaRoot = "/mta";

class MtaRoot {
 public:
  /// Throws std::system_error.
  MtaRoot(const Machine& machine, Kind kind, const std::vector<MtaFile>& files);

  /// Where the lab finds what the mail system calls `path`.
  std::filesystem::path at(const std::string& path) const;
  /// To all of its processes, or to those that have one of these names.
  void signal(int number, const std::vector<std::string>& names = {}) const;

 private:
  void mount(const Machine& machine, Kind kind) const;
  void write(const MtaFile& file) const;

  std::filesystem::path root_;
};

}  // namespace mxlab::sim::live
