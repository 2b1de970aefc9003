#include "tests/realdisk/forgetful_tree.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <set>
#include <system_error>
#include <unistd.h>

namespace mxlab::realdisk {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kSector = 512;

void expect(bool holds, const char* what) {
  if (!holds) throw std::system_error(errno, std::generic_category(), what);
}

std::uint64_t below(Chance& chance, std::uint64_t limit) { return chance() % limit; }

timespec now() {
  timespec time = {};
  clock_gettime(CLOCK_REALTIME, &time);
  return time;
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Node::Node(fs::path kept, ino_t number) : kept_(std::move(kept)) {
  expect(::stat(kept_.c_str(), &status_) == 0, "stat");
  status_.st_ino = number;
  if (is_folder()) return;
  file_ = ::open(kept_.c_str(), O_RDWR | O_CLOEXEC);
  expect(file_ >= 0, "open");
  content_.resize(static_cast<std::size_t>(status_.st_size));
  const auto got = ::pread(file_, content_.data(), content_.size(), 0);
  expect(got == status_.st_size, "read");
}

Node::~Node() {
  if (file_ < 0) return;
  ::close(file_);
  ::unlink(kept_.c_str());
}

struct stat Node::status() const {
  auto out = status_;
  if (is_folder()) return out;
  out.st_size = static_cast<off_t>(content_.size());
  out.st_blocks = static_cast<blkcnt_t>((content_.size() + kSector - 1) / kSector);
  out.st_nlink = 1;
  return out;
}

std::string_view Node::read(std::uint64_t offset, std::uint64_t size) const {
  const std::string_view all = content_;
  return offset < all.size() ? all.substr(offset, size) : std::string_view();
}

void Node::write(std::uint64_t offset, std::string_view data) {
  if (content_.size() < offset + data.size()) content_.resize(offset + data.size());
  data.copy(content_.data() + offset, data.size());
  while (!data.empty()) {
    const auto size = std::min<std::uint64_t>(data.size(), kPage - offset % kPage);
    changes_.push_back({offset, std::string(data.substr(0, size))});
    offset += size;
    data.remove_prefix(size);
  }
  status_.st_mtim = now();
}

void Node::truncate(std::uint64_t size) {
  content_.resize(size);
  changes_.push_back({size, {}});
  status_.st_mtim = now();
}

void Node::set_mode(mode_t mode) {
  expect(::chmod(kept_.c_str(), mode) == 0, "chmod");
  status_.st_mode = (status_.st_mode & S_IFMT) | (mode & ~static_cast<mode_t>(S_IFMT));
}

void Node::set_owner(uid_t user, gid_t group) {
  expect(::chown(kept_.c_str(), user, group) == 0, "chown");
  if (user != static_cast<uid_t>(-1)) status_.st_uid = user;
  if (group != static_cast<gid_t>(-1)) status_.st_gid = group;
}

void Node::keep(std::uint64_t offset, std::string_view data) {
  const auto put = ::pwrite(file_, data.data(), data.size(), static_cast<off_t>(offset));
  expect(put == static_cast<ssize_t>(data.size()), "write");
}

void Node::keep(const Change& change) {
  if (change.data.empty())
    expect(::ftruncate(file_, static_cast<off_t>(change.offset)) == 0, "truncate");
  else
    keep(change.offset, change.data);
}

void Node::tear(const Change& change, Chance& chance) {
  const std::string_view data = change.data;
  for (std::uint64_t done = 0; done < data.size();) {
    const auto at = change.offset + done;
    const auto size = std::min<std::uint64_t>(data.size() - done, kSector - at % kSector);
    if (below(chance, 2) == 0) keep(at, data.substr(done, size));
    done += size;
  }
}

void Node::sync() {
  for (const auto& change : changes_) keep(change);
  changes_.clear();
}

std::uint64_t Node::survive(Chance& chance) {
  enum class Left { kNothing, kAll, kPrefix, kSubset, kTorn };
  const auto left = static_cast<Left>(below(chance, 5));
  const auto prefix = below(chance, changes_.size() + 1);
  std::uint64_t lost = 0;
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    const bool kept = left == Left::kAll || (left == Left::kPrefix && i < prefix) ||
                      (left >= Left::kSubset && below(chance, 2) == 0);
    if (kept)
      keep(changes_[i]);
    else if (left == Left::kTorn)
      tear(changes_[i], chance);
    lost += kept ? 0 : 1;
  }
  changes_.clear();
  return lost;
}

Tree::Tree(fs::path backing) : root_(backing / "tree"), nodes_(backing / "nodes") {
  fs::remove_all(nodes_);
  fs::create_directories(root_);
  fs::create_directories(nodes_);
  load();
}

void Tree::load() {
  live_["/"] = std::make_shared<Node>(root_, ++last_number_);
  for (const auto& entry : fs::recursive_directory_iterator(root_)) {
    const auto path = "/" + fs::relative(entry.path(), root_).string();
    auto kept = entry.path();
    ++last_number_;
    if (!entry.is_directory()) {
      kept = nodes_ / std::to_string(last_number_);
      fs::create_hard_link(entry.path(), kept);
    }
    live_[path] = std::make_shared<Node>(kept, last_number_);
  }
  kept_ = live_;
}

NodePtr Tree::find(const std::string& path) const {
  const auto found = live_.find(path);
  return found == live_.end() ? nullptr : found->second;
}

std::vector<std::string> Tree::list(const std::string& folder) const {
  std::vector<std::string> out;
  for (const auto& [path, node] : live_)
    if (path != "/" && folder_of(path) == folder) out.push_back(path.substr(path.rfind('/') + 1));
  return out;
}

NodePtr Tree::create(const std::string& path, mode_t mode, bool folder) {
  // A folder lies among the nodes, too, until its own name is kept.
  const auto kept = nodes_ / std::to_string(++last_number_);
  const int made = folder ? ::mkdir(kept.c_str(), 0700)
                          : ::close(::open(kept.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0600));
  expect(made == 0, "create");
  auto node = std::make_shared<Node>(kept, last_number_);
  node->set_mode(mode);
  change({{path, node}});
  return node;
}

void Tree::remove(const std::string& path) { change({{path, nullptr}}); }

void Tree::rename(const std::string& from, const std::string& to) {
  if (from != to) change({{to, find(from)}, {from, nullptr}});
}

void Tree::change(Step step) {
  for (const auto& [path, node] : step) {
    if (node)
      live_[path] = node;
    else
      live_.erase(path);
  }
  unsynced_.push_back(std::move(step));
}

void Tree::keep(const Step& step) {
  for (const auto& [path, node] : step) {
    if (!node) {
      kept_.erase(path);
      fs::remove_all(at(path));
      continue;
    }
    kept_[path] = node;
    place(path, *node);
    // Names in a folder may have been kept before its own.
    for (const auto& [inner, child] : kept_)
      if (node->is_folder() && inner.starts_with(path + "/")) place(inner, *child);
  }
}

void Tree::place(const std::string& path, const Node& node) {
  const auto to = at(path);
  if (!fs::is_directory(to.parent_path())) return;  // a lost folder's names are lost with it
  if (node.is_folder()) {
    fs::create_directory(to, node.kept());
    const auto status = node.status();
    expect(::chown(to.c_str(), status.st_uid, status.st_gid) == 0, "chown");
    expect(::chmod(to.c_str(), status.st_mode & 07777) == 0, "chmod");
    return;
  }
  const auto next = nodes_ / "next";
  fs::create_hard_link(node.kept(), next);
  fs::rename(next, to);
}

void Tree::sync_names(const std::string& folder) {
  std::set<std::string> settled;  // which an earlier step may no longer change
  std::vector<Step> here, elsewhere;
  for (auto step = unsynced_.rbegin(); step != unsynced_.rend(); ++step) {
    std::erase_if(*step, [&](const auto& entry) { return settled.contains(entry.first); });
    const bool touches = std::any_of(step->begin(), step->end(), [&](const auto& entry) {
      return folder_of(entry.first) == folder;
    });
    if (touches)
      for (const auto& entry : *step) settled.insert(entry.first);
    if (!step->empty()) (touches ? here : elsewhere).push_back(std::move(*step));
  }
  std::for_each(here.rbegin(), here.rend(), [&](const Step& step) { keep(step); });
  unsynced_.assign(std::make_move_iterator(elsewhere.rbegin()),
                   std::make_move_iterator(elsewhere.rend()));
}

std::uint64_t Tree::unsynced() const {
  std::uint64_t sum = unsynced_.size();
  for (const auto& [path, node] : live_) sum += node->unsynced();
  return sum;
}

std::uint64_t Tree::power_cut(std::uint64_t seed) {
  Chance chance(seed);
  const bool in_order = below(chance, 2) == 0;
  const auto prefix = below(chance, unsynced_.size() + 1);
  std::uint64_t lost = 0;
  for (std::size_t i = 0; i < unsynced_.size(); ++i) {
    const bool kept = in_order ? i < prefix : below(chance, 2) == 0;
    if (kept) keep(unsynced_[i]);
    lost += kept ? 0 : 1;
  }
  for (const auto& [path, node] : kept_) lost += node->survive(chance);
  return lost;
}

}  // namespace mxlab::realdisk
