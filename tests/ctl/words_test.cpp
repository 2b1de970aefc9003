// The command line, against what smtpctl answered when it was asked (captures of 6.8.0p2).
#include "relay/ctl/words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>

namespace mxlab::ctl {
namespace {
using testing::HasSubstr;
using testing::StartsWith;

std::vector<std::string> split(const std::string& line) {
  std::istringstream words(line);
  return {std::istream_iterator<std::string>(words), {}};
}

std::string meaning(const std::string& line) {
  auto understood = understand(patterns(), split(line));
  if (auto* wrong = std::get_if<Misunderstood>(&understood)) return wrong->text;
  const Words& words = std::get<Words>(understood);
  std::string text = words.command;
  for (const std::string& argument : words.arguments) text += " [" + argument + "]";
  return text;
}

TEST(Words, AnUnknownOneIsAnsweredWithThePossibilities) {
  EXPECT_THAT(meaning("frobnicate smtp"),
              StartsWith("possibilities are:\n"
                         "discover\npause\nresume\nshow\nlog\nmonitor\nprofile\nremove\nschedule\n"
                         "trace\nunprofile\nuntrace\nupdate\nencrypt\nspf\n"))
      << "smtpctl's words in smtpctl's order; ours come after them";
  EXPECT_THAT(meaning(""), StartsWith("possibilities are:\ndiscover\n"));
}

TEST(Words, ThePossibilitiesAreThoseOfThePlace) {
  EXPECT_EQ(meaning("update"), "possibilities are:\nupdate table\n");
  EXPECT_EQ(meaning("log loud"), "possibilities are:\nlog brief\nlog verbose\n");
  EXPECT_EQ(meaning("schedule zebra"),
            "possibilities are:\nschedule <msgid>\nschedule <evpid>\nschedule all\n");
  EXPECT_EQ(meaning("monitor now"), "invalid command\n");
}

TEST(Words, MayBeCutShortWhileOneMeaningIsLeft) {
  EXPECT_EQ(meaning("sh q"), "show queue");
  EXPECT_EQ(meaning("pau smtp"), "pause smtp");
  EXPECT_EQ(meaning("res sm"), "resume smtp");
  EXPECT_EQ(meaning("sh hostst"), "show hoststats");
  EXPECT_EQ(meaning("sh hosts"), "show hosts") << "a whole word is not the beginning of another";
  EXPECT_THAT(meaning("re smtp"), StartsWith("possibilities are:\n")) << "resume, remove, reload";
  EXPECT_EQ(meaning("m"), "monitor");
}

TEST(Words, CarryTheirArguments) {
  EXPECT_EQ(meaning("show queue 0e236aa4"), "show queue [0e236aa4]");
  EXPECT_EQ(meaning("sched 0e236aa4f81cca56"), "schedule [0e236aa4f81cca56]");
  EXPECT_EQ(meaning("remove all"), "remove all");
  EXPECT_EQ(meaning("pause mta from 192.0.2.1 for example.org"),
            "pause mta from for [192.0.2.1] [example.org]");
  EXPECT_EQ(meaning("resume route 3"), "resume route [3]");
  EXPECT_EQ(meaning("encrypt secret"), "encrypt [secret]");
  EXPECT_EQ(meaning("spf walk"), "spf walk");
}

TEST(Words, AnIdHasEightOrSixteenDigitsAndIsNotZero) {
  for (const char* wrong : {"show envelope 0e236aa4", "show envelope 0e236aa4f81cca5g",
                            "show envelope 0000000000000000", "show envelope all"})
    EXPECT_EQ(meaning(wrong), "possibilities are:\nshow envelope <evpid>\n") << wrong;
  EXPECT_THAT(meaning("resume route 0"), HasSubstr("resume route <routeid>"));
  EXPECT_THAT(meaning("pause mta from nowhere for x"), HasSubstr("pause mta from <addr>"));
}

TEST(Words, WhatTutorialsWriteIsUnderstoodAndNotListed) {
  EXPECT_EQ(meaning("enable smtp"), "enable smtp");
  EXPECT_THAT(meaning("zebra"), Not(HasSubstr("enable")));
}

}  // namespace
}  // namespace mxlab::ctl
