// A file system (FUSE) that a power cut can happen to. Reads and writes go to memory; what is
// synced goes to a folder beside. Its end is the power cut: SIGTERM lets --seed decide which
// unsynced changes had reached the disk by chance, SIGKILL forgets them all. Mounted again, it
// shows the rest.
#define FUSE_USE_VERSION 35
#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <fuse.h>
#include <string>
#include <sys/statvfs.h>
#include <system_error>

#include "tests/realdisk/forgetful_tree.hpp"

namespace mxlab::realdisk {
namespace {

struct Disk {
  Tree tree;
  bool sync_files, sync_folders;
  std::uint64_t syncs = 0;
};

struct Handle {
  std::string path;  // of a folder, which is never renamed; a file may have lost its name
  NodePtr node;
};

Disk& disk() { return *static_cast<Disk*>(fuse_get_context()->private_data); }

Handle& handle(const fuse_file_info* info) {
  return *reinterpret_cast<Handle*>(info->fh);  // NOLINT: FUSE keeps it as a number
}

NodePtr node_of(const char* path, const fuse_file_info* info) {
  return info ? handle(info).node : disk().tree.find(path);
}

/// The result of `work` on the node, or the error number that FUSE wants.
template <typename Work>
int with(const NodePtr& node, Work work) {
  if (!node) return -ENOENT;
  try {
    work(*node);
    return 0;
  } catch (const std::system_error& error) {
    std::fprintf(stderr, "forgetful_disk: %s\n", error.what());
    return -EIO;
  }
}

int get_status(const char* path, struct stat* out, fuse_file_info* info) {
  return with(node_of(path, info), [&](const Node& node) { *out = node.status(); });
}

int create(const char* path, mode_t mode, bool folder, NodePtr* out = nullptr) {
  if (disk().tree.find(path)) return -EEXIST;
  return with(disk().tree.find("/"), [&](const Node&) {
    auto node = disk().tree.create(path, mode & 07777, folder);
    node->set_owner(fuse_get_context()->uid, fuse_get_context()->gid);
    if (out) *out = node;
  });
}

int make_folder(const char* path, mode_t mode) { return create(path, mode, true); }

int open_node(const char* path, fuse_file_info* info) {
  const auto node = disk().tree.find(path);
  if (!node) return -ENOENT;
  if ((info->flags & O_TRUNC) != 0) node->truncate(0);
  info->fh = reinterpret_cast<std::uint64_t>(new Handle{path, node});  // NOLINT: close() frees it
  return 0;
}

int create_file(const char* path, mode_t mode, fuse_file_info* info) {
  const int made = create(path, mode, false);
  return made == 0 ? open_node(path, info) : made;
}

int close_node(const char*, fuse_file_info* info) {
  delete &handle(info);
  return 0;
}

int read(const char*, char* out, size_t size, off_t offset, fuse_file_info* info) {
  const auto data = handle(info).node->read(static_cast<std::uint64_t>(offset), size);
  return static_cast<int>(data.copy(out, data.size()));
}

int write(const char*, const char* data, size_t size, off_t offset, fuse_file_info* info) {
  handle(info).node->write(static_cast<std::uint64_t>(offset), {data, size});
  return static_cast<int>(size);
}

int truncate(const char* path, off_t size, fuse_file_info* info) {
  return with(node_of(path, info),
              [&](Node& node) { node.truncate(static_cast<std::uint64_t>(size)); });
}

int set_mode(const char* path, mode_t mode, fuse_file_info* info) {
  return with(node_of(path, info), [&](Node& node) { node.set_mode(mode); });
}

int set_owner(const char* path, uid_t user, gid_t group, fuse_file_info* info) {
  return with(node_of(path, info), [&](Node& node) { node.set_owner(user, group); });
}

int set_times(const char* path, const timespec times[2], fuse_file_info* info) {
  return with(node_of(path, info), [&](Node& node) { node.set_time(times[1]); });
}

int sync_file(const char*, int, fuse_file_info* info) {
  ++disk().syncs;
  if (!disk().sync_files) return 0;
  return with(handle(info).node, [](Node& node) { node.sync(); });
}

int sync_folder(const char*, int, fuse_file_info* info) {
  ++disk().syncs;
  if (!disk().sync_folders) return 0;
  return with(handle(info).node, [&](const Node&) { disk().tree.sync_names(handle(info).path); });
}

int remove_file(const char* path) {
  return with(disk().tree.find(path), [&](const Node&) { disk().tree.remove(path); });
}

int remove_folder(const char* path) {
  return disk().tree.list(path).empty() ? remove_file(path) : -ENOTEMPTY;
}

int rename(const char* from, const char* to, unsigned flags) {
  const auto node = disk().tree.find(from);
  if (flags != 0) return -EINVAL;
  if (node && node->is_folder()) return -EXDEV;
  return with(node, [&](const Node&) { disk().tree.rename(from, to); });
}

int list(const char*, void* out, fuse_fill_dir_t fill, off_t, fuse_file_info* info,
         fuse_readdir_flags) {
  for (const char* name : {".", ".."}) fill(out, name, nullptr, 0, {});
  for (const auto& name : disk().tree.list(handle(info).path))
    fill(out, name.c_str(), nullptr, 0, {});
  return 0;
}

int space(const char*, struct statvfs* out) {
  return statvfs(disk().tree.root().c_str(), out) == 0 ? 0 : -errno;
}

/// Nothing is remembered by the kernel or moved aside by the library behind the tree's back.
void* start(fuse_conn_info*, fuse_config* config) {
  config->use_ino = 1;
  config->hard_remove = 1;
  config->nullpath_ok = 1;
  config->entry_timeout = config->attr_timeout = config->negative_timeout = 0;
  return fuse_get_context()->private_data;
}

fuse_operations operations() {
  fuse_operations out = {};
  out.init = start;
  out.getattr = get_status;
  out.mkdir = make_folder;
  out.unlink = remove_file;
  out.rmdir = remove_folder;
  out.rename = rename;
  out.chmod = set_mode;
  out.chown = set_owner;
  out.truncate = truncate;
  out.utimens = set_times;
  out.open = open_node;
  out.create = create_file;
  out.read = read;
  out.write = write;
  out.release = close_node;
  out.fsync = sync_file;
  out.opendir = open_node;
  out.readdir = list;
  out.releasedir = close_node;
  out.fsyncdir = sync_folder;
  out.statfs = space;
  return out;
}

int serve(Disk& disk, std::string mount_point, std::uint64_t seed) {
  std::string words[] = {"forgetful_disk",      "-f", "-s", "-o", "allow_other,default_permissions",
                         std::move(mount_point)};
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  const auto calls = operations();
  const int code = fuse_main(static_cast<int>(arguments.size()), arguments.data(), &calls, &disk);
  const auto unsynced = disk.tree.unsynced();
  const auto lost = disk.tree.power_cut(seed);
  std::printf("syncs=%lu unsynced=%lu lost=%lu\n", disk.syncs, unsynced, lost);
  return code;
}

}  // namespace
}  // namespace mxlab::realdisk

int main(int argc, char** argv) {
  CLI::App app{"A file system that forgets what was not synced when it ends."};
  std::string backing, mount_point, ignored;
  std::uint64_t seed = 0;
  app.add_option("backing", backing, "folder for what was synced")->required();
  app.add_option("mount_point", mount_point, "where it is mounted")->required();
  app.add_option("--seed", seed, "what survives SIGTERM by chance");
  app.add_option("--ignore-sync", ignored, "break it: syncs that do nothing")
      ->check(CLI::IsMember({"files", "folders", "all"}));
  CLI11_PARSE(app, argc, argv);
  try {
    const bool all = ignored == "all";
    mxlab::realdisk::Disk disk{.tree = mxlab::realdisk::Tree(backing),
                               .sync_files = !all && ignored != "files",
                               .sync_folders = !all && ignored != "folders"};
    return mxlab::realdisk::serve(disk, mount_point, seed);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "forgetful_disk: %s\n", error.what());
    return 1;
  }
}
