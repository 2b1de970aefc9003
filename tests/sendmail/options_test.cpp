// The command line of sendmail(8), as programs write it.
#include "relay/sendmail/options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/sendmail/hand_in.hpp"

namespace mxlab::sendmail {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

SendmailOptions good(std::vector<std::string> words) {
  words.insert(words.begin(), "/usr/sbin/sendmail");
  auto line = read_command_line(words, "1");
  if (auto* stop = std::get_if<Stop>(&line)) ADD_FAILURE() << stop->text;
  auto* options = std::get_if<SendmailOptions>(&line);
  return options == nullptr ? SendmailOptions{} : *options;
}

Stop stop(std::vector<std::string> words) {
  words.insert(words.begin(), "sendmail");
  auto line = read_command_line(words, "1.2.3");
  auto* stop = std::get_if<Stop>(&line);
  return stop == nullptr ? Stop{-1, "it went on"} : *stop;
}

TEST(Options, AreThoseThatProgramsUse) {
  const auto cron = good({"-FCronDaemon", "-odi", "-oem", "-oi", "-t", "-f", "root"});  // cron
  EXPECT_EQ(cron.full_name, "CronDaemon");
  EXPECT_EQ(cron.sender, "root");
  EXPECT_TRUE(cron.recipients_from_header);
  EXPECT_FALSE(cron.dot_ends);
  const auto php = good({"-t", "-i", "-fjoe@example.org"});  // PHP, git send-email
  EXPECT_EQ(php.sender, "joe@example.org");
  EXPECT_FALSE(php.dot_ends);
  const auto mailx = good({"-i", "a@x.example", "b@x.example"});  // mailx, mutt
  EXPECT_THAT(mailx.recipients, ElementsAre("a@x.example", "b@x.example"));
  EXPECT_FALSE(mailx.sender_given);
  EXPECT_TRUE(good({"a@x.example"}).dot_ends);
  EXPECT_THAT(good({"-oi", "-f", "a@x", "--", "-odd@x", "b"}).recipients,
              ElementsAre("-odd@x", "b"));
  EXPECT_THAT(good({"a@x", "-f", "b@x", "c@x"}).recipients, ElementsAre("a@x", "c@x"));
  EXPECT_TRUE(good({"-ti"}).recipients_from_header);
  EXPECT_FALSE(good({"-ti"}).dot_ends);
}

TEST(Options, TheNullSenderIsASender) {
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"-f", "<>"}, {"-f", ""}, {"-r<>"}}) {
    const auto options = good(words);
    EXPECT_TRUE(options.sender_given);
    EXPECT_EQ(options.sender, "");
  }
  EXPECT_EQ(good({"-f", "<joe@x>"}).sender, "joe@x");
}

TEST(Options, AskForReports) {
  const auto options = good({"-N", "success,delay", "-R", "hdrs", "-V", "abc", "a@x"});
  EXPECT_EQ(options.notify, "success,delay");
  EXPECT_EQ(options.ret, "hdrs");
  EXPECT_EQ(options.envid, "abc");
}

TEST(Options, OfSendmailThatMeanNothingHereAreIgnored) {
  const auto options =
      good({"-Ac", "-B8BITMIME", "-C", "/etc/mail/sendmail.cf", "-O", "DeliveryMode=b", "-oMrsmtp",
            "-h", "3", "-n", "-m", "-x", "-U", "-X", "/dev/null", "-bm", "-em", "-d0", "a@x"});
  EXPECT_THAT(options.recipients, ElementsAre("a@x"));
  EXPECT_EQ(options.mode, Mode::kSubmit);
}

TEST(Options, ItsOtherNamesAreOtherCommands) {
  EXPECT_EQ(good({"-bp"}).mode, Mode::kShowQueue);
  EXPECT_EQ(good({"-q"}).mode, Mode::kRunQueue);
  EXPECT_EQ(good({"-q15m"}).mode, Mode::kRunQueue);
  EXPECT_EQ(good({"-bi"}).mode, Mode::kNewAliases);
  EXPECT_EQ(std::get<SendmailOptions>(read_command_line({"/usr/bin/mailq"}, "1")).mode,
            Mode::kShowQueue);
  EXPECT_EQ(std::get<SendmailOptions>(read_command_line({"newaliases"}, "1")).mode,
            Mode::kNewAliases);
}

TEST(Options, WhatCannotBeDoneIsSaid) {
  EXPECT_THAT(stop({"-bs"}).text, HasSubstr("-bs (SMTP on standard input) is not supported"));
  EXPECT_THAT(stop({"-bd"}).text, HasSubstr("mxrelayd"));
  EXPECT_THAT(stop({"-bv"}).text, HasSubstr("not supported"));
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"-bs"}, {"-Z"}, {"-f"}, {"--nonsense"}, {"-bv"}})
    EXPECT_EQ(stop(words).status, kUsage) << words.front();
  EXPECT_EQ(stop({"--help"}).status, kOk);
  EXPECT_THAT(stop({"--help"}).text, HasSubstr("example:"));
  EXPECT_THAT(stop({"--version"}).text, HasSubstr("1.2.3"));
}

TEST(Outcome, SpeaksInTheExitCodesOfSysexits) {
  EXPECT_EQ(outcome_of({250, "2.0.0 1a2b3c4d Message accepted for delivery"}).exit, kOk);
  EXPECT_EQ(outcome_of({421, "4.3.2 Server disallowed submission request"}).text,
            "server disallowed submission request");
  EXPECT_EQ(outcome_of({421, ""}).exit, kTemporary);
  EXPECT_EQ(outcome_of({451, "4.3.0 x"}).exit, kTemporary);
  EXPECT_EQ(outcome_of({550, "5.1.1 Invalid recipient: <x@y>"}).exit, kNoUser);
  EXPECT_EQ(outcome_of({552, "5.3.4 big"}).exit, kDataError);
  EXPECT_EQ(outcome_of({501, "5.5.4 NOTIFY"}).exit, kUsage);
  EXPECT_EQ(outcome_of({554, "5.7.1 no"}).exit, kUnavailable);
  EXPECT_EQ(outcome_of({0, ""}).exit, kUnavailable) << "not a reply: never a success";
}

}  // namespace
}  // namespace mxlab::sendmail
