// sim_vfs.hpp - the door by which SQLite reaches a simulated disk.
//
// Does what SQLite's own unix VFS does where durability is concerned: the directory is synced with
// the first sync of a WAL or journal that was opened for creation, and the error of that one sync
// is ignored. No shared memory: the queue opens its database with locking_mode=EXCLUSIVE.
#pragma once
#include <sqlite3.h>
#include <string>

#include "sim/world/disk_core.hpp"

namespace mxlab::sim {

class SimVfs {
 public:
  /// Registers itself under a free name, "sim-1", "sim-2", …
  explicit SimVfs(DiskCore& disk);
  ~SimVfs();
  SimVfs(const SimVfs&) = delete;
  SimVfs& operator=(const SimVfs&) = delete;

  const char* name() const { return name_.c_str(); }

 private:
  std::string name_;
  sqlite3_vfs vfs_{};
};

}  // namespace mxlab::sim
