// Paths and mailboxes, as tables.
#include "relay/smtp/address.hpp"

#include <gtest/gtest.h>

#include "relay/smtp/ascii.hpp"

namespace mxlab::smtp {
namespace {

std::string seen(std::string_view text, PathKind kind) {
  auto path = parse_path(text, kind);
  if (auto* error = std::get_if<PathError>(&path)) {
    constexpr const char* kNames[] = {"syntax", "too long", "not ascii"};
    return std::string("! ") + kNames[static_cast<int>(*error)];
  }
  const Path& found = std::get<Path>(path);
  return found.address + (found.rest.empty() ? "" : " |" + found.rest);
}

struct Case {
  std::string text, expected;
};

// D14
TEST(Address, ForwardPathsAreReadStrictly) {
  const std::string longest(242, 'a'), label63(63, 'b');
  const Case cases[] = {
      {"<joe@example.org>", "joe@example.org"},
      {"<joe@example.org> NOTIFY=NEVER", "joe@example.org | NOTIFY=NEVER"},
      {"<Joe.User+tag@EXAMPLE.org>", "Joe.User+tag@EXAMPLE.org"},
      {"<!#$%&'*+-/=?^_`{|}~@x>", "!#$%&'*+-/=?^_`{|}~@x"},
      {"<\"joe user\"@example.org>", "\"joe user\"@example.org"},
      {"<\"a>b@c\"@example.org>", "\"a>b@c\"@example.org"},
      {"<\"a\\\"b\"@example.org>", "\"a\\\"b\"@example.org"},
      {"<\"\"@example.org>", "\"\"@example.org"},
      {"<joe@[192.0.2.1]>", "joe@[192.0.2.1]"},
      {"<joe@[IPv6:2001:db8::1]>", "joe@[IPv6:2001:db8::1]"},
      {"<joe@under_score.example>", "joe@under_score.example"},
      {"<@a.example:joe@example.org>", "joe@example.org"},
      {"<@a.example,@b.example:joe@example.org>", "joe@example.org"},
      {"<Postmaster>", "Postmaster"},
      {"<postMASTER>", "postMASTER"},
      {"<" + longest + "@example.org>", longest + "@example.org"},
      {"<a@" + label63 + ".example>", "a@" + label63 + ".example"},
      {"<>", "! syntax"},
      {"", "! syntax"},
      {"joe@example.org", "! syntax"},
      {"<joe>", "! syntax"},
      {"<joe@>", "! syntax"},
      {"<@example.org>", "! syntax"},
      {"<joe@example.org", "! syntax"},
      {"<joe@example.org.>", "! syntax"},
      {"<joe@.example.org>", "! syntax"},
      {"<joe@a..b>", "! syntax"},
      {"<joe@-a.b>", "! syntax"},
      {"<joe@a-.b>", "! syntax"},
      {"<joe@exa mple.org>", "! syntax"},
      {"<jo e@example.org>", "! syntax"},
      {"<.joe@example.org>", "! syntax"},
      {"<joe.@example.org>", "! syntax"},
      {"<jo..e@example.org>", "! syntax"},
      {"<joe@one@example.org>", "! syntax"},
      {"<\"joe@example.org>", "! syntax"},
      {"<\"joe\"x@example.org>", "! syntax"},
      {"<\"jo\x01\"@example.org>", "! syntax"},
      {"<\"jo\\", "! syntax"},
      {"<joe@[192.0.2.256]>", "! syntax"},
      {"<joe@[192.0.2]>", "! syntax"},
      {"<joe@[2001:db8::1]>", "! syntax"},
      {"<joe@[IPv6:fe80::1%lo]>", "! syntax"},
      {"<joe@[IPv6:x]>", "! syntax"},
      {"<joe@[tag:x]>", "! syntax"},
      {"<joe@[192.0.2.1>", "! syntax"},
      {"<@a.example joe@example.org>", "! syntax"},
      {"<@a.example,joe@example.org>", "! syntax"},
      {"<" + longest + "a@example.org>", "! too long"},
      {"<a@" + label63 + "b.example>", "! syntax"},
      {"<j\xc3\xb6@example.org>", "! not ascii"},
      {"<joe@ex\xc3\xa4mple.org>", "! not ascii"},
  };
  for (const Case& c : cases)
    EXPECT_EQ(seen(c.text, PathKind::kForward), c.expected) << "for " << printable(c.text);
}

TEST(Address, OnlyAReversePathMayBeNullAndOnlyAForwardPathPostmaster) {
  EXPECT_EQ(seen("<>", PathKind::kReverse), "");
  EXPECT_EQ(seen("<> SIZE=5", PathKind::kReverse), " | SIZE=5");
  EXPECT_EQ(seen("<Postmaster>", PathKind::kReverse), "! syntax");
}

// D4
TEST(Address, LimitsOfDomainAndPathHold) {
  std::string domain;
  while (domain.size() < 245) domain += "abcdefghi.";
  domain += "a";
  EXPECT_TRUE(is_domain(domain + std::string(255 - domain.size(), 'a')));
  EXPECT_FALSE(is_domain(domain + std::string(256 - domain.size(), 'a')));
  const std::string local(256 - 3 - domain.size(), 'a');
  EXPECT_FALSE(check_mailbox(local + "@" + domain)) << "a path of 256 octets is allowed";
  EXPECT_EQ(check_mailbox(local + "a@" + domain), PathError::kTooLong);
}

TEST(Address, TakesApartAtTheLastAt) {
  EXPECT_EQ(domain_of("\"a@b\"@example.org"), "example.org");
  EXPECT_EQ(local_part_of("\"a@b\"@example.org"), "\"a@b\"");
  EXPECT_EQ(domain_of("Postmaster"), "");
  EXPECT_EQ(local_part_of("Postmaster"), "Postmaster");
  EXPECT_TRUE(same_domain("Example.ORG", "eXAMPLE.org"));
  EXPECT_FALSE(same_domain("example.org", "example.orgs"));
  EXPECT_TRUE(is_bare_postmaster("POSTMASTER"));
  EXPECT_FALSE(is_bare_postmaster("postmaster@example.org"));
}

TEST(Address, HeloNamesAreLenientButCannotBreakAHeader) {
  for (const char* name :
       {"mx.example.org", "localhost", "[192.0.2.1]", "[IPv6:::1]", "my_pc", "-"})
    EXPECT_TRUE(is_helo_name(name)) << name;
  for (const char* name : {"", "a b", "a\tb", "(x)", "a;b", "<x>", "j\xc3\xb6"})
    EXPECT_FALSE(is_helo_name(name)) << printable(name);
}

// D47
TEST(Address, MayBeCleanUtf8WhereThatIsAllowed) {
  auto allowed = [](std::string_view text) { return !check_mailbox(text, Charset::kUtf8); };
  EXPECT_TRUE(allowed("\xd1\x8e\xd1\x80\xd0\xb8\xd0\xb9@example.org"));
  EXPECT_TRUE(allowed("joe@b\xc3\xbc\x63her.example"));
  EXPECT_TRUE(allowed("\"\xe4\xb8\xad \xe6\x96\x87\"@example.org"));
  EXPECT_TRUE(allowed("\xf0\x9f\x93\xac@example.org"));
  EXPECT_TRUE(allowed("plain@example.org"));
  EXPECT_EQ(check_mailbox("\xc3\xa4@example.org"), PathError::kNotAscii) << "not by default";
  EXPECT_FALSE(is_domain("b\xc3\xbc\x63her.example")) << "a name of the DNS is ASCII";
  EXPECT_FALSE(is_helo_name("b\xc3\xbc\x63her.example")) << "and so is HELO";
  const std::pair<const char*, const char*> unclean[] = {{"\xc3@b", "cut off"},
                                                         {"\xa4@b", "begins in the middle"},
                                                         {"\xc0\xaf@b", "overlong"},
                                                         {"\xe0\x80\xaf@b", "overlong"},
                                                         {"\xed\xa0\x80@b", "surrogate"},
                                                         {"\xf4\x90\x80\x80@b", "beyond Unicode"},
                                                         {"\xf8\x88@b", "no such byte"},
                                                         {"\xc2\x9b@b", "a C1 control"},
                                                         {"\xe2\x80\xa8@b", "a line separator"}};
  for (auto [text, why] : unclean)
    EXPECT_EQ(check_mailbox(text, Charset::kUtf8), PathError::kNotAscii) << why;
}

}  // namespace
}  // namespace mxlab::smtp
