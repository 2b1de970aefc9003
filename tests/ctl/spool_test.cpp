// The spool of a relay that does not run is read as it lies, and left as it lies.
#include "relay/ctl/spool.hpp"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

#include "relay/queue/store.hpp"
#include "relay/world/real_disk.hpp"

namespace mxlab::ctl {
namespace {
using testing::HasSubstr;

class SpoolTest : public testing::Test {
 protected:
  SpoolTest() {
    std::string name = (std::filesystem::temp_directory_path() / "mxlab spool %XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~SpoolTest() override { std::filesystem::remove_all(folder_); }

  /// A relay that took so many messages, and then either ended well or was killed.
  void fill(queue::MessageId messages, bool killed) {
    if (const pid_t child = ::fork(); child != 0) {
      int status = 0;
      ::waitpid(child, &status, 0);
      ASSERT_EQ(status, 0);
      return;
    }
    world::RealDisk disk;
    queue::Store store(disk, {folder_ + "/queue.sqlite"});
    for (queue::MessageId id = 1; id <= messages; ++id) write(store, id);
    if (!killed) store.checkpoint_all();
    ::_exit(0);
  }
  static void write(queue::Store& store, queue::MessageId id) {
    queue::Envelope envelope;
    envelope.id = queue::EnvelopeId::of(id, 0);
    envelope.recipient = envelope.destination = "bob@example.org";
    queue::Write write;
    write.transaction.accepted = {{id, 0, "Subject: hello\r\n", 16, {envelope}}};
    if (store.write({&write}).front().error) ::_exit(1);
  }
  /// Every file of the folder with all its bytes.
  std::map<std::string, std::string> everything() {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      std::ostringstream bytes;
      bytes << std::ifstream(entry.path(), std::ios::binary).rdbuf();
      files[entry.path().filename()] = bytes.str();
    }
    return files;
  }
  std::string refusal() {
    try {
      Spool spool(folder_);
      return "opened";
    } catch (const std::system_error& error) {
      return error.what();
    }
  }

  std::string folder_;
};

TEST_F(SpoolTest, IsReadFromTheDatabaseOfARelayThatEndedWell) {
  fill(3, false);
  const auto before = everything();
  {
    Spool spool(folder_);
    EXPECT_EQ(spool.list(std::nullopt, {}, 10).size(), 3u);
    EXPECT_EQ(spool.list(2, {}, 10).size(), 1u);
    EXPECT_EQ(spool.list(std::nullopt, queue::EnvelopeId::of(1, 0), 1).at(0).id.message(), 2u);
    EXPECT_EQ(spool.read_chunk(2, 0), "Subject: hello\r\n");
    EXPECT_EQ(spool.read_chunk(2, 1), "");
    EXPECT_EQ(spool.find(queue::EnvelopeId::of(3, 0))->recipient, "bob@example.org");
    EXPECT_FALSE(spool.find(queue::EnvelopeId::of(9, 0)));
    EXPECT_TRUE(spool.still_stopped());
  }
  EXPECT_EQ(everything(), before);
}

TEST_F(SpoolTest, OfARelayThatWasKilledIsReadOutOfItsLogWhichStays) {
  fill(200, true);
  const auto before = everything();
  ASSERT_GT(before.at("queue.sqlite-wal").size(), 100'000u);
  ASSERT_LT(before.at("queue.sqlite").size(), 100'000u) << "all of it is in the log";
  {
    Spool spool(folder_);
    EXPECT_EQ(spool.list(std::nullopt, {}, 1000).size(), 200u);
  }
  EXPECT_EQ(everything(), before);
}

TEST_F(SpoolTest, DoesNotStandInTheWayOfARelayThatStarts) {
  fill(2, true);
  Spool spool(folder_);
  world::RealDisk disk;
  queue::Store store(disk, {folder_ + "/queue.sqlite"});
  EXPECT_EQ(store.recovery().messages, 2u);
}

TEST_F(SpoolTest, OfARunningRelayIsLeftToIt) {
  fill(1, false);
  int ready[2], done[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(done), 0);
  const pid_t relay = ::fork();  // locks of our own process would not be seen
  char byte = 0;
  if (relay == 0) {
    world::RealDisk disk;
    queue::Store store(disk, {folder_ + "/queue.sqlite"});
    ::close(done[1]);
    const bool told = ::write(ready[1], "x", 1) == 1;
    ::_exit(told && ::read(done[0], &byte, 1) == 0 ? 0 : 1);
  }
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_THAT(refusal(), HasSubstr("mxrelayd runs, but does not listen on the control socket"));
  for (int file : {ready[0], ready[1], done[0], done[1]}) ::close(file);
  ::waitpid(relay, nullptr, 0);
}

TEST_F(SpoolTest, ThatIsNoneIsSaidToBeNone) {
  EXPECT_THAT(refusal(), HasSubstr("there is no queue that can be read (--spool DIR)"));
  EXPECT_TRUE(everything().empty()) << "and none is made";
}

TEST_F(SpoolTest, OfAnotherVersionIsNotGuessedAt) {
  fill(1, false);
  {
    queue::Database database(folder_ + "/queue.sqlite", nullptr);
    database.exec("PRAGMA user_version=99");
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  EXPECT_THAT(refusal(), HasSubstr("another version wrote this queue (schema 99"));
}

}  // namespace
}  // namespace mxlab::ctl
