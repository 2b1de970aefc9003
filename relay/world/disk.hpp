// disk.hpp - files, with durability explicit as in POSIX.
//
// Written is not durable until synced; a new name is not durable until its directory is synced.
// Every call may fail with std::system_error (EIO, ENOSPC, ENOENT, EEXIST, …). The calls block:
// product code makes them inside World::on_storage and nowhere else.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mxlab::world {

/// What a file is, for those who write where somebody else may have laid a trap.
struct FileFacts {
  bool regular = true;                 // no device, no pipe
  std::uint64_t names = 1;             // hard links
  std::optional<std::uint32_t> owner;  // nothing: this world knows no users
};

class File {
 public:
  virtual ~File() = default;  // closes, and thereby unlocks
  virtual std::string read(std::uint64_t offset, std::size_t most) = 0;
  /// Writes all of it, or throws (a part may then have been written).
  virtual void write(std::uint64_t offset, std::string_view data) = 0;
  virtual void truncate(std::uint64_t size) = 0;
  virtual std::uint64_t size() = 0;
  virtual void sync() = 0;
  /// An exclusive advisory lock (flock and fcntl, as mutt and dovecot expect); false if taken.
  virtual bool try_lock() = 0;
  virtual FileFacts facts() { return {}; }
};

enum class OpenMode { kRead, kReadWrite, kCreate, kCreateNew };

class Disk {
 public:
  virtual ~Disk() = default;
  virtual std::unique_ptr<File> open(const std::string& path, OpenMode mode) = 0;
  virtual void rename(const std::string& from, const std::string& to) = 0;
  virtual void remove(const std::string& path) = 0;
  virtual void make_directory(const std::string& path) = 0;  // parents too; existing is fine
  /// Makes the names in a directory durable.
  virtual void sync_directory(const std::string& path) = 0;
  virtual std::vector<std::string> list(const std::string& directory) = 0;  // sorted names
  virtual bool exists(const std::string& path) = 0;
  /// Bytes free for us where `path` lives; nothing when the file system does not say (it reports
  /// zero blocks).
  virtual std::optional<std::uint64_t> free_space(const std::string& path) = 0;
  /// The SQLite VFS that reaches this same disk; nullptr means SQLite's default.
  virtual const char* sqlite_vfs() const = 0;

  /// The whole of a small file (configuration, tables, certificates); throws as open() and read().
  std::string read_file(const std::string& path);
  /// Makes a directory, its parents too, and all of their names durable: a queue whose directory
  /// the next power cut takes away is lost as a whole.
  void make_durable_directory(const std::string& path);
};

}  // namespace mxlab::world
