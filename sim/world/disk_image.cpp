#include "sim/world/disk_image.hpp"

#include <algorithm>

namespace mxlab::sim {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kSector = 512;  // the unit in which a page tears

void put(std::string& file, std::uint64_t offset, std::string_view data) {
  if (file.size() < offset + data.size()) file.resize(offset + data.size());
  data.copy(file.data() + offset, data.size());
}

enum class Survival { kNothing, kAll, kPrefix, kSubset, kTorn, kCount };

}  // namespace

void Inode::write(std::uint64_t offset, std::string_view data) {
  // A gap behind the old end reads as zeros, and is written as such.
  for (auto page = live_.size() / kPage; page < offset / kPage; ++page) dirty_.insert(page);
  put(live_, offset, data);
  while (!data.empty()) {
    auto n = std::min<std::uint64_t>(data.size(), kPage - offset % kPage);
    changes_.push_back({false, offset, std::string(data.substr(0, n))});
    dirty_.insert(offset / kPage);
    offset += n;
    data.remove_prefix(n);
  }
}

void Inode::truncate(std::uint64_t size) {
  for (auto page = std::min<std::uint64_t>(size, live_.size()) / kPage;
       page * kPage < std::max<std::uint64_t>(size, live_.size()); ++page)
    dirty_.insert(page);
  live_.resize(size);
  changes_.push_back({true, size, {}});
}

void Inode::write_back(std::uint64_t page) {
  if (page * kPage < live_.size())
    put(durable_, page * kPage, std::string_view(live_).substr(page * kPage, kPage));
}

void Inode::sync() {
  for (auto page : dirty_) write_back(page);
  durable_.resize(live_.size());
  dirty_.clear();
  changes_.clear();
}

void Inode::lose_sync(world::Random& random) {
  for (auto page : dirty_)
    if (draw_below(random, 10) < 3) write_back(page);
  dirty_.clear();
  changes_.clear();
}

void Inode::apply(const Change& change) {
  if (change.truncation)
    durable_.resize(change.offset);
  else
    put(durable_, change.offset, change.data);
}

void Inode::apply_torn(const Change& change, world::Random& random) {
  const std::string_view data = change.data;
  for (std::uint64_t at = 0; at < data.size();) {
    auto n = std::min<std::uint64_t>(data.size() - at, kSector - (change.offset + at) % kSector);
    if (draw_below(random, 2) == 0) put(durable_, change.offset + at, data.substr(at, n));
    at += n;
  }
}

void Inode::survive(world::Random& random) {
  const auto mode =
      static_cast<Survival>(draw_below(random, static_cast<std::uint64_t>(Survival::kCount)));
  const auto prefix = draw_below(random, changes_.size() + 1);
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    const bool kept = mode == Survival::kAll || (mode == Survival::kPrefix && i < prefix) ||
                      (mode >= Survival::kSubset && draw_below(random, 2) == 0);
    if (kept)
      apply(changes_[i]);
    else if (mode == Survival::kTorn)
      apply_torn(changes_[i], random);
  }
  live_ = durable_;
  changes_.clear();
  dirty_.clear();
  forget_locks();
}

bool Inode::flip_bit(std::uint64_t offset, unsigned bit) {
  if (offset >= live_.size()) return false;
  auto flip = [mask = 1u << bit % 8](char& byte) {
    byte = static_cast<char>(static_cast<unsigned char>(byte) ^ mask);
  };
  flip(live_[offset]);
  if (offset < durable_.size()) flip(durable_[offset]);
  return true;
}

void Inode::forget_locks() {
  lock_owner = nullptr;
  sqlite_locks.clear();
}

std::string DiskImage::normal(std::string_view path) {
  std::string out = path.starts_with('/') ? "/" : "";
  for (std::size_t at = 0; at < path.size();) {
    auto end = std::min(path.find('/', at), path.size());
    auto part = path.substr(at, end - at);
    at = end + 1;
    if (part.empty() || part == ".") continue;
    if (!out.empty() && out.back() != '/') out += '/';
    out += part;
  }
  return out.empty() ? "." : out;
}

