#include "relay/world/disk.hpp"

#include <system_error>

namespace mxlab::world {

std::string Disk::read_file(const std::string& path) {
  auto file = open(path, OpenMode::kRead);
  return file->read(0, file->size());
}

void Disk::make_durable_directory(const std::string& path) {
  make_directory(path);
  for (auto slash = path.rfind('/'); slash != std::string::npos;
       slash = slash == 0 ? std::string::npos : path.rfind('/', slash - 1)) {
    try {
      sync_directory(slash == 0 ? "/" : path.substr(0, slash));
    } catch (const std::system_error& error) {
      // A folder that we may not even read is not one in which we have just made a name.
      if (error.code() != std::errc::permission_denied) throw;
    }
  }
}

}  // namespace mxlab::world
