// An mbox on a real disk: other processes that write too, and traps laid for us.
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "relay/delivery/maildir.hpp"
#include "relay/delivery/mbox.hpp"
#include "relay/world/real_disk.hpp"

namespace mxlab::delivery {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class RealMbox : public testing::Test {
 protected:
  RealMbox() {
    std::string name = (fs::temp_directory_path() / "mxlab-mbox-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    path_ = folder_ + "/alice";
  }
  ~RealMbox() override { fs::remove_all(folder_); }

  static Account alice() { return {"alice", "/nowhere", ::geteuid(), ::getegid()}; }
  std::unique_ptr<MailboxWriter> open(const Account& owner = alice()) {
    return open_mbox(disk_, {path_, owner, {"bob@example.net", "alice@example.org", {}}, {}});
  }
  void append(const std::string& body) {
    auto writer = open();
    writer->write(body);
    writer->finish();
  }
  /// Why it is refused.
  std::string refusal(const Account& owner = alice()) try {
    open(owner);
    return "it was opened";
  } catch (const std::system_error& error) {
    return error.what();
  }
  std::string text() const {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  world::RealDisk disk_;
  std::string folder_, path_;
};

/// Appends that many messages, each as soon as the others let it.
void write_many(const std::string& path, const Account& owner, char letter, int count) {
  world::RealDisk disk;
  const std::string body = "Subject: x\r\n\r\n" + std::string(20'000, letter) + "\r\n";
  while (count > 0) {
    try {
      auto writer = open_mbox(disk, {path, owner, {"bob@example.net", "a@example.org", {}}, {}});
      writer->write(body.substr(0, 7'000));
      writer->write(body.substr(7'000));
      writer->finish();
      --count;
    } catch (const MailboxLocked&) {
      ::sched_yield();
    }
  }
}

TEST_F(RealMbox, WritersInSeveralProcessesDoNotMixTheirMessages) {
  constexpr int kWriters = 4, kMessages = 20;
  append("the first\r\n");
  std::vector<pid_t> children;
  for (int i = 0; i < kWriters; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      write_many(path_, alice(), static_cast<char>('a' + i), kMessages);
      ::_exit(0);
    }
    children.push_back(child);
  }
  for (pid_t child : children) {
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  const std::string all = text();
  for (int i = 0; i < kWriters; ++i) {
    const std::string whole = "\n\n" + std::string(20'000, static_cast<char>('a' + i)) + "\n\n";
    int found = 0;
    for (auto at = all.find(whole); at != std::string::npos; at = all.find(whole, at + 1)) ++found;
    EXPECT_EQ(found, kMessages) << "messages of writer " << i << " that are whole";
  }
  EXPECT_FALSE(fs::exists(path_ + ".lock"));
}

TEST_F(RealMbox, TheLocksOfOtherProgramsAreSeen) {
  append("one\r\n");
  const std::string before = text();
  const int file = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::flock(file, LOCK_EX), 0);
  EXPECT_THAT(refusal(), HasSubstr("is locked")) << "flock";
  ::flock(file, LOCK_UN);

  int ready[2], done[2];
  ASSERT_EQ(::pipe(ready) + ::pipe(done), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    struct flock whole {};
    whole.l_type = F_WRLCK;
    char byte = ::fcntl(file, F_SETLK, &whole) == 0 ? 'y' : 'n';
    if (::write(ready[1], &byte, 1) != 1 || ::read(done[0], &byte, 1) != 1) ::_exit(1);
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  ASSERT_EQ(byte, 'y');
  EXPECT_THAT(refusal(), HasSubstr("is locked")) << "fcntl, by another process";
  ASSERT_EQ(::write(done[1], &byte, 1), 1);
  ::waitpid(child, nullptr, 0);

  std::ofstream(path_ + ".lock") << "4711\n";
  EXPECT_THAT(refusal(), HasSubstr("is locked")) << "FILE.lock";
  EXPECT_TRUE(fs::exists(path_ + ".lock")) << "it is not ours to remove";
  EXPECT_EQ(text(), before);
  for (int fd : {file, ready[0], ready[1], done[0], done[1]}) ::close(fd);
}

TEST_F(RealMbox, IsNeverWrittenThroughALink) {
  const std::string secret = folder_ + "/secret";
  std::ofstream(secret) << "untouched";
  fs::create_symlink(secret, path_);
  EXPECT_THAT(refusal(), HasSubstr("symbolic link"));
  fs::remove(path_);
  fs::create_hard_link(secret, path_);
  EXPECT_THAT(refusal(), HasSubstr("second name"));
  fs::remove(path_);
  fs::create_symlink(folder_ + "/not-there", path_);
  EXPECT_THAT(refusal(), HasSubstr("symbolic link"));
  EXPECT_FALSE(fs::exists(folder_ + "/not-there"));
  std::ifstream file(secret);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "untouched");
}

TEST_F(RealMbox, MustBeAPlainFileOfItsOwner) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_THAT(refusal(), HasSubstr("no plain file"));
  fs::remove(path_);
  Account other = alice();
  other.user += 1;
  EXPECT_THAT(refusal(other), HasSubstr("by lmtp"));
  EXPECT_FALSE(fs::exists(path_)) << "a mailbox that its reader could not read is not left behind";
  append("one\r\n");
  EXPECT_THAT(refusal(other), HasSubstr("not to alice"));
  EXPECT_EQ(fs::status(path_).permissions() & fs::perms::all,
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(RealMbox, AMaildirDraftIsNotWrittenThroughALinkEither) {
  const std::string secret = folder_ + "/secret", maildir = folder_ + "/Maildir";
  std::ofstream(secret) << "untouched";
  fs::create_directories(maildir + "/tmp");
  fs::create_symlink(secret, fs::path(maildir) / "tmp" / "1.host");
  const MaildirTarget target{maildir, "1.host", "", false, alice(), {"b@x", "a@x", {}}};
  EXPECT_THROW(open_maildir(disk_, target), std::system_error);
  fs::remove(fs::path(maildir) / "tmp" / "1.host");
  auto writer = open_maildir(disk_, target);
  writer->write("Subject: x\r\n");
  writer->finish();
  EXPECT_TRUE(fs::exists(maildir + "/new/1.host"));
}

TEST_F(RealMbox, ASubAddressNeverLeadsOutOfTheMaildir) {
  const std::string maildir = folder_ + "/Maildir";
  fs::create_directories(folder_ + "/new");
  for (const char* extension : {".", "/", "./..", "../..", "/../../new"}) {
    const MaildirTarget target{maildir, "1.host", extension, false, alice(), {"b@x", "a@x", {}}};
    open_maildir(disk_, target)->finish();
    EXPECT_TRUE(fs::is_empty(folder_ + "/new")) << extension;
    EXPECT_FALSE(fs::exists(folder_ + "/tmp")) << extension;
    EXPECT_TRUE(fs::exists(maildir + "/new/1.host")) << extension;
  }
}

}  // namespace
}  // namespace mxlab::delivery
