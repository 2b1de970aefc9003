#include "sim/live/preload.hpp"

#include <fstream>

#include "sim/live/system.hpp"

namespace mxlab::sim::live {

namespace fs = std::filesystem;

fs::path below(const fs::path& root, const char* path) {
  return root / fs::path(path).relative_path();
}

void write_below(const fs::path& root, const char* path, const std::string& text, unsigned mode) {
  const fs::path file = below(root, path);
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  require(!out.fail(), "cannot write " + file.string());
  fs::permissions(file, static_cast<fs::perms>(mode));
}

void preload(const fs::path& root, const fs::path& library) {
  const fs::path here = root / library.filename();
  fs::copy_file(library, here, fs::copy_options::overwrite_existing);
  fs::permissions(here, static_cast<fs::perms>(0755));
  std::ofstream list(below(root, "/etc/ld.so.preload"), std::ios::app);
  list << "/" << library.filename().string() << "\n" << std::flush;
  require(!list.fail(), "cannot preload " + library.string());
}

}  // namespace mxlab::sim::live
