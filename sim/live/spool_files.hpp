// spool_files.hpp - the queue of a sender actor in files, so that it survives its process.
#pragma once
#include <filesystem>
#include <set>

#include "sim/actors/spool.hpp"

namespace mxlab::sim::live {

class SpoolFiles {
 public:
  explicit SpoolFiles(std::filesystem::path directory) : directory_(std::move(directory)) {}

  /// What save() wrote last; nothing the first time. Throws what is wrong with the files.
  SenderSpool load();
  /// Writes what has changed; the files always hold a whole queue, old or new.
  void save(const SenderSpool& spool);

 private:
  std::filesystem::path message_file(std::uint32_t message) const;

  std::filesystem::path directory_;
  std::set<std::uint32_t> messages_;  // on disk
};

}  // namespace mxlab::sim::live
