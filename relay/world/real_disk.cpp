#include "relay/world/real_disk.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>

namespace mxlab::world {
namespace {

constexpr mode_t kFileMode = 0600;  // mail is nobody else's business
constexpr mode_t kDirectoryMode = 0700;

[[noreturn]] void fail(const std::string& path) {
  throw std::system_error(errno, std::generic_category(), path);
}
void check(bool ok, const std::string& path) {
  if (!ok) fail(path);
}

/// Repeats a call that a signal has interrupted.
template <class Call>
auto retry(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

class RealFile final : public File {
 public:
  RealFile(std::string path, int flags)
      : path_(std::move(path)),
        fd_(retry([&] { return ::open(path_.c_str(), flags, kFileMode); })) {
    check(fd_ >= 0, path_);
  }
  ~RealFile() override { ::close(fd_); }
  RealFile(const RealFile&) = delete;
  RealFile& operator=(const RealFile&) = delete;

  std::string read(std::uint64_t offset, std::size_t most) override {
    std::string out(std::min<std::uint64_t>(most, rest_behind(offset)), '\0');
    std::size_t have = 0;
    while (have < out.size()) {
      auto n = retry([&] {
        return ::pread(fd_, out.data() + have, out.size() - have, as_offset(offset + have));
      });
      check(n >= 0, path_);
      if (n == 0) break;
      have += static_cast<std::size_t>(n);
    }
    out.resize(have);
    return out;
  }

  void write(std::uint64_t offset, std::string_view data) override {
    while (!data.empty()) {
      auto n = retry([&] { return ::pwrite(fd_, data.data(), data.size(), as_offset(offset)); });
      check(n >= 0, path_);
      offset += static_cast<std::uint64_t>(n);
      data.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  void truncate(std::uint64_t size) override {
    check(retry([&] { return ::ftruncate(fd_, as_offset(size)); }) == 0, path_);
  }

  std::uint64_t size() override {
    struct stat info {};
    check(::fstat(fd_, &info) == 0, path_);
    return static_cast<std::uint64_t>(info.st_size);
  }

  // Not retried: after a failed fsync the kernel calls the pages clean, and a second one would
  // succeed without writing them.
  void sync() override { check(::fsync(fd_) == 0, path_); }

  bool try_lock() override {
    if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
      check(errno == EWOULDBLOCK, path_);
      return false;
    }
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    if (::fcntl(fd_, F_SETLK, &whole) == 0) return true;
    check(errno == EACCES || errno == EAGAIN, path_);
    ::flock(fd_, LOCK_UN);
    return false;
  }

  FileFacts facts() override {
    struct stat info {};
    check(::fstat(fd_, &info) == 0, path_);
    return {S_ISREG(info.st_mode), info.st_nlink, info.st_uid};
  }

 private:
  static off_t as_offset(std::uint64_t offset) { return static_cast<off_t>(offset); }
  std::uint64_t rest_behind(std::uint64_t offset) {
    auto all = size();
    return all > offset ? all - offset : 0;
  }

  std::string path_;
  int fd_;
};

int flags_of(OpenMode mode) {
  constexpr int kAlways = O_CLOEXEC | O_NOFOLLOW;
  switch (mode) {
    case OpenMode::kRead:
      // Configuration and certificates are often links (/etc/letsencrypt/live).
      return O_RDONLY | O_CLOEXEC;
    case OpenMode::kReadWrite:
      return O_RDWR | kAlways;
    case OpenMode::kCreate:
      return O_RDWR | O_CREAT | kAlways;
    case OpenMode::kCreateNew:
      return O_RDWR | O_CREAT | O_EXCL | kAlways;
  }
  return O_RDONLY | kAlways;
}

bool is_directory(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

void make_one_directory(const std::string& path) {
  if (::mkdir(path.c_str(), kDirectoryMode) == 0) return;
  check(errno == EEXIST, path);
  errno = ENOTDIR;
  check(is_directory(path), path);
}

}  // namespace

std::unique_ptr<File> RealDisk::open(const std::string& path, OpenMode mode) {
  return std::make_unique<RealFile>(path, flags_of(mode));
}

void RealDisk::rename(const std::string& from, const std::string& to) {
  check(::rename(from.c_str(), to.c_str()) == 0, from);
}

void RealDisk::remove(const std::string& path) { check(::unlink(path.c_str()) == 0, path); }

void RealDisk::make_directory(const std::string& path) {
  for (auto slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1))
    if (auto up = path.substr(0, slash); !is_directory(up)) make_one_directory(up);
  if (!is_directory(path)) make_one_directory(path);
}

void RealDisk::sync_directory(const std::string& path) {
  int fd = retry([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  check(fd >= 0, path);
  const int error = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  errno = error;
  check(error == 0, path);
}

std::vector<std::string> RealDisk::list(const std::string& directory) {
  std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(directory.c_str()), ::closedir);
  check(open != nullptr, directory);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(open.get()))
    if (std::string name = entry->d_name; name != "." && name != "..")
      names.push_back(std::move(name));
  check(errno == 0, directory);
  std::sort(names.begin(), names.end());
  return names;
}

bool RealDisk::exists(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0) return true;
  check(errno == ENOENT || errno == ENOTDIR, path);
  return false;
}

std::optional<std::uint64_t> RealDisk::free_space(const std::string& path) {
  struct statvfs info {};
  check(retry([&] { return ::statvfs(path.c_str(), &info); }) == 0, path);
  if (info.f_blocks == 0) return std::nullopt;  // overlays and network file systems may not say
  return std::uint64_t{info.f_bavail} * info.f_frsize;
}

}  // namespace mxlab::world
