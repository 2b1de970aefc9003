// paths.hpp - a path's parts.
#pragma once
#include <string>

namespace mxlab::world {

/// "/a" of "/a/b", "/" of "/a", "." of "a".
inline std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace mxlab::world
