// The same promises of world::Disk, kept by both disks; then what the simulated one forgets.
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "relay/world/real_disk.hpp"
#include "sim/world/rng.hpp"
#include "sim/world/sim_disk.hpp"

namespace mxlab {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using world::OpenMode;

/// A disk with an empty directory on it.
struct Place {
  virtual ~Place() = default;
  virtual world::Disk& disk() = 0;
  std::string at(const std::string& name) const { return root + "/" + name; }
  std::string root;
};

struct RealPlace final : Place {
  RealPlace() {
    std::string name = std::filesystem::temp_directory_path() / "mxlab-disk-XXXXXX";
    root = ::mkdtemp(name.data()) != nullptr ? name : "";
  }
  ~RealPlace() override { std::filesystem::remove_all(root); }
  world::Disk& disk() override { return real; }
  world::RealDisk real;
};

struct SimPlace final : Place {
  SimPlace() {
    root = "/srv";
    sim.make_directory(root);
  }
  world::Disk& disk() override { return sim; }
  sim::Rng random{7};
  sim::SimDisk sim{random};
};

class DiskContract : public ::testing::TestWithParam<bool> {
 protected:
  DiskContract() {
    if (GetParam())
      place_ = std::make_unique<SimPlace>();
    else
      place_ = std::make_unique<RealPlace>();
  }
  world::Disk& disk() { return place_->disk(); }
  std::string at(const std::string& name) const { return place_->at(name); }
  void write(const std::string& name, std::string_view text) {
    disk().open(at(name), OpenMode::kCreate)->write(0, text);
  }
  /// The errno with which a call fails; 0 when it does not.
  template <class Call>
  static int error_of(Call call) {
    try {
      call();
    } catch (const std::system_error& error) {
      return error.code().value();
    }
    return 0;
  }

