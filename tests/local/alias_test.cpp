// aliases(5), entry by entry; and the format specifiers of smtpd.conf(5), which make paths.
#include "relay/delivery/alias.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/delivery/format.hpp"

namespace mxlab::delivery {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

std::string story(const std::vector<Member>& members) {
  static const std::vector<std::string> kWords{"user",    "address", "error", "list",
                                               "command", "file",    "?"};
  std::string text;
  for (const Member& member : members)
    text += (text.empty() ? "" : "; ") + kWords.at(static_cast<std::size_t>(member.kind)) + " " +
            member.text;
  return text;
}

TEST(Alias, NamesUsersAddressesListsAndErrors) {
  const std::vector<std::pair<const char*, const char*>> kCases = {
      {"alice", "user alice"},
      {"Alice, BOB,carol+tag", "user alice; user bob; user carol+tag"},
      {"joe@example.org , jane", "address joe@example.org; user jane"},
      {"\"joe@example.org\"", "address joe@example.org"},
      {":include:/etc/mail/list", "list /etc/mail/list"},
      {":Include:relative", "? relative"},
      {"error:550 5.7.1 go away", "error 550 5.7.1 go away"},
      {"\"error:550 no, never\"", "error 550 no, never"},
      {"error:450 later", "error 450 later"},
      {"error:250 fine", "? 250 fine"},
      {"error:550", "? 550"},
      {"|/bin/cat", "command |/bin/cat"},
      {"\"|/bin/sh -c 'a, b'\"", "command |/bin/sh -c 'a, b'"},
      {"/var/spool/archive", "file /var/spool/archive"},
      {"../etc/passwd", "? ../etc/passwd"},
      {"a/b", "? a/b"},
      {"-froot", "? -froot"},
      {"joe@", "? joe@"},
      {"", ""},
      {" , ,", ""},
  };
  for (const auto& [value, expected] : kCases)
    EXPECT_EQ(story(parse_members(value)), expected) << value;
}

TEST(Alias, AListHasAMemberOrMoreOnEachLine) {
  EXPECT_EQ(story(parse_list("# the team\nalice\n\nbob, joe@example.org # both\r\n|/bin/x")),
            "user alice; user bob; address joe@example.org; command |/bin/x");
  EXPECT_THAT(parse_list(std::string(30'000, '\n') + "alice"), SizeIs(1));
}

TEST(Alias, SaysWhyAMemberGetsNoMail) {
  EXPECT_EQ(trouble_with({MemberKind::kCommand, "|x"}), "not supported: we run no programs");
  EXPECT_FALSE(trouble_with({MemberKind::kFile, "/x"}).empty());
  EXPECT_FALSE(trouble_with({MemberKind::kInvalid, "a/b"}).empty());
  EXPECT_THAT(trouble_with({MemberKind::kUser, "x"}), IsEmpty());
}

const FormatValues kValues{
    "sender@example.net", "User+Tag@Example.org", "joe@example.org", "joe", "/h/joe", '+'};

std::string expand(const std::string& format, const FormatValues& values = kValues) {
  return expand_format(format, values).value_or("refused");
}

TEST(Format, KnowsTheTokensOfTheManual) {
  EXPECT_EQ(expand("~/Mail/%{dest.user}"), "/h/joe/Mail/joe");
  EXPECT_EQ(expand("/v/%{dest.domain}/%{user.username}"), "/v/example.org/joe");
  EXPECT_EQ(expand("%{user.directory}/%{sender}/%{mbox.from}"),
            "/h/joe/sender@example.net/sender@example.net");
  EXPECT_EQ(expand("/100%%/%{rcpt}"), "/100%/User+Tag@Example.org");
  EXPECT_EQ(expand("/%{sender.user}.%{sender.domain}"), "/sender.example.net");
}

TEST(Format, CutsAndChangesAsTheManualSays) {
  FormatValues values = kValues;
  values.recipient = "user@example.org";
  const std::vector<std::pair<const char*, const char*>> kCuts = {
      {"[0]", "e"},         {"[1]", "x"},          {"[8:]", "org"},  {"[-3:]", "org"},
      {"[0:6]", "example"}, {"[0:-4]", "example"}, {"[9:99]", "rg"}, {"[:2]", "exa"},
  };
  for (const auto& [range, expected] : kCuts)
    EXPECT_EQ(expand("%{rcpt.domain" + std::string(range) + "}", values), expected) << range;
  EXPECT_EQ(expand("%{rcpt:lowercase}"), "user+tag@example.org");
  EXPECT_EQ(expand("%{rcpt:uppercase}"), "USER+TAG@EXAMPLE.ORG");
  EXPECT_EQ(expand("%{rcpt:strip}"), "User@Example.org");
  EXPECT_EQ(expand("%{rcpt:lowercase|strip}"), "user@example.org");
  EXPECT_EQ(expand("%{rcpt.user[0]:lowercase}"), "u");
}

TEST(Format, RefusesWhatItDoesNotKnow) {
  for (const char* format :
       {"%{nothing}", "%{rcpt.name}", "%{rcpt", "%{rcpt[}", "%{rcpt[]}", "%{rcpt[:]}",
        "%{rcpt[99]}", "%{rcpt[3:1]}", "%{rcpt[x]}", "%{rcpt:shout}", "%{rcpt[0]x}", "%{mda}"})
    EXPECT_EQ(expand(format), "refused") << format;
}

TEST(Format, NoAddressLeadsOutOfItsPlaceInThePath) {
  for (const char* local : {"..", ".", ".hidden", "../../etc/cron.d/x", "", "a\nb", "a\x01"}) {
    FormatValues values = kValues;
    values.destination = std::string(local) + "@example.org";
    const std::string path = expand("/v/%{dest.user}/new", values);
    EXPECT_EQ(path, "refused") << local;
    EXPECT_EQ(expand("/v/%{dest.user:raw}/new", values), "refused") << local;
  }
  FormatValues values = kValues;
  values.destination = "a/b|c@example.org";
  EXPECT_EQ(expand("/v/%{dest.user}", values), "/v/a:b:c");
  EXPECT_EQ(expand("/v/%{dest.user:raw}", values), "refused");
  values.destination = std::string("a\0b@example.org", 15);
  EXPECT_EQ(expand("/v/%{dest.user}", values), "refused");
}

TEST(Format, TellsFileNamesFromTraps) {
  for (const char* good : {"alice", "a.b", "x+y", "Ünï"}) EXPECT_TRUE(is_safe_file_name(good));
  for (const char* bad : {"", ".", "..", ".x", "a/b", "/", "a\n", "\x7f"})
    EXPECT_FALSE(is_safe_file_name(bad)) << bad;
  EXPECT_FALSE(is_safe_file_name(std::string(256, 'x')));
}

}  // namespace
}  // namespace mxlab::delivery
