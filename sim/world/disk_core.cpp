#include "sim/world/disk_core.hpp"

#include <algorithm>

namespace mxlab::sim {

template <class Action>
int DiskCore::perform(DiskCall call, bool needs_space, Action action) {
  if (dead_) return EIO;
  call.number = ++calls;
  if (before_call) before_call(call);
  call.error = action(fault_at(call.number, false, needs_space));
  if (on_call) on_call(call);
  if (die_after != 0 && calls >= die_after) dead_ = true;
  return call.error;
}

int DiskCore::fault_at(std::uint64_t number, bool read, bool needs_space) {
  if (!planned_fault || planned_fault->reads != read) return 0;
  if (number < planned_fault->first || number - planned_fault->first >= planned_fault->count)
    return 0;
  if (planned_fault->error == ENOSPC && !needs_space) return 0;
  ++faults;
  return planned_fault->error;
}

int DiskCore::open(const std::string& path, HowToOpen how, OpenInode& out) {
  const auto name = DiskImage::normal(path);
  auto inode = image_.find(name);
  const bool creates = !inode && how.create;
  auto action = [&](int fault) {
    if (fault != 0) return fault;
    if (inode && how.exclusive) return EEXIST;
    if (inode && inode->is_directory()) return EISDIR;
    if (!inode && (!how.create || !image_.has_directory(DiskImage::parent(name)))) return ENOENT;
    if (creates) {
      inode = std::make_shared<Inode>();
      image_.link(name, inode);
    }
    out = {name, inode, life_};
    return 0;
  };
  return perform({.operation = creates ? "create" : "open", .path = name}, creates, action);
}

int DiskCore::read(const OpenInode& file, std::uint64_t offset, std::size_t most,
                   std::string_view& out) {
  if (!alive(file)) return EIO;
  if (int error = fault_at(++reads, true, false)) return error;
  std::string_view content = file.inode->content();
  out = content.substr(std::min<std::uint64_t>(offset, content.size()), most);
  return 0;
}

int DiskCore::write_what_fits(Inode& inode, std::uint64_t offset, std::string_view data) {
  const auto room = free_space();
  const auto end = offset + data.size();
  const auto old_size = inode.content().size();
  if (!room || end <= old_size || end - old_size <= *room) {
    inode.write(offset, data);
    return 0;
  }
  const auto last = old_size + *room;
  if (last > offset) inode.write(offset, data.substr(0, last - offset));
  return ENOSPC;
}

int DiskCore::write(const OpenInode& file, std::uint64_t offset, std::string_view data) {
  if (!alive(file)) return EIO;
  auto action = [&](int fault) {
    if (fault == 0) return write_what_fits(*file.inode, offset, data);
    // A failing write may have written a part.
    file.inode->write(offset, data.substr(0, draw_below(random_, data.size())));
    return fault;
  };
  return perform({.operation = "write",
                  .path = file.path,
                  .offset = offset,
                  .size = data.size(),
                  .data = data},
                 true, action);
}

int DiskCore::truncate(const OpenInode& file, std::uint64_t size) {
  if (!alive(file)) return EIO;
  auto action = [&](int fault) {
    if (fault == 0) file.inode->truncate(size);
    return fault;
  };
  return perform({.operation = "truncate", .path = file.path, .size = size}, false, action);
}

int DiskCore::sync(const OpenInode& file) {
  if (!alive(file)) return EIO;
  auto action = [&](int fault) {
    fault == 0 ? file.inode->sync() : file.inode->lose_sync(random_);
    return fault;
  };
  return perform({.operation = "sync", .path = file.path}, false, action);
}

int DiskCore::sync_directory(const std::string& path) {
  const auto name = DiskImage::normal(path);
  auto action = [&](int fault) {
    if (fault != 0) return fault;
    if (!image_.has_directory(name)) return image_.find(name) ? ENOTDIR : ENOENT;
    image_.sync_directory(name);
    return 0;
  };
  return perform({.operation = "sync_directory", .path = name}, false, action);
}

int DiskCore::rename(const std::string& from, const std::string& to) {
  const auto old_name = DiskImage::normal(from), new_name = DiskImage::normal(to);
  auto action = [&](int fault) {
    if (fault != 0) return fault;
    auto inode = image_.find(old_name), target = image_.find(new_name);
    if (!inode || !image_.has_directory(DiskImage::parent(new_name))) return ENOENT;
    // The relay renames files alone; a subtree would have to move with its directory.
    if (inode->is_directory() || (target && target->is_directory())) return EISDIR;
    image_.rename(old_name, new_name);
    return 0;
  };
  return perform({.operation = "rename", .path = old_name, .data = new_name}, true, action);
}

int DiskCore::remove(const std::string& path) {
  const auto name = DiskImage::normal(path);
  auto action = [&](int fault) {
    if (fault != 0) return fault;
    auto inode = image_.find(name);
    if (!inode) return ENOENT;
    if (inode->is_directory()) return EISDIR;
    image_.unlink(name);
    return 0;
  };
  return perform({.operation = "remove", .path = name}, false, action);
}

int DiskCore::make_directory(const std::string& path) {
  const auto name = DiskImage::normal(path);
  std::vector<std::string> missing;
  for (auto up = name; !image_.has_directory(up); up = DiskImage::parent(up)) missing.push_back(up);
  for (auto up = missing.rbegin(); up != missing.rend(); ++up)
    if (int error = make_one_directory(*up)) return error;
  return dead_ ? EIO : 0;
}

int DiskCore::make_one_directory(const std::string& path) {
  auto action = [&](int fault) {
    if (fault != 0) return fault;
    if (image_.find(path)) return ENOTDIR;
    image_.link(path, std::make_shared<Inode>(true));
    return 0;
  };
  return perform({.operation = "mkdir", .path = path}, true, action);
}

std::optional<std::uint64_t> DiskCore::free_space() const {
  if (!capacity) return std::nullopt;
  const auto used = image_.used();
  return *capacity > used ? *capacity - used : 0;
}

void DiskCore::power_cut() {
  image_.power_cut(random_);
  revive();
}

void DiskCore::kill_process() {
  for (const auto& [path, inode] : image_.names()) inode->forget_locks();
  revive();
}

void DiskCore::revive() {
  ++life_;
  dead_ = false;
  die_after = 0;
}

}  // namespace mxlab::sim