std::string DiskImage::parent(const std::string& path) {
  auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::shared_ptr<Inode> DiskImage::find(const std::string& path) const {
  auto found = live_.find(path);
  return found == live_.end() ? nullptr : found->second;
}

bool DiskImage::has_directory(const std::string& path) const {
  if (path == "/" || path == ".") return true;
  auto inode = find(path);
  return inode && inode->is_directory();
}

std::vector<std::string> DiskImage::list(const std::string& directory) const {
  std::vector<std::string> out;
  for (const auto& [path, inode] : live_)
    if (path != directory && parent(path) == directory)
      out.push_back(path.substr(path.rfind('/') + 1));
  std::sort(out.begin(), out.end());
  return out;
}

std::uint64_t DiskImage::used() const {
  std::uint64_t sum = 0;
  for (const auto& [path, inode] : live_) sum += inode->content().size();
  return sum;
}

void DiskImage::change(Operation operation) {
  for (auto& [path, inode] : operation) {
    if (inode)
      live_[path] = inode;
    else
      live_.erase(path);
  }
  unsynced_.push_back(std::move(operation));
}

void DiskImage::link(const std::string& path, std::shared_ptr<Inode> inode) {
  change({{path, std::move(inode)}});
}

void DiskImage::unlink(const std::string& path) { change({{path, nullptr}}); }

void DiskImage::rename(const std::string& from, const std::string& to) {
  if (from != to) change({{to, find(from)}, {from, nullptr}});
}

void DiskImage::make_durable(const Operation& operation) {
  for (const auto& [path, inode] : operation) {
    if (inode)
      durable_[path] = inode;
    else
      durable_.erase(path);
  }
}

void DiskImage::sync_directory(const std::string& path) {
  std::set<std::string> settled;  // what an older operation may no longer change
  std::vector<Operation> later;
  for (auto op = unsynced_.rbegin(); op != unsynced_.rend(); ++op) {
    std::erase_if(*op, [&](const Entry& entry) { return settled.contains(entry.first); });
    const bool here = std::any_of(op->begin(), op->end(),
                                  [&](const Entry& entry) { return parent(entry.first) == path; });
    if (here) {
      make_durable(*op);
      for (const auto& entry : *op) settled.insert(entry.first);
    } else if (!op->empty()) {
      later.push_back(std::move(*op));
    }
  }
  unsynced_.assign(std::make_move_iterator(later.rbegin()), std::make_move_iterator(later.rend()));
}

void DiskImage::install(const std::string& path, std::shared_ptr<Inode> inode) {
  for (auto up = parent(path); !has_directory(up); up = parent(up))
    live_[up] = durable_[up] = std::make_shared<Inode>(true);
  live_[path] = durable_[path] = std::move(inode);
}

void DiskImage::clone_from(const DiskImage& other) {
  live_.clear();
  unsynced_.clear();
  for (const auto& [path, inode] : other.live_)
    live_[path] = std::make_shared<Inode>(inode->is_directory(), inode->content());
  durable_ = live_;
}

void DiskImage::power_cut(world::Random& random) {
  const bool in_order = draw_below(random, 2) == 0;
  const auto prefix = draw_below(random, unsynced_.size() + 1);
  for (std::size_t i = 0; i < unsynced_.size(); ++i)
    if (in_order ? i < prefix : draw_below(random, 2) == 0) make_durable(unsynced_[i]);
  unsynced_.clear();
  drop_strays();
  live_ = durable_;
  for (auto& [path, inode] : live_) inode->survive(random);
}

void DiskImage::drop_strays() {
  // A directory comes before what is in it, so that one pass finds every lost subtree.
  for (auto i = durable_.begin(); i != durable_.end();) {
    auto up = parent(i->first);
    auto found = durable_.find(up);
    const bool held = up == "/" || up == "." || (found != durable_.end());
    i = held ? std::next(i) : durable_.erase(i);
  }
}

}  // namespace mxlab::sim
