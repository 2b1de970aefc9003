// Final delivery into files, on the disk that forgets.
#include "relay/delivery/mailbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/delivery/lock_watch.hpp"
#include "relay/delivery/maildir.hpp"
#include "relay/delivery/mbox.hpp"
#include "sim/world/rng.hpp"
#include "sim/world/sim_disk.hpp"

namespace mxlab::delivery {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr const char* kMbox = "/var/mail/alice";
constexpr const char* kDotLock = "/var/mail/alice.lock";
constexpr const char* kMaildir = "/var/maildir/alice";
const Account kAlice{"alice", "/h/alice", 1000, 1000};

LocalHead head() {
  return {"bob@example.net", "alice@example.org",
          world::TimePoint{std::chrono::sys_days(std::chrono::year(2026) / 11 / 2)}};
}
constexpr const char* kHead =
    "From bob@example.net Mon Nov  2 00:00:00 2026\n"
    "Return-Path: <bob@example.net>\nDelivered-To: alice@example.org\n";
constexpr const char* kMaildirHead =
    "Return-Path: <bob@example.net>\nDelivered-To: alice@example.org\n";

/// The text as it stands in an mbox, fed in pieces of this size.
std::string mbox_text(const std::string& body, std::size_t piece = 1000) {
  LocalText text(true);
  std::string out;
  for (std::size_t at = 0; at < body.size(); at += piece) out += text.feed(body.substr(at, piece));
  return out + text.finish();
}

class Mailbox : public testing::Test {
 protected:
  void append(const std::string& body, std::optional<std::string> abandoned = std::nullopt) {
    auto writer = open_mbox(disk_, {kMbox, kAlice, head(), std::move(abandoned)});
    writer->write(body.substr(0, 3));
    writer->write(body.substr(std::min<std::size_t>(3, body.size())));
    writer->finish();
  }
  void put(const std::string& name, const std::string& body, const std::string& extension = "",
           bool junk = false) {
    auto writer = open_maildir(disk_, {kMaildir, name, extension, junk, kAlice, head()});
    writer->write(body);
    writer->finish();
  }
  std::string mbox() { return disk_.read_file(kMbox); }
  std::vector<std::string> names(const std::string& folder) {
    return disk_.list(kMaildir + folder);
  }
  void expect_locked(const std::string& why) {
    const std::string before = mbox();
    try {
      append("two\r\n");
      FAIL() << "appended to a locked file: " << why;
    } catch (const MailboxLocked& error) {
      EXPECT_EQ(error.code(), std::errc::resource_unavailable_try_again);
      EXPECT_THAT(error.what(), HasSubstr(kMbox));
    }
    EXPECT_EQ(mbox(), before) << why;
  }

