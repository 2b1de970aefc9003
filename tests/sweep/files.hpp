// files.hpp - files for the tests of sweeps.
#pragma once
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace mxlab::sim::testing_files {

/// A folder that is gone when the test is over.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "mxlab-sweep-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }
  std::string read(const std::string& name) const {
    std::ifstream file(path(name), std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  std::string path(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

inline std::string sweeps(const std::string& name) {
  return std::string(MXLAB_SOURCE_DIR) + "/sweeps/" + name;
}

}  // namespace mxlab::sim::testing_files
