// Final delivery into files, on the disk that forgets.
#include "relay/delivery/mailbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/world/rng.hpp"
#include "sim/world/sim_disk.hpp"

namespace mxlab::delivery {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kMbox = "/var/mail/alice";
constexpr const char* kMaildir = "/var/maildir/alice";

LocalMessage message(const std::string& body) {
  return {"bob@example.net", "alice@example.org", body,
          world::TimePoint{std::chrono::sys_days(std::chrono::year(2026) / 11 / 2)}};
}

class Mailbox : public testing::Test {
 protected:
  sim::Rng chance_{7};
  sim::SimDisk disk_{chance_};
};

TEST_F(Mailbox, AnMboxMessageBeginsWithItsFromLineAndEndsWithAnEmptyLine) {
  EXPECT_EQ(mbox_text(message("Subject: x\r\n\r\nhello\r\n")),
            "From bob@example.net Mon Nov  2 00:00:00 2026\n"
            "Delivered-To: alice@example.org\n"
            "Subject: x\n\nhello\n\n");
  LocalMessage report = message("x\r\n");
  report.sender.clear();
  EXPECT_TRUE(mbox_text(report).starts_with("From MAILER-DAEMON "));
}

TEST_F(Mailbox, LinesThatLookLikeABeginningAreQuotedAndCanBeUnquoted) {
  EXPECT_THAT(mbox_text(message("From here\r\n>From there\r\n>>From >From\r\nFrom\r\n From x\r\n")),
              HasSubstr("\n>From here\n>>From there\n>>>From >From\nFrom\n From x\n\n"));
}

TEST_F(Mailbox, LineEndsOtherThanCrlfStay) {
  EXPECT_THAT(mbox_text(message("a\rb\nc\r\r\nd")), HasSubstr("\na\rb\nc\r\nd\n\n"));
  EXPECT_THAT(mbox_text(message("")), HasSubstr("alice@example.org\n\n"));
}

TEST_F(Mailbox, MessagesAreAppendedAndSurviveAPowerCut) {
  append_to_mbox(disk_, kMbox, message("one\r\n"));
  append_to_mbox(disk_, kMbox, message("two\r\n"));
  const std::string both = mbox_text(message("one\r\n")) + mbox_text(message("two\r\n"));
  EXPECT_EQ(disk_.read_file(kMbox), both);
  disk_.die();
  disk_.power_cut();
  EXPECT_EQ(disk_.read_file(kMbox), both);
}

TEST_F(Mailbox, AFailedAppendLeavesTheFileAsItWas) {
  append_to_mbox(disk_, kMbox, message("one\r\n"));
  const std::string before = disk_.read_file(kMbox);
  int failures = 0;
  for (std::uint64_t later = 1; later <= 8; ++later) {
    disk_.fail({ENOSPC, disk_.calls() + later, 1, false});
    try {
      append_to_mbox(disk_, kMbox, message("two\r\n"));
      disk_.heal();
      auto file = disk_.open(kMbox, world::OpenMode::kReadWrite);
      file->truncate(before.size());
    } catch (const std::system_error&) {
      ++failures;
      disk_.heal();
      EXPECT_EQ(disk_.read_file(kMbox), before) << "call " << later;
    }
  }
  EXPECT_GT(failures, 0) << "no call that matters has failed";
}

TEST_F(Mailbox, AnMboxThatSomebodyElseHoldsIsLeftAlone) {
  append_to_mbox(disk_, kMbox, message("one\r\n"));
  const std::string before = disk_.read_file(kMbox);
  auto reader = disk_.open(kMbox, world::OpenMode::kReadWrite);
  ASSERT_TRUE(reader->try_lock());
  try {
    append_to_mbox(disk_, kMbox, message("two\r\n"));
    FAIL() << "appended to a locked file";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::resource_unavailable_try_again);
    EXPECT_THAT(error.what(), HasSubstr(kMbox));
  }
  EXPECT_EQ(disk_.read_file(kMbox), before);
}

TEST_F(Mailbox, AMaildirMessageAppearsWholeAndOnlyOnce) {
  deliver_to_maildir(disk_, kMaildir, "1.host", message("one\r\n"));
  deliver_to_maildir(disk_, kMaildir, "2.host", message("two\r\n"));
  deliver_to_maildir(disk_, kMaildir, "1.host", message("one\r\n"));
  EXPECT_THAT(disk_.list(std::string(kMaildir) + "/new"), ElementsAre("1.host", "2.host"))
      << "a second attempt at the same delivery replaces the first";
  EXPECT_THAT(disk_.list(std::string(kMaildir) + "/tmp"), IsEmpty());
  EXPECT_EQ(disk_.read_file(std::string(kMaildir) + "/new/1.host"),
            "Delivered-To: alice@example.org\none\n");
  disk_.die();
  disk_.power_cut();
  EXPECT_THAT(disk_.list(std::string(kMaildir) + "/new"), ElementsAre("1.host", "2.host"));
}

TEST_F(Mailbox, AMaildirDeliveryThatFailsLeavesNothingInNew) {
  deliver_to_maildir(disk_, kMaildir, "1.host", message("one\r\n"));
  int failures = 0;
  for (std::uint64_t later = 1; later <= 20; ++later) {
    disk_.fail({EIO, disk_.calls() + later, 1, false});
    const std::string name = "draft" + std::to_string(later);
    bool failed = false;
    try {
      deliver_to_maildir(disk_, kMaildir, name, message("two\r\n"));
    } catch (const std::system_error&) {
      failed = true;
    }
    disk_.heal();
    failures += failed ? 1 : 0;
    const std::string path = std::string(kMaildir) + "/new/" + name;
    if (disk_.exists(path))
      EXPECT_EQ(disk_.read_file(path), "Delivered-To: alice@example.org\ntwo\n") << later;
    else
      EXPECT_TRUE(failed) << "call " << later << ": said delivered, and nothing is there";
  }
  EXPECT_GT(failures, 0);
}

}  // namespace
}  // namespace mxlab::delivery
