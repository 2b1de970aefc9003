// forgetful_tree.hpp - files and names of which only what was synced lies in a backing folder.
//
// POSIX's promises and no more: fsync of a file keeps its content, fsync of a folder the names in
// it, whoever asked for the other. Modes and owners are kept at once; links and renamed folders,
// which no spool needs, are left out. Written apart from sim/world/disk_image on purpose: what the
// simulator believes about a power cut is compared with this, not with itself.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <utility>
#include <vector>

namespace mxlab::realdisk {

using Chance = std::mt19937_64;

/// A file or a folder; a file's synced content is in `kept`, which may have a name or none.
class Node {
 public:
  /// Takes over what lies at `kept`, a regular file that goes when the node does, or a folder.
  Node(std::filesystem::path kept, ino_t number);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  bool is_folder() const { return S_ISDIR(status_.st_mode); }
  struct stat status() const;
  std::string_view read(std::uint64_t offset, std::uint64_t size) const;
  void write(std::uint64_t offset, std::string_view data);
  void truncate(std::uint64_t size);
  void set_mode(mode_t mode);
  void set_owner(uid_t user, gid_t group);
  void set_time(timespec modified) { status_.st_mtim = modified; }
  const std::filesystem::path& kept() const { return kept_; }

  std::uint64_t unsynced() const { return changes_.size(); }
  /// Throws std::system_error when the backing folder cannot take it.
  void sync();
  /// The power cut: nothing, all, a prefix, a subset, or a subset torn at 512 bytes is kept.
  /// Returns how many changes are lost.
  std::uint64_t survive(Chance& chance);

 private:
  struct Change {  // a write lies within one page; without data, a new length
    std::uint64_t offset;
    std::string data;
  };
  void keep(std::uint64_t offset, std::string_view data);
  void keep(const Change& change);
  void tear(const Change& change, Chance& chance);

  std::filesystem::path kept_;
  int file_ = -1;
  struct stat status_ = {};
  std::string content_;
  std::vector<Change> changes_;
};

using NodePtr = std::shared_ptr<Node>;

class Tree {
 public:
  /// What an earlier tree left in `backing`/tree, all of it synced.
  explicit Tree(std::filesystem::path backing);

  /// Paths begin with a slash; the root is "/". No node: there is no such name.
  NodePtr find(const std::string& path) const;
  std::vector<std::string> list(const std::string& folder) const;
  NodePtr create(const std::string& path, mode_t mode, bool folder);
  void remove(const std::string& path);
  void rename(const std::string& from, const std::string& to);
  /// fsync of a folder: the names in it are kept, and what changed together with them.
  void sync_names(const std::string& folder);
  std::uint64_t unsynced() const;
  /// Returns how many changes are lost, of names and contents.
  std::uint64_t power_cut(std::uint64_t seed);
  const std::filesystem::path& root() const { return root_; }

 private:
  using Names = std::map<std::string, NodePtr>;
  using Step = std::vector<std::pair<std::string, NodePtr>>;  // changes together; no node: removed
  void load();
  void change(Step step);
  void keep(const Step& step);
  void place(const std::string& path, const Node& node);
  std::filesystem::path at(const std::string& path) const { return root_ / path.substr(1); }

  std::filesystem::path root_, nodes_;
  ino_t last_number_ = 0;
  Names live_, kept_;
  std::vector<Step> unsynced_;
};

}  // namespace mxlab::realdisk
