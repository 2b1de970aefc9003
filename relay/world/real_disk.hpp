// real_disk.hpp - world::Disk on POSIX files.
//
// Symbolic links are followed on the way to a file but not at its end. Locks are taken twice, by
// flock and by fcntl, because mail programs use the one or the other.
#pragma once
#include "relay/world/disk.hpp"

namespace mxlab::world {

class RealDisk : public Disk {
 public:
  std::unique_ptr<File> open(const std::string& path, OpenMode mode) override;
  void rename(const std::string& from, const std::string& to) override;
  void remove(const std::string& path) override;
  void make_directory(const std::string& path) override;
  void sync_directory(const std::string& path) override;
  std::vector<std::string> list(const std::string& directory) override;
  bool exists(const std::string& path) override;
  std::optional<std::uint64_t> free_space(const std::string& path) override;
  const char* sqlite_vfs() const override { return nullptr; }
};

}  // namespace mxlab::world