  std::unique_ptr<Place> place_;
};

INSTANTIATE_TEST_SUITE_P(Both, DiskContract, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Simulated" : "Real"; });

TEST_P(DiskContract, ReadsWhatWasWrittenAndZerosInGaps) {
  auto file = disk().open(at("a"), OpenMode::kCreateNew);
  file->write(0, "hello");
  file->write(8, "world");
  EXPECT_EQ(file->size(), 13u);
  EXPECT_EQ(file->read(0, 100), std::string("hello\0\0\0world", 13));
  EXPECT_EQ(file->read(3, 2), "lo");
  EXPECT_EQ(file->read(13, 10), "");
  EXPECT_EQ(file->read(1'000'000, 10), "");
  EXPECT_EQ(disk().read_file(at("a")), std::string("hello\0\0\0world", 13));
}

TEST_P(DiskContract, TruncatesDownAndUp) {
  auto file = disk().open(at("a"), OpenMode::kCreate);
  file->write(0, "hello");
  file->truncate(2);
  EXPECT_EQ(file->read(0, 100), "he");
  file->truncate(4);
  EXPECT_EQ(file->read(0, 100), std::string("he\0\0", 4));
}

TEST_P(DiskContract, SaysWhyAFileCannotBeOpened) {
  write("a", "x");
  disk().make_directory(at("d"));
  EXPECT_EQ(error_of([&] { disk().open(at("none"), OpenMode::kRead); }), ENOENT);
  EXPECT_EQ(error_of([&] { disk().open(at("none"), OpenMode::kReadWrite); }), ENOENT);
  EXPECT_EQ(error_of([&] { disk().open(at("a"), OpenMode::kCreateNew); }), EEXIST);
  EXPECT_EQ(error_of([&] { disk().open(at("none/b"), OpenMode::kCreate); }), ENOENT);
  EXPECT_EQ(error_of([&] { disk().open(at("d"), OpenMode::kReadWrite); }), EISDIR);
  EXPECT_EQ(error_of([&] { disk().remove(at("none")); }), ENOENT);
  EXPECT_EQ(error_of([&] { disk().rename(at("none"), at("b")); }), ENOENT);
  EXPECT_EQ(error_of([&] { disk().list(at("none")); }), ENOENT);
  EXPECT_EQ(error_of([&] { disk().make_directory(at("a/b")); }), ENOTDIR);
}

TEST_P(DiskContract, OpensForCreationWhatIsThereWithoutTruncatingIt) {
  write("a", "kept");
  EXPECT_EQ(disk().open(at("a"), OpenMode::kCreate)->read(0, 10), "kept");
}

TEST_P(DiskContract, RenamesOverAnotherFileAndKeepsOpenOnesReadable) {
  write("old", "old");
  write("new", "new");
  auto open = disk().open(at("new"), OpenMode::kRead);
  disk().rename(at("old"), at("new"));
  EXPECT_FALSE(disk().exists(at("old")));
  EXPECT_EQ(disk().read_file(at("new")), "old");
  EXPECT_EQ(open->read(0, 10), "new") << "the file that was open has lost its name, not its bytes";
}

TEST_P(DiskContract, ListsNamesInOrder) {
  disk().make_directory(at("d/e"));
  write("d/b", "");
  write("d/a", "");
  write("d/e/deep", "");
  EXPECT_THAT(disk().list(at("d")), ElementsAre("a", "b", "e"));
  disk().remove(at("d/a"));
  EXPECT_THAT(disk().list(at("d")), ElementsAre("b", "e"));
  EXPECT_TRUE(disk().exists(at("d/e")));
  EXPECT_EQ(error_of([&] { disk().make_directory(at("d/e")); }), 0) << "existing is fine";
  EXPECT_EQ(error_of([&] { disk().sync_directory(at("d")); }), 0);
}

TEST_P(DiskContract, LocksOutASecondHolderUntilTheFirstCloses) {
  auto first = disk().open(at("mbox"), OpenMode::kCreate);
  auto second = disk().open(at("mbox"), OpenMode::kReadWrite);
  EXPECT_TRUE(first->try_lock());
  EXPECT_TRUE(first->try_lock()) << "it is ours already";
  EXPECT_FALSE(second->try_lock());
  first.reset();
  EXPECT_TRUE(second->try_lock());
}

// --- What only the simulated disk shows ----------------------------------------------------------

struct Forgetful {
  explicit Forgetful(std::uint64_t seed) : random(seed), disk(random) { disk.install("/d/x", ""); }
  void write(const std::string& path, std::string_view text, bool sync) {
    auto file = disk.open(path, OpenMode::kCreate);
    file->truncate(0);
    file->write(0, text);
    if (sync) file->sync();
  }
  std::string content(const std::string& path) {
    return disk.exists(path) ? disk.read_file(path) : "(none)";
  }
  sim::Rng random;
  sim::SimDisk disk;
};

/// All that a file holds after a power cut, over many seeds.
template <class Prepare>
std::set<std::string> survivors(const std::string& path, Prepare prepare) {
  std::set<std::string> out;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Forgetful f(seed);
    prepare(f);
    f.disk.die();
    f.disk.power_cut();
    out.insert(f.content(path));
  }
  return out;
}

TEST(SimDisk, KeepsWhatWasSynced) {
  EXPECT_THAT(survivors("/d/x", [](Forgetful& f) { f.write("/d/x", "synced", true); }),
              ElementsAre("synced"));
}

TEST(SimDisk, MayLoseOrKeepWhatWasNotSynced) {
  auto all = survivors(
      "/d/x", [](Forgetful& f) { f.disk.open("/d/x", OpenMode::kReadWrite)->write(0, "lost"); });
  EXPECT_THAT(all, ElementsAre("", "lost"));
}

TEST(SimDisk, TearsAnUnsyncedPageAtItsSectors) {
  auto all = survivors("/d/x", [](Forgetful& f) {
    f.disk.open("/d/x", OpenMode::kReadWrite)->write(0, std::string(1024, 'n'));
  });
  EXPECT_TRUE(all.contains(std::string(512, 'n'))) << "the first sector alone";
  EXPECT_TRUE(all.contains(std::string(512, '\0') + std::string(512, 'n'))) << "the second alone";
}

TEST(SimDisk, MayLoseANewNameWhoseDirectoryWasNotSynced) {
  auto unsynced = survivors("/d/new", [](Forgetful& f) { f.write("/d/new", "body", true); });
  EXPECT_THAT(unsynced, ElementsAre("(none)", "body"));
  auto synced = survivors("/d/new", [](Forgetful& f) {
    f.write("/d/new", "body", true);
    f.disk.sync_directory("/d");
  });
  EXPECT_THAT(synced, ElementsAre("body"));
}

TEST(SimDisk, RenamesAsAWhole) {
  auto all = survivors("/d/x", [](Forgetful& f) {
    f.write("/d/x", "old", true);
    f.write("/d/tmp", "new", true);
    f.disk.rename("/d/tmp", "/d/x");
  });
  EXPECT_THAT(all, ElementsAre("new", "old"));
}

TEST(SimDisk, LosesAFileWithItsDirectory) {
  auto all = survivors("/d/sub/file", [](Forgetful& f) {
    f.disk.make_directory("/d/sub");
    f.write("/d/sub/file", "body", true);
    f.disk.sync_directory("/d/sub");
  });
  EXPECT_THAT(all, ElementsAre("(none)", "body"));
}

TEST(SimDisk, DoesNotResurrectWhatAnEarlierSyncHasSettled) {
  auto all = survivors("/d/x", [](Forgetful& f) {
    f.disk.make_directory("/e");
    f.disk.sync_directory("/");
    f.disk.rename("/d/x", "/e/x");  // changes both directories
    f.disk.sync_directory("/e");
    f.disk.sync_directory("/d");
  });
  EXPECT_THAT(all, ElementsAre("(none)"));
}

TEST(SimDisk, AfterAFailedSyncShowsBytesThatItNeverWrites) {
  auto all = survivors("/d/x", [](Forgetful& f) {
    auto file = f.disk.open("/d/x", OpenMode::kReadWrite);
    file->write(0, "phantom");
    f.disk.fail({.error = EIO, .first = f.disk.calls() + 1});
    EXPECT_THROW(file->sync(), std::system_error);
    file->sync();  // succeeds, and writes nothing: the pages are clean
    EXPECT_EQ(file->read(0, 10), "phantom");
  });
  EXPECT_TRUE(all.contains(std::string(7, '\0'))) << "a file as long, and not one of its bytes";
}

TEST(SimDisk, KeepsThePageCacheAndDropsLocksWhenAProcessIsKilled) {
  Forgetful f(1);
  auto file = f.disk.open("/d/x", OpenMode::kReadWrite);
  file->write(0, "cached");
  ASSERT_TRUE(file->try_lock());
  f.disk.die();
  EXPECT_THROW(file->write(0, "after death"), std::system_error);
  f.disk.kill_process();
  EXPECT_EQ(f.content("/d/x"), "cached");
  EXPECT_TRUE(f.disk.open("/d/x", OpenMode::kReadWrite)->try_lock());
  EXPECT_THROW(file->write(0, "a dead process's file"), std::system_error);
}

TEST(SimDisk, DiesAfterTheCallThatWasNamed) {
  Forgetful f(1);
  f.disk.die_after(f.disk.calls() + 2);
  auto file = f.disk.open("/d/x", OpenMode::kReadWrite);
  file->write(0, "done");
  EXPECT_TRUE(f.disk.dead());
  EXPECT_THROW(file->sync(), std::system_error);
}

TEST(SimDisk, IsFullAtItsCapacityAndTakesWhatFits) {
  Forgetful f(1);
  f.disk.set_capacity(10);
  auto file = f.disk.open("/d/x", OpenMode::kReadWrite);
  file->write(0, "12345678");
  EXPECT_EQ(f.disk.free_space("/d"), 2u);
  try {
    file->write(8, "90ab");
    ADD_FAILURE() << "wrote 12 bytes to a disk of 10";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::no_space_on_device);
  }
  EXPECT_EQ(file->read(0, 100), "1234567890");
  file->write(0, "over");  // needs no new space
  f.disk.set_capacity(std::nullopt);
  EXPECT_EQ(f.disk.free_space("/d"), std::nullopt) << "zero blocks: unknown, not full";
}

TEST(SimDisk, ReportsEveryCallThatMayChangeIt) {
  Forgetful f(1);
  std::vector<std::string> seen;
  f.disk.on_call([&](const sim::DiskCall& call) {
    seen.push_back(std::string(call.operation) + " " + std::string(call.path));
  });
  f.write("/d//y", "body", true);
  f.disk.remove("/d/y");
  EXPECT_THAT(
      seen, ElementsAre("create /d/y", "truncate /d/y", "write /d/y", "sync /d/y", "remove /d/y"));
}

TEST(SimDisk, ClonesWhatAnotherShows) {
  Forgetful model(1), copy(2);
  model.write("/d/new", "body", false);
  copy.disk.clone_from(model.disk);
  copy.disk.power_cut();
  EXPECT_EQ(copy.content("/d/new"), "body") << "in the copy it is durable";
}

}  // namespace
}  // namespace mxlab
