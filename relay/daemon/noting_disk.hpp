// noting_disk.hpp - the real disk, which remembers what was read from it: those files are all that
// the configuration needs, and so all that the sandbox has to let through.
#pragma once
#include <set>

#include "relay/world/real_disk.hpp"

namespace mxlab::daemon {

class NotingDisk final : public world::RealDisk {
 public:
  std::unique_ptr<world::File> open(const std::string& path, world::OpenMode mode) override {
    if (mode == world::OpenMode::kRead) note(path);
    return RealDisk::open(path, mode);
  }
  bool exists(const std::string& path) override {
    note(path);
    return RealDisk::exists(path);
  }
  /// What was asked for until now; from now on nothing more is noted.
  std::set<std::string> take_notes() {
    noting_ = false;
    return std::move(read_);
  }

 private:
  void note(const std::string& path) {
    if (noting_) read_.insert(path);
  }

  bool noting_ = true;  // before there is a second thread
  std::set<std::string> read_;
};

}  // namespace mxlab::daemon
