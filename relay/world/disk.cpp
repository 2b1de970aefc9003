#include "relay/world/disk.hpp"

namespace mxlab::world {

std::string Disk::read_file(const std::string& path) {
  auto file = open(path, OpenMode::kRead);
  return file->read(0, file->size());
}

}  // namespace mxlab::world
