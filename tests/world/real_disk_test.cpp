// real_disk_test.cpp - what somebody else on the machine can do to our files, or read in them:
// nothing.
#include "relay/world/real_disk.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

namespace mxlab {
namespace {

using world::OpenMode;

class RealDiskTest : public ::testing::Test {
 protected:
  RealDiskTest() {
    std::string name = (std::filesystem::temp_directory_path() / "mxlab-disk-XXXXXX").string();
    root_ = ::mkdtemp(name.data()) != nullptr ? name : "";
  }
  ~RealDiskTest() override {
    ::umask(umask_);
    std::filesystem::remove_all(root_);
  }
  std::string at(const std::string& name) const { return root_ + "/" + name; }
  static unsigned mode_of(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
  }
  int error_of_open(const std::string& path, OpenMode mode) {
    try {
      disk_.open(path, mode);
      return 0;
    } catch (const std::system_error& error) {
      return error.code().value();
    }
  }

  world::RealDisk disk_;
  std::string root_;
  mode_t umask_ = ::umask(0);  // the widest
};

TEST_F(RealDiskTest, MakesFilesAndFoldersForItsOwnerAlone) {
  disk_.open(at("a"), OpenMode::kCreate);
  disk_.open(at("b"), OpenMode::kCreateNew);
  disk_.make_directory(at("c/d"));
  EXPECT_EQ(mode_of(at("a")), 0600u);
  EXPECT_EQ(mode_of(at("b")), 0600u);
  EXPECT_EQ(mode_of(at("c")), 0700u);
  EXPECT_EQ(mode_of(at("c/d")), 0700u);
}

TEST_F(RealDiskTest, IsNotLedThroughALinkToSomebodyElsesFile) {
  std::ofstream(at("victim")) << "precious";
  std::filesystem::create_symlink(at("victim"), at("trap"));
  std::filesystem::create_symlink(at("nowhere"), at("dangling"));
  EXPECT_EQ(error_of_open(at("trap"), OpenMode::kCreate), ELOOP);
  EXPECT_EQ(error_of_open(at("trap"), OpenMode::kReadWrite), ELOOP);
  EXPECT_EQ(error_of_open(at("trap"), OpenMode::kCreateNew), EEXIST);
  EXPECT_EQ(error_of_open(at("dangling"), OpenMode::kCreate), ELOOP);
  EXPECT_EQ(error_of_open(at("dangling"), OpenMode::kCreateNew), EEXIST);
  EXPECT_FALSE(std::filesystem::exists(at("nowhere")));
  EXPECT_EQ(disk_.read_file(at("trap")), "precious") << "configuration may be links";
}

}  // namespace
}  // namespace mxlab