  sim::Rng chance_{7};
  sim::SimDisk disk_{chance_};
};

TEST_F(Mailbox, AnMboxMessageBeginsWithItsFromLineAndEndsWithAnEmptyLine) {
  append("Subject: x\r\n\r\nhello\r\n");
  // RFC 5321 4.4: the final delivery writes Return-Path.
  EXPECT_EQ(mbox(), std::string(kHead) + "Subject: x\n\nhello\n\n");
  LocalHead report = head();
  report.sender.clear();
  EXPECT_THAT(from_line(report), StartsWith("From MAILER-DAEMON "));
  EXPECT_THAT(delivery_headers(report), StartsWith("Return-Path: <>\n"));
}

TEST_F(Mailbox, LinesThatLookLikeABeginningAreQuotedAndCanBeUnquoted) {
  const std::string body =
      "From here\r\n>From there\r\n>>From >From\r\nFrom\r\n From x\r\nFromage\r\n\r\n>F\r\nFrom ";
  for (std::size_t piece = 1; piece < body.size(); ++piece)
    EXPECT_EQ(mbox_text(body, piece),
              ">From here\n>>From there\n>>>From >From\nFrom\n From x\nFromage\n\n>F\n>From \n")
        << "in pieces of " << piece;
}

TEST_F(Mailbox, LineEndsOtherThanCrlfStay) {
  for (std::size_t piece = 1; piece < 8; ++piece)
    EXPECT_EQ(mbox_text("a\rb\nc\r\r\nd\r", piece), "a\rb\nc\r\nd\r\n") << piece;
  EXPECT_EQ(mbox_text(""), "");
}

TEST_F(Mailbox, MessagesAreAppendedAndSurviveAPowerCut) {
  append("one\r\n");
  append("two\r\n");
  const std::string both = std::string(kHead) + "one\n\n" + kHead + "two\n\n";
  EXPECT_EQ(mbox(), both);
  EXPECT_FALSE(disk_.exists(kDotLock));
  disk_.die();
  disk_.power_cut();
  EXPECT_EQ(mbox(), both);
}

TEST_F(Mailbox, AMessageThatIsNotFinishedWasNeverThere) {
  append("one\r\n");
  const std::string before = mbox();
  {
    auto writer = open_mbox(disk_, {kMbox, kAlice, head(), std::nullopt});
    writer->write(std::string(100'000, 'x'));
    EXPECT_TRUE(disk_.exists(kDotLock));
  }
  EXPECT_EQ(mbox(), before);
  EXPECT_FALSE(disk_.exists(kDotLock));
  append("two\r\n");
  EXPECT_EQ(mbox(), before + kHead + "two\n\n");
}

TEST_F(Mailbox, AFailedAppendLeavesTheFileAsItWas) {
  for (const int error : {EIO, ENOSPC}) {
    append("one\r\n");
    const std::string before = mbox();
    int failures = 0;
    for (std::uint64_t later = 1; later <= 12; ++later) {
      disk_.fail({error, disk_.calls() + later, 1, false});
      bool failed = false;
      try {
        append("two\r\n");
      } catch (const std::system_error&) {
        failed = true;
      }
      disk_.heal();
      failures += failed ? 1 : 0;
      EXPECT_EQ(mbox(), failed ? before : before + kHead + "two\n\n") << "call " << later;
      if (!failed) disk_.open(kMbox, world::OpenMode::kReadWrite)->truncate(before.size());
    }
    EXPECT_GT(failures, 1) << "no call that matters has failed";
  }
}

TEST_F(Mailbox, WhateverACrashLeavesTheNextMessageBeginsOnALineOfItsOwn) {
  append("one\r\n");
  const std::string before = mbox();
  const std::string rest = std::string(kHead) + "lost in the mid";
  for (std::uint64_t cut = 1; cut <= 8; ++cut) {
    disk_.die_after(disk_.calls() + cut);
    try {
      append("lost in the middle of a\r\nword\r\n");
    } catch (const std::system_error&) {
    }
    disk_.die_after(0);
    disk_.die();
    disk_.power_cut();
    disk_.open(kMbox, world::OpenMode::kReadWrite)->write(before.size(), rest);
    if (disk_.exists(kDotLock)) disk_.remove(kDotLock);
    append("two\r\n");
    EXPECT_THAT(mbox(), HasSubstr("\n\n" + std::string(kHead) + "two\n\n")) << "cut " << cut;
    EXPECT_THAT(mbox(), StartsWith(before)) << "what was there before stays";
    disk_.open(kMbox, world::OpenMode::kReadWrite)->truncate(before.size());
  }
}

TEST_F(Mailbox, AnMboxThatSomebodyElseHoldsIsLeftAlone) {
  append("one\r\n");
  auto reader = disk_.open(kMbox, world::OpenMode::kReadWrite);
  ASSERT_TRUE(reader->try_lock());
  expect_locked("fcntl and flock, as dovecot takes them");
  EXPECT_FALSE(disk_.exists(kDotLock));
  reader.reset();
  disk_.install(kDotLock, "4711\n");
  expect_locked("FILE.lock, as mutt makes it");
  EXPECT_EQ(disk_.read_file(kDotLock), "4711\n");
}

TEST_F(Mailbox, ALockThatACrashOfOursLeftBehindIsTakenAway) {
  append("one\r\n");
  {
    auto writer = open_mbox(disk_, {kMbox, kAlice, head(), std::nullopt});
    disk_.die();
  }
  disk_.kill_process();
  ASSERT_TRUE(disk_.exists(kDotLock));
  append("two\r\n");
  EXPECT_THAT(mbox(), HasSubstr(std::string(kHead) + "two\n\n"));
  EXPECT_FALSE(disk_.exists(kDotLock));
}

TEST_F(Mailbox, AForeignLockIsTakenAwayOnlyWhenItCountsAsAbandoned) {
  append("one\r\n");
  disk_.install(kDotLock, "4711\n");
  expect_locked("it may be alive");
  append("two\r\n", "4711\n");
  EXPECT_THAT(mbox(), HasSubstr("two\n"));
  disk_.install(kDotLock, "4712\n");
  try {
    append("three\r\n", "4711\n");
    FAIL() << "a lock of somebody else was broken";
  } catch (const MailboxLocked& error) {
    EXPECT_EQ(error.dot_lock(), "4712\n");
  }
}

TEST(LockWatch, CallsALockAbandonedThatLooksTheSameForFiveMinutes) {
  LockWatch watch;
  const world::SteadyPoint start{std::chrono::hours(1)};
  using std::chrono::minutes;
  EXPECT_FALSE(watch.found("/m", "1", start));
  EXPECT_FALSE(watch.found("/m", "1", start + minutes(4)));
  EXPECT_FALSE(watch.found("/m", "2", start + minutes(6))) << "somebody else's";
  EXPECT_FALSE(watch.found("/m", std::nullopt, start + minutes(8))) << "the kernel's lock: alive";
  EXPECT_FALSE(watch.found("/m", "2", start + minutes(12)));
  EXPECT_EQ(watch.found("/m", "2", start + minutes(17)), "2");
  watch.opened("/m");
  EXPECT_FALSE(watch.found("/m", "2", start + minutes(30))) << "it was free in between";
}

TEST_F(Mailbox, AMaildirMessageAppearsWholeAndOnlyOnce) {
  put("1.host", "one\r\n");
  put("2.host", "two\r\n");
  put("1.host", "one\r\n");
  EXPECT_THAT(names("/new"), ElementsAre("1.host", "2.host"))
      << "a second attempt at the same delivery replaces the first";
  EXPECT_THAT(names("/tmp"), IsEmpty());
  EXPECT_EQ(disk_.read_file(std::string(kMaildir) + "/new/1.host"),
            std::string(kMaildirHead) + "one\n");
  put("3.host", std::string(50'000, 'x') + "\r\n");
  disk_.die();
  disk_.power_cut();
  EXPECT_THAT(names("/new"), ElementsAre("1.host", "2.host", "3.host"));
  EXPECT_EQ(disk_.read_file(std::string(kMaildir) + "/new/3.host"),
            std::string(kMaildirHead) + std::string(50'000, 'x') + "\n")
      << "what is said to be delivered is durable";
}

TEST_F(Mailbox, AMaildirDraftThatIsDroppedLeavesNothing) {
  put("1.host", "one\r\n");
  open_maildir(disk_, {kMaildir, "2.host", "", false, kAlice, head()})->write("two");
  EXPECT_THAT(names("/tmp"), IsEmpty());
  EXPECT_THAT(names("/new"), ElementsAre("1.host"));
}

TEST_F(Mailbox, AMaildirDeliveryThatFailsLeavesNothingInNew) {
  put("1.host", "one\r\n");
  int failures = 0;
  for (std::uint64_t later = 1; later <= 20; ++later) {
    disk_.fail({EIO, disk_.calls() + later, 1, false});
    const std::string name = "draft" + std::to_string(later);
    bool failed = false;
    try {
      put(name, "two\r\n");
    } catch (const std::system_error&) {
      failed = true;
    }
    disk_.heal();
    failures += failed ? 1 : 0;
    const std::string path = std::string(kMaildir) + "/new/" + name;
    if (disk_.exists(path))
      EXPECT_EQ(disk_.read_file(path), std::string(kMaildirHead) + "two\n") << later;
    else
      EXPECT_TRUE(failed) << "call " << later << ": said delivered, and nothing is there";
  }
  EXPECT_GT(failures, 0);
}

TEST_F(Mailbox, WhatAFilterCalledSpamGoesToJunkWhereThatIsAskedFor) {
  put("1.host", "X-Spam: Yes\r\nSubject: x\r\n\r\nbuy\r\n", "", true);
  put("2.host", "Subject: x\r\n\r\nX-Spam: yes\r\n", "", true);
  put("3.host", "x-spam-flag: YES\r\n\r\nbuy\r\n", "", false);
  EXPECT_THAT(names("/.Junk/new"), ElementsAre("1.host"));
  EXPECT_THAT(names("/new"), ElementsAre("2.host", "3.host")) << "a body says nothing of spam";
}

TEST_F(Mailbox, ASubAddressHasAFolderIfItsOwnerMadeOneAndNeverOneOutside) {
  disk_.make_directory(std::string(kMaildir) + "/.lists");
  put("1.host", "one\r\n", "lists");
  put("2.host", "two\r\n", "unknown");
  // "/." and "./" in front of it would be the folder above, which exists.
  put("3.host", "three\r\n", ".");
  put("4.host", "four\r\n", "./../..");
  EXPECT_THAT(names("/.lists/new"), ElementsAre("1.host"));
  EXPECT_THAT(names("/new"), ElementsAre("2.host", "3.host", "4.host"));
}

}  // namespace
}  // namespace mxlab::delivery
