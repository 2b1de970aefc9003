#include "sim/world/sim_vfs.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace mxlab::sim {
namespace {

struct VfsFile {
  sqlite3_file base;  // first: SQLite knows no more of us
  DiskCore* disk;
  OpenInode open;
  bool sync_directory;  // with the next sync, as os_unix.c does
  bool delete_on_close;
};

VfsFile& self(sqlite3_file* file) { return *reinterpret_cast<VfsFile*>(file); }
DiskCore& disk_of(sqlite3_vfs* vfs) { return *static_cast<DiskCore*>(vfs->pAppData); }

/// An errno value as SQLite says it; `otherwise` names the call that failed.
int code(int error, int otherwise) {
  if (error == 0) return SQLITE_OK;
  return error == ENOSPC ? SQLITE_FULL : otherwise;
}

int file_close(sqlite3_file* file) {
  VfsFile& f = self(file);
  f.open.inode->sqlite_locks.erase(file);
  if (f.delete_on_close) f.disk->remove(f.open.path);
  f.~VfsFile();
  return SQLITE_OK;
}

int file_read(sqlite3_file* file, void* to, int most, sqlite3_int64 offset) {
  const auto wanted = static_cast<std::size_t>(most);
  std::string_view have;
  VfsFile& f = self(file);
  if (f.disk->read(f.open, static_cast<std::uint64_t>(offset), wanted, have) != 0)
    return SQLITE_IOERR_READ;
  std::memcpy(to, have.data(), have.size());
  std::memset(static_cast<char*>(to) + have.size(), 0, wanted - have.size());
  return have.size() == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int file_write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
  VfsFile& f = self(file);
  const std::string_view data(static_cast<const char*>(from), static_cast<std::size_t>(size));
  return code(f.disk->write(f.open, static_cast<std::uint64_t>(offset), data), SQLITE_IOERR_WRITE);
}

int file_truncate(sqlite3_file* file, sqlite3_int64 size) {
  VfsFile& f = self(file);
  return code(f.disk->truncate(f.open, static_cast<std::uint64_t>(size)), SQLITE_IOERR_TRUNCATE);
}

int file_sync(sqlite3_file* file, int) {
  VfsFile& f = self(file);
  if (int error = f.disk->sync(f.open)) return code(error, SQLITE_IOERR_FSYNC);
  if (std::exchange(f.sync_directory, false))
    f.disk->sync_directory(DiskImage::parent(f.open.path));  // os_unix.c ignores its error, too
  return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  VfsFile& f = self(file);
  if (!f.disk->alive(f.open)) return SQLITE_IOERR_FSTAT;
  *size = static_cast<sqlite3_int64>(f.open.inode->content().size());
  return SQLITE_OK;
}

bool stands_in_the_way(int theirs, int wanted) {
  if (theirs >= SQLITE_LOCK_PENDING || wanted == SQLITE_LOCK_EXCLUSIVE) return theirs != 0;
  return wanted == SQLITE_LOCK_RESERVED && theirs >= SQLITE_LOCK_RESERVED;
}

int file_lock(sqlite3_file* file, int level) {
  VfsFile& f = self(file);
  if (!f.disk->alive(f.open)) return SQLITE_IOERR_LOCK;
  auto& locks = f.open.inode->sqlite_locks;
  const bool taken = std::any_of(locks.begin(), locks.end(), [&](const auto& lock) {
    return lock.first != file && stands_in_the_way(lock.second, level);
  });
  if (taken) return SQLITE_BUSY;
  locks[file] = std::max(locks[file], level);
  return SQLITE_OK;
}

int file_unlock(sqlite3_file* file, int level) {
  self(file).open.inode->sqlite_locks[file] = level;
  return SQLITE_OK;
}

int file_check_reserved_lock(sqlite3_file* file, int* out) {
  const auto& locks = self(file).open.inode->sqlite_locks;
  *out = std::any_of(locks.begin(), locks.end(),
                     [](const auto& lock) { return lock.second >= SQLITE_LOCK_RESERVED; });
  return SQLITE_OK;
}

int file_control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int file_sector_size(sqlite3_file*) { return 4096; }
// As os_unix.c says of an unknown device.
int file_characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

const sqlite3_io_methods kFileMethods = {
    .iVersion = 1,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_reserved_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = nullptr,
    .xShmLock = nullptr,
    .xShmBarrier = nullptr,
    .xShmUnmap = nullptr,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int vfs_open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  constexpr int kJournals = SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL;
  file->pMethods = nullptr;
  if (name == nullptr) return SQLITE_CANTOPEN;  // temporary files: temp_store=MEMORY
  const bool create = (flags & SQLITE_OPEN_CREATE) != 0;
  OpenInode open;
  if (int error = disk_of(vfs).open(
          name, {.create = create, .exclusive = (flags & SQLITE_OPEN_EXCLUSIVE) != 0}, open))
    return code(error, SQLITE_CANTOPEN);
  new (file) VfsFile{{&kFileMethods},
                     &disk_of(vfs),
                     std::move(open),
                     create && (flags & kJournals) != 0,
                     (flags & SQLITE_OPEN_DELETEONCLOSE) != 0};
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int vfs_delete(sqlite3_vfs* vfs, const char* name, int sync_directory) {
  DiskCore& disk = disk_of(vfs);
  if (int error = disk.remove(name))
    return error == ENOENT ? SQLITE_IOERR_DELETE_NOENT : SQLITE_IOERR_DELETE;
  if (sync_directory != 0 && disk.sync_directory(DiskImage::parent(DiskImage::normal(name))) != 0)
    return SQLITE_IOERR_DIR_FSYNC;
  return SQLITE_OK;
}

int vfs_access(sqlite3_vfs* vfs, const char* name, int, int* out) {
  DiskCore& disk = disk_of(vfs);
  if (disk.dead()) return SQLITE_IOERR_ACCESS;
  auto inode = disk.image().find(DiskImage::normal(name));
  *out = inode && !inode->content().empty();
  return SQLITE_OK;
}

int vfs_full_pathname(sqlite3_vfs*, const char* name, int size, char* out) {
  const auto path = DiskImage::normal(name);
  if (path.size() >= static_cast<std::size_t>(size)) return SQLITE_CANTOPEN;
  std::memcpy(out, path.c_str(), path.size() + 1);
  return SQLITE_OK;
}

void fill(world::Random& random, int size, char* out) {
  for (int i = 0; i < size; ++i) out[i] = static_cast<char>(random.next());
}

int vfs_randomness(sqlite3_vfs* vfs, int size, char* out) {
  fill(disk_of(vfs).random(), size, out);
  return size;
}

int seeding_randomness(sqlite3_vfs* vfs, int size, char* out) {
  fill(*static_cast<world::Random*>(vfs->pAppData), size, out);
  return size;
}

// The queue never asks SQLite for the time, nor lets it wait.
int vfs_sleep(sqlite3_vfs*, int microseconds) { return microseconds; }
int vfs_current_time(sqlite3_vfs*, double* out) {
  *out = 2440587.5;  // the Julian day of the epoch
  return SQLITE_OK;
}
int vfs_last_error(sqlite3_vfs*, int, char*) { return 0; }

sqlite3_vfs make_vfs(void* data) {
  sqlite3_vfs vfs{};
  vfs.iVersion = 1;
  vfs.szOsFile = sizeof(VfsFile);
  vfs.mxPathname = 512;
  vfs.pAppData = data;
  vfs.xOpen = vfs_open;
  vfs.xDelete = vfs_delete;
  vfs.xAccess = vfs_access;
  vfs.xFullPathname = vfs_full_pathname;
  vfs.xRandomness = vfs_randomness;
  vfs.xSleep = vfs_sleep;
  vfs.xCurrentTime = vfs_current_time;
  vfs.xGetLastError = vfs_last_error;
  return vfs;
}

}  // namespace

SimVfs::SimVfs(DiskCore& disk) : vfs_(make_vfs(&disk)) {
  for (int n = 1; name_.empty() || sqlite3_vfs_find(name_.c_str()) != nullptr; ++n)
    name_ = "sim-" + std::to_string(n);
  vfs_.zName = name_.c_str();
  sqlite3_vfs_register(&vfs_, 0);
}

SimVfs::~SimVfs() { sqlite3_vfs_unregister(&vfs_); }

void reset_sqlite_randomness(world::Random& random) {
  sqlite3_vfs seed = make_vfs(&random);
  seed.zName = "sim-seed";
  seed.xRandomness = seeding_randomness;
  sqlite3_vfs_register(&seed, 1);
  sqlite3_randomness(0, nullptr);  // forget
  char first = 0;
  sqlite3_randomness(1, &first);  // and seed at once, from the default VFS
  sqlite3_vfs_unregister(&seed);
}

}  // namespace mxlab::sim
