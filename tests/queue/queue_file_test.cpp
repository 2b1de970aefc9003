// What the queue promises of its file: its bounds, its versions, and that it has one master.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/queue/queue_fixture.hpp"

namespace mxlab::queue {
namespace {

using namespace testing;
using ::testing::HasSubstr;

constexpr std::size_t kBig = 256 * 1024;

class QueueFileTest : public QueueTest {};
INSTANTIATE_TEST_SUITE_P(Over, QueueFileTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "SimDisk" : "RealDisk"; });

// The real disk can be neither counted nor filled.
class SimulatedQueueFileTest : public QueueTest {};
INSTANTIATE_TEST_SUITE_P(Over, SimulatedQueueFileTest, ::testing::Values(true),
                         [](const auto&) { return "SimDisk"; });

// The simulated disk has no modes and no links.
class RealQueueFileTest : public QueueTest {};
INSTANTIATE_TEST_SUITE_P(Over, RealQueueFileTest, ::testing::Values(false),
                         [](const auto&) { return "RealDisk"; });

TEST_P(QueueFileTest, StaysWithinItsQuotaAndGoesOnWhenMessagesLeave) {
  quota_ = 1024 * 1024;
  restart();
  auto big = [&](MessageId m) {
    auto t = message(m);
    t.accepted[0].last_chunk = std::string(kBig, 'x');
    return t;
  };
  std::vector<MessageId> taken;
  EXPECT_TRUE(machine_->await(queue().has_room(kBig)));
  std::error_code refused;
  while (!refused && taken.size() < 100) {
    const auto m = queue().new_message();
    try {
      commit(big(m));
      taken.push_back(m);
    } catch (const std::system_error& error) {
      refused = error.code();
    }
  }
  EXPECT_EQ(refused, std::errc::no_space_on_device);
  EXPECT_EQ(taken.size(), 3u);
  EXPECT_FALSE(machine_->await(queue().has_room(kBig))) << "452 before DATA";
  commit({.finished = {id(taken[0], 0)}});  // deletes go on
  EXPECT_TRUE(machine_->await(queue().has_room(kBig)));
  commit(big(queue().new_message()));
}

TEST_P(SimulatedQueueFileTest, SaysNoToDataWhenTheDiskIsNearlyFull) {
  reserve_ = 1'000'000;
  restart();
  EXPECT_TRUE(machine_->await(queue().has_room(1'000'000))) << "unknown is not full";
  sim_.set_capacity(4'000'000);
  EXPECT_TRUE(machine_->await(queue().has_room(1'000'000)));
  EXPECT_FALSE(machine_->await(queue().has_room(2'000'000)));
}

TEST_P(QueueFileTest, RefusesAFileOfANewerVersionAndSaysWhatToDo) {
  alter("PRAGMA user_version=99");
  EXPECT_THAT(refusal(), HasSubstr("written by a newer version (schema 99, we know 5): install "
                                   "that version again"));
}

TEST_P(QueueFileTest, TakesOverTheMailOfAnOlderVersion) {
  commit(message(queue().new_message()));
  machine_->await(queue().append(queue().new_message(), 0, "never accepted"));
  alter(
      "DROP TABLE upload; DROP INDEX envelope_suspended; ALTER TABLE envelope DROP COLUMN utf8; "
      "ALTER TABLE envelope DROP COLUMN last_attempt;"
      " ALTER TABLE envelope DROP COLUMN user;"
      " PRAGMA user_version=1");
  const Recovery recovery = start();
  EXPECT_EQ(recovery.messages, 1u);
  EXPECT_EQ(recovery.orphan_chunks, 1u);
  ASSERT_EQ(all().size(), 1u);
  EXPECT_FALSE(all().front().utf8);
  commit(message(queue().new_message()));
}

TEST_P(RealQueueFileTest, IsReadByNobodyElse) {
  const auto before = ::umask(0);
  machine_.reset();
  std::filesystem::remove(path());
  start();
  commit(message(queue().new_message()));
  ::umask(before);
  using std::filesystem::perms;
  for (const char* file : {"", "-wal", "-lock"})
    EXPECT_EQ(std::filesystem::status(path() + file).permissions(),
              perms::owner_read | perms::owner_write)
        << "mail.db" << file;
}

TEST_P(RealQueueFileTest, IsNotWrittenThroughALink) {
  machine_->shut();
  machine_.reset();
  std::filesystem::rename(path(), path() + ".elsewhere");
  std::filesystem::create_symlink(path() + ".elsewhere", path());
  EXPECT_THAT(refusal(), HasSubstr("Too many levels of symbolic links"));
}

TEST_P(QueueFileTest, RefusesADatabaseOfSomebodyElse) {
  alter("PRAGMA user_version=0; CREATE TABLE theirs(x)");
  EXPECT_THAT(refusal(), HasSubstr("not a queue of ours: move it away"));
}

TEST_P(QueueFileTest, RefusesAFileThatIsNoDatabaseByItsName) {
  machine_->shut();
  machine_.reset();
  auto file = disk().open(path(), world::OpenMode::kReadWrite);
  file->write(0, std::string(4096, 'x'));
  file->sync();
  EXPECT_THAT(refusal(), HasSubstr(path() + ": this file is damaged, or not a queue at all"));
}

TEST_P(QueueFileTest, IsNotTouchedByASecondProcessThatWantsIt) {
  commit(message(queue().new_message()));
  const auto before = disk().read_file(path() + "-wal");
  {
    Machine second(disk(), QueueOptions{path(), 0, 0});
    try {
      second.boot();
      ADD_FAILURE() << "two processes hold one queue";
    } catch (const std::system_error& error) {
      EXPECT_EQ(error.code(), std::errc::device_or_resource_busy);
      EXPECT_THAT(error.what(), HasSubstr("another process uses this queue: stop it first"));
    }
  }
  EXPECT_EQ(disk().read_file(path() + "-wal"), before);
  commit(message(queue().new_message()));
  EXPECT_EQ(restart().messages, 2u);
}

TEST_P(SimulatedQueueFileTest, StartsWithoutReadingTheMailThatWaits) {
  constexpr int kMessages = 400;  // a page each
  for (int i = 0; i < kMessages; ++i) {
    auto t = message(queue().new_message());
    t.accepted[0].last_chunk = std::string(3000, 'x');
    commit(std::move(t));
  }
  machine_->shut();
  machine_.reset();
  const auto before = sim_.reads();
  EXPECT_EQ(start().messages, 400u);
  EXPECT_LT(sim_.reads() - before, 60u) << "a start must not take longer for a longer queue";
}

TEST_P(QueueFileTest, EmptiesItsLogWhenItStops) {
  commit(message(queue().new_message()));
  machine_->shut();
  EXPECT_EQ(disk().open(path() + "-wal", world::OpenMode::kRead)->size(), 0u);
  EXPECT_THROW(commit(message(queue().new_message())), std::system_error) << "and takes no more";
}

TEST_P(QueueFileTest, KeepsItsLogShortWhileItRuns) {
  for (int i = 0; i < 40; ++i) {
    auto t = message(queue().new_message());
    t.accepted[0].last_chunk = std::string(kBig, 'x');
    commit(std::move(t));
  }
  machine_->run();
  EXPECT_LT(disk().open(path() + "-wal", world::OpenMode::kRead)->size(), 6'000'000u);
  EXPECT_EQ(machine_->warnings(), "");
}

}  // namespace
}  // namespace mxlab::queue
