// disk_core.hpp - the calls of a simulated disk, as plain files and SQLite both make them.
//
// Counts every call, lets it fail when a fault says so, and reports it. Answers are errno values;
// the two adapters (sim_disk.cpp, sim_vfs.cpp) turn them into exceptions and into SQLite's codes.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "sim/world/disk_image.hpp"
#include "sim/world/sim_disk.hpp"

namespace mxlab::sim {

/// A file as one process holds it. One that was opened before the last crash is dead.
struct OpenInode {
  std::string path;
  std::shared_ptr<Inode> inode;
  std::uint64_t life = 0;
};

class DiskCore {
 public:
  explicit DiskCore(world::Random& random) : random_(random) {}

  struct HowToOpen {
    bool create = false;
    bool exclusive = false;
  };
  int open(const std::string& path, HowToOpen how, OpenInode& out);
  /// `out` is a view of the file, shorter than `most` at its end; valid until the next call.
  int read(const OpenInode& file, std::uint64_t offset, std::size_t most, std::string_view& out);
  int write(const OpenInode& file, std::uint64_t offset, std::string_view data);
  int truncate(const OpenInode& file, std::uint64_t size);
  int sync(const OpenInode& file);
  int sync_directory(const std::string& path);
  int rename(const std::string& from, const std::string& to);
  int remove(const std::string& path);
  int make_directory(const std::string& path);

  bool alive(const OpenInode& file) const { return !dead_ && file.life == life_; }
  const DiskImage& image() const { return image_; }
  DiskImage& image() { return image_; }
  world::Random& random() { return random_; }
  std::optional<std::uint64_t> free_space() const;

  void die() { dead_ = true; }
  bool dead() const { return dead_; }
  void power_cut();
  void kill_process();

  std::function<void(const DiskCall&)> before_call, on_call;
  std::optional<DiskFault> planned_fault;
  std::optional<std::uint64_t> capacity;
  std::uint64_t die_after = 0;
  std::uint64_t calls = 0, reads = 0, faults = 0;

 private:
  int make_one_directory(const std::string& path);
  void revive();
  int fault_at(std::uint64_t number, bool read, bool needs_space);
  int write_what_fits(Inode& inode, std::uint64_t offset, std::string_view data);
  /// Counts the call, draws its fault, does it, reports it. `action` gets the fault and returns
  /// the error.
  template <class Action>
  int perform(DiskCall call, bool needs_space, Action action);

  world::Random& random_;
  DiskImage image_;
  bool dead_ = false;
  std::uint64_t life_ = 1;  // of the process that uses the disk
};

}  // namespace mxlab::sim
