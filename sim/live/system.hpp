// system.hpp - system calls whose failure is a sentence.
#pragma once
#include <string>
#include <sys/types.h>

namespace mxlab::sim::live {

/// Unless `done`: std::system_error with errno and what could not be done.
void require(bool done, const std::string& what);

/// Writes a file of the kernel's (/proc) in one go, which is how it wants it.
void write_setting(const std::string& path, const std::string& value);

/// Who is `inside` a new user namespace, and who that is outside.
struct IdMap {
  unsigned inside = 0;
  uid_t user = 0;
  gid_t group = 0;
};
void map_ids(const IdMap& map);

}  // namespace mxlab::sim::live
