#include "sim/live/system.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <system_error>
#include <unistd.h>

namespace mxlab::sim::live {

void require(bool done, const std::string& what) {
  if (!done) throw std::system_error(errno, std::generic_category(), what);
}

void write_setting(const std::string& path, const std::string& value) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  require(file >= 0, "cannot open " + path);
  const bool done = ::write(file, value.data(), value.size()) >= 0;
  const int error = errno;
  ::close(file);
  errno = error;
  require(done, fmt::format("cannot write {} to {}", value, path));
}

void map_ids(const IdMap& map) {
  // Else a group of ours could be dropped that keeps us out of somewhere (user_namespaces(7)).
  write_setting("/proc/self/setgroups", "deny");
  write_setting("/proc/self/uid_map", fmt::format("{} {} 1", map.inside, map.user));
  write_setting("/proc/self/gid_map", fmt::format("{} {} 1", map.inside, map.group));
}

}  // namespace mxlab::sim::live
