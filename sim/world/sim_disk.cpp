#include "sim/world/sim_disk.hpp"

#include <system_error>

#include "sim/world/disk_core.hpp"
#include "sim/world/sim_vfs.hpp"

namespace mxlab::sim {
namespace {

void check(int error, const std::string& path) {
  if (error != 0) throw std::system_error(error, std::generic_category(), path);
}

class SimFile final : public world::File {
 public:
  SimFile(DiskCore& disk, OpenInode open) : disk_(disk), open_(std::move(open)) {}
  ~SimFile() override {
    if (open_.inode->lock_owner == this) open_.inode->lock_owner = nullptr;
  }

  std::string read(std::uint64_t offset, std::size_t most) override {
    std::string_view out;
    check(disk_.read(open_, offset, most, out), open_.path);
    return std::string(out);
  }
  void write(std::uint64_t offset, std::string_view data) override {
    check(disk_.write(open_, offset, data), open_.path);
  }
  void truncate(std::uint64_t size) override { check(disk_.truncate(open_, size), open_.path); }
  std::uint64_t size() override {
    check(disk_.alive(open_) ? 0 : EIO, open_.path);
    return open_.inode->content().size();
  }
  void sync() override { check(disk_.sync(open_), open_.path); }
  bool try_lock() override {
    check(disk_.alive(open_) ? 0 : EIO, open_.path);
    auto& owner = open_.inode->lock_owner;
    if (owner == nullptr) owner = this;
    return owner == this;
  }

 private:
  DiskCore& disk_;
  OpenInode open_;
};

}  // namespace

SimDisk::SimDisk(world::Random& random)
    : core_(std::make_unique<DiskCore>(random)), vfs_(std::make_unique<SimVfs>(*core_)) {}
SimDisk::~SimDisk() = default;

std::unique_ptr<world::File> SimDisk::open(const std::string& path, world::OpenMode mode) {
  using world::OpenMode;
  OpenInode open;
  check(core_->open(path,
                    {.create = mode == OpenMode::kCreate || mode == OpenMode::kCreateNew,
                     .exclusive = mode == OpenMode::kCreateNew},
                    open),
        path);
  return std::make_unique<SimFile>(*core_, std::move(open));
}

void SimDisk::rename(const std::string& from, const std::string& to) {
  check(core_->rename(from, to), from);
}
void SimDisk::remove(const std::string& path) { check(core_->remove(path), path); }
void SimDisk::make_directory(const std::string& path) { check(core_->make_directory(path), path); }
void SimDisk::sync_directory(const std::string& path) { check(core_->sync_directory(path), path); }

std::vector<std::string> SimDisk::list(const std::string& directory) {
  check(dead() ? EIO : 0, directory);
  const auto name = DiskImage::normal(directory);
  check(core_->image().has_directory(name) ? 0 : ENOENT, directory);
  return core_->image().list(name);
}

bool SimDisk::exists(const std::string& path) {
  check(dead() ? EIO : 0, path);
  const auto name = DiskImage::normal(path);
  return core_->image().find(name) || core_->image().has_directory(name);
}

std::optional<std::uint64_t> SimDisk::free_space(const std::string& path) {
  check(dead() ? EIO : 0, path);
  return core_->free_space();
}

const char* SimDisk::sqlite_vfs() const { return vfs_->name(); }

void SimDisk::die() { core_->die(); }
bool SimDisk::dead() const { return core_->dead(); }
void SimDisk::power_cut() { core_->power_cut(); }
void SimDisk::kill_process() { core_->kill_process(); }
void SimDisk::die_after(std::uint64_t call) { core_->die_after = call; }

void SimDisk::install(const std::string& path, std::string content) {
  core_->image().install(DiskImage::normal(path),
                         std::make_shared<Inode>(false, std::move(content)));
}
void SimDisk::clone_from(const SimDisk& other) { core_->image().clone_from(other.core_->image()); }
void SimDisk::set_capacity(std::optional<std::uint64_t> bytes) { core_->capacity = bytes; }
void SimDisk::fail(DiskFault fault) { core_->planned_fault = fault; }
void SimDisk::heal() { core_->planned_fault.reset(); }

bool SimDisk::flip_bit(const std::string& path, std::uint64_t offset, unsigned bit) {
  auto inode = core_->image().find(DiskImage::normal(path));
  return inode && inode->flip_bit(offset, bit);
}

std::uint64_t SimDisk::calls() const { return core_->calls; }
std::uint64_t SimDisk::reads() const { return core_->reads; }
std::uint64_t SimDisk::faults() const { return core_->faults; }
std::optional<std::string> SimDisk::peek(const std::string& path) const {
  auto inode = core_->image().find(DiskImage::normal(path));
  if (!inode || inode->is_directory()) return std::nullopt;
  return std::string(inode->content());
}
void SimDisk::before_call(std::function<void(const DiskCall&)> announce) {
  core_->before_call = std::move(announce);
}
void SimDisk::on_call(std::function<void(const DiskCall&)> report) {
  core_->on_call = std::move(report);
}

}  // namespace mxlab::sim
