// disk_image.hpp - what lies on a simulated disk: inodes and names, each in two versions.
//
// The live version is what processes read (the page cache), the durable one is what is left when
// the power goes. Pure bookkeeping: no faults, no counting, no SQLite.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "relay/world/world.hpp"

namespace mxlab::sim {

/// A number below `limit`, or 0 when that is 0.
inline std::uint64_t draw_below(world::Random& random, std::uint64_t limit) {
  return limit == 0 ? 0 : random.next() % limit;
}

class Inode {
 public:
  explicit Inode(bool directory = false, std::string content = {})
      : directory_(directory), live_(std::move(content)), durable_(live_) {}

  bool is_directory() const { return directory_; }
  const std::string& content() const { return live_; }

  void write(std::uint64_t offset, std::string_view data);
  void truncate(std::uint64_t size);
  void sync();
  /// The failed sync of Linux: some dirty pages were written, none is dirty any more.
  void lose_sync(world::Random& random);
  /// The power cut: chance keeps some of the unsynced writes, the rest is forgotten.
  void survive(world::Random& random);
  bool flip_bit(std::uint64_t offset, unsigned bit);

  void forget_locks();
  const void* lock_owner = nullptr;         // flock
  std::map<const void*, int> sqlite_locks;  // by open file; compared for identity, never iterated
                                            // to any effect that depends on the order

 private:
  struct Change {  // not yet synced; a write lies within one page
    bool truncation;
    std::uint64_t offset;
    std::string data;
  };
  void write_back(std::uint64_t page);
  void apply(const Change& change);
  void apply_torn(const Change& change, world::Random& random);

  bool directory_;
  std::string live_, durable_;
  std::vector<Change> changes_;
  std::set<std::uint64_t> dirty_;  // pages that the kernel still knows to be dirty
};

class DiskImage {
 public:
  using Names = std::map<std::string, std::shared_ptr<Inode>>;

  /// "a//b/" and "./a/b" become "a/b".
  static std::string normal(std::string_view path);
  static std::string parent(const std::string& normal_path);

  std::shared_ptr<Inode> find(const std::string& path) const;
  bool has_directory(const std::string& path) const;
  const Names& names() const { return live_; }
  std::vector<std::string> list(const std::string& directory) const;
  std::uint64_t used() const;

  void link(const std::string& path, std::shared_ptr<Inode> inode);
  void unlink(const std::string& path);
  void rename(const std::string& from, const std::string& to);
  void sync_directory(const std::string& path);
  /// A directory or file that is durable from the start, with its parents.
  void install(const std::string& path, std::shared_ptr<Inode> inode);
  void clone_from(const DiskImage& other);
  void power_cut(world::Random& random);

 private:
  using Entry = std::pair<std::string, std::shared_ptr<Inode>>;  // no inode: removed
  using Operation = std::vector<Entry>;                          // its entries change together
  void change(Operation operation);
  void make_durable(const Operation& operation);
  void drop_strays();

  Names live_, durable_;
  std::vector<Operation> unsynced_;
};

}  // namespace mxlab::sim
