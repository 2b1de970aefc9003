#include "relay/world/disk.hpp"

namespace mxlab::world {

std::string Disk::read_file(const std::string& path) {
  auto file = open(path, OpenMode::kRead);
  return file->read(0, file->size());
}

void Disk::make_durable_directory(const std::string& path) {
  make_directory(path);
  for (auto slash = path.rfind('/'); slash != std::string::npos && slash > 0;
       slash = path.rfind('/', slash - 1))
    sync_directory(path.substr(0, slash));
  sync_directory("/");
}

}  // namespace mxlab::world
