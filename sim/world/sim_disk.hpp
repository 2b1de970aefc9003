// sim_disk.hpp - the disk that forgets.
//
// Plain files (world::Disk) and SQLite (a VFS of its own) reach the same inodes. Written is not
// durable: a power cut keeps what was synced and leaves it to chance which of the rest survives, as
// nothing, all, a prefix, a subset, or torn at a sector. A failed sync leaves its pages readable,
// marked clean and never written, as Linux does. It knows nothing of hosts or of virtual time: who
// wants a slow disk delays the storage, who wants the calls in a trace sets on_call.
#pragma once
#include <cerrno>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/world/disk.hpp"
#include "relay/world/world.hpp"

namespace mxlab::sim {

/// One call that may change the disk, reported when it is done. Views live as long as the report.
struct DiskCall {
  std::string_view operation;  // open create write truncate sync sync_directory rename remove mkdir
  std::string_view path;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::string_view data;     // what was written; rename: the new name
  std::uint64_t number = 0;  // 1, 2, 3 … in the life of this disk
  int error = 0;             // errno, 0 when it succeeded
};

/// Calls number first … first+count-1 fail. EIO hits every call, ENOSPC those that need new space.
struct DiskFault {
  int error = EIO;
  std::uint64_t first = 0;
  std::uint64_t count = 1;
  bool reads = false;  // the numbers are those of reads() instead of calls()
};

class DiskCore;
class SimVfs;

class SimDisk final : public world::Disk {
 public:
  /// Every choice (what survives, how much of a failing write happened) is drawn from `random`,
  /// which must outlive the disk. Registers the disk's VFS.
  explicit SimDisk(world::Random& random);
  ~SimDisk() override;
  SimDisk(const SimDisk&) = delete;
  SimDisk& operator=(const SimDisk&) = delete;

  std::unique_ptr<world::File> open(const std::string& path, world::OpenMode mode) override;
  void rename(const std::string& from, const std::string& to) override;
  void remove(const std::string& path) override;
  void make_directory(const std::string& path) override;
  void sync_directory(const std::string& path) override;
  std::vector<std::string> list(const std::string& directory) override;
  bool exists(const std::string& path) override;
  std::optional<std::uint64_t> free_space(const std::string& path) override;
  const char* sqlite_vfs() const override;

  /// The current goes: from now on every call fails with EIO and changes nothing. Then destroy the
  /// host's process, then call power_cut() or kill_process() and boot again.
  void die();
  bool dead() const;
  /// Decides what survives of the unsynced, forgets the rest, and lives again.
  void power_cut();
  /// kill -9: locks are gone, the page cache stays (and is read, durable or not), and it lives
  /// again.
  void kill_process();
  /// die() of its own accord when call number `call` is done; 0: never.
  void die_after(std::uint64_t call);

  /// Part of the machine before it starts: durable, with the directories it needs, not counted.
  void install(const std::string& path, std::string content);
  /// Everything that `other` shows, durable; what was here before is gone.
  void clone_from(const SimDisk& other);
  /// The size of the file system; nothing: it reports zero blocks, and is never full.
  void set_capacity(std::optional<std::uint64_t> bytes);
  /// What a reader would see there, without a call: for who looks on. Nothing: there is no file.
  std::optional<std::string> peek(const std::string& path) const;
  /// One fault at a time; heal() ends it.
  void fail(DiskFault fault);
  void heal();
  /// A bit flips where it lies. True if the file is that long.
  bool flip_bit(const std::string& path, std::uint64_t offset, unsigned bit);

  std::uint64_t calls() const;   // that may change the disk
  std::uint64_t reads() const;   // of file contents
  std::uint64_t faults() const;  // calls that failed because of fail()

  /// Called before each counted call is done; may call fail(), for this very call.
  void before_call(std::function<void(const DiskCall&)> announce);
  /// Called after each counted call, from within it; may call die().
  void on_call(std::function<void(const DiskCall&)> report);

 private:
  std::unique_ptr<DiskCore> core_;
  std::unique_ptr<SimVfs> vfs_;
};

/// SQLite's random generator (WAL salts) is one for the process and seeds itself from the default
/// VFS. This seeds it from `random`, now: call it when a simulation starts.
void reset_sqlite_randomness(world::Random& random);

}  // namespace mxlab::sim
