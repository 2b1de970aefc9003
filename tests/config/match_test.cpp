// Which rule takes a recipient.
#include <gtest/gtest.h>

#include "tests/config/files.hpp"

namespace mxlab::config {
namespace {

constexpr const char* kServer = "mx2.example.org";

Transaction stranger(std::string recipient) {
  Transaction t;
  t.source = asio::ip::make_address("198.51.100.7");
  t.rdns = "mail.example.com";
  t.fcrdns = true;
  t.helo = "mail.example.com";
  t.sender = "bob@example.com";
  t.recipient = std::move(recipient);
  return t;
}

bool matches(const std::string& options, const Transaction& t) {
  const Config c = good(
      "table domains { example.org, \"*.example.net\" }\n"
      "table users { jane, \"@example.org\", \"bob@example.com\" }\n"
      "table mapped { example.org = x }\n"
      "action r relay\nmatch " +
      options + " action r\n");
  return match(c, t, kServer) != nullptr;
}

struct Case {
  const char* options;
  bool expected;
};

TEST(Match, AStrangerWritingToOurDomain) {
  const Transaction t = stranger("jane+tag@Example.ORG");
  for (const Case& c : {
           Case{"from any for any", true},
           {"from any", false},
           {"for any", false},
           {"!from any for any", false},
           {"!from local for any", true},
           {"from socket for any", false},
           {"!from socket for any", true},
           {"from any for domain example.org", true},
           {"from any for domain <domains>", true},
           {"from any for domain <mapped>", true},
           {"from any !for domain <domains>", false},
           {"from any for domain regex '^example\\.'", true},
           {"from any for domain regex '^EXAMPLE\\.'", true},
           {"from any for domain regex '^ample'", false},
           {"from any for local", false},
           {"from any !for local", true},
           {"from any for rcpt-to <users>", true},
           {"from any for rcpt-to \"jane@example.org\"", true},
           {"from any for rcpt-to \"jane+other@example.org\"", false},
           {"from any for rcpt-to \"joe@example.org\"", false},
           {"from any for rcpt-to regex '^jane'", true},
           {"from any !for rcpt-to \"joe@example.org\"", true},
           {"from src 198.51.100.7 for any", true},
           {"from src 198.51.100.0/24 for any", true},
           {"from src { 192.0.2.1, 198.51.100.0/29 } for any", true},
           {"from src 198.51.100.8/29 for any", false},
           {"!from src 192.0.2.0/24 for any", true},
           {"from src regex '^198\\.' for any", true},
           {"from rdns for any", true},
           {"!from rdns for any", false},
           {"from rdns mail.example.com for any", true},
           {"from rdns \"*.com\" for any", true},
           {"from rdns regex 'example' for any", true},
           {"!from rdns regex 'dyn' for any", true},
           {"from auth for any", false},
           {"!from auth for any", true},
           {"from mail-from \"@example.com\" for any", true},
           {"from mail-from regex '^alice' for any", false},
           {"auth from any for any", false},
           {"!auth from any for any", true},
           {"helo mail.example.com from any for any", true},
           {"!helo mail.example.com from any for any", false},
           {"helo regex '^mail' from any for any", true},
           {"mail-from \"bob@example.com\" from any for any", true},
           {"mail-from <users> from any for any", true},
           {"rcpt-to \"@example.org\" from any for any", true},
           {"tag X from any for any", false},
           {"!tag X from any for any", true},
           {"tls from any for any", false},
           {"!tls from any for any", true},
       })
    EXPECT_EQ(matches(c.options, t), c.expected) << c.options;
}

TEST(Match, LocalIsTheSocketTheLoopbackAndOurOwnAddresses) {
  Transaction t = stranger("jane@localhost");
  EXPECT_FALSE(matches("from local for local", t));
  t.own_address = true;
  EXPECT_TRUE(matches("from local for local", t));
  t.own_address = false;
  for (const char* loopback : {"127.0.0.1", "127.5.0.1", "::1", "::ffff:127.0.0.1"}) {
    t.source = asio::ip::make_address(loopback);
    EXPECT_TRUE(matches("from local for local", t)) << loopback;
    EXPECT_TRUE(matches("", t)) << loopback << ": from local for local is the default";
  }
  t.source.reset();
  t.socket = true;
  EXPECT_TRUE(matches("from local for local", t));
  EXPECT_TRUE(matches("from socket for local", t));
  EXPECT_TRUE(matches("from src \"local\" for local", t));
  EXPECT_FALSE(matches("!from local for local", t));
}

TEST(Match, ForLocalIsLocalhostAndTheServersName) {
  for (const char* name : {"jane@localhost", "jane@MX2.example.org", "postmaster"})
    EXPECT_TRUE(matches("from any for local", stranger(name))) << name;
  EXPECT_FALSE(matches("from any for local", stranger("jane@example.org")));
}

TEST(Match, WildcardsCoverEveryDepthButNotTheDomainItself) {
  for (const char* name : {"a@b.example.net", "a@b.c.example.net"})
    EXPECT_TRUE(matches("from any for domain <domains>", stranger(name))) << name;
  for (const char* name : {"a@example.net", "a@xexample.net", "a@example.net.evil.org"})
    EXPECT_FALSE(matches("from any for domain <domains>", stranger(name))) << name;
}

TEST(Match, TheNullSenderIsWrittenAt) {
  Transaction t = stranger("a@example.org");
  t.sender = "";
  EXPECT_TRUE(matches("mail-from regex '^@$' from any for any", t));
  EXPECT_FALSE(matches("mail-from \"@example.com\" from any for any", t));
}

TEST(Match, WithoutAReverseNameNoNameTestHolds) {
  Transaction t = stranger("a@example.org");
  t.rdns = "";
  EXPECT_FALSE(matches("from rdns \"*\" for any", t));
  EXPECT_FALSE(matches("!from rdns example.com for any", t));
  EXPECT_TRUE(matches("!from rdns for any", t));
}

TEST(Match, UsersTlsAndTagsCount) {
  Transaction t = stranger("a@example.org");
  t.user = "jane";
  t.tls = true;
  t.tag = "SUB";
  EXPECT_TRUE(matches("auth from any for any", t));
  EXPECT_TRUE(matches("auth <users> tls tag sub from any for any", t));
  EXPECT_TRUE(matches("from auth regex '^ja' for any", t));
  EXPECT_FALSE(matches("auth joe from any for any", t));
  EXPECT_FALSE(matches("!tag regex '^S' from any for any", t));
  t.user = "bob@example.com";
  EXPECT_TRUE(matches("from auth <users> for any", t));
}

TEST(Match, TheFirstRuleThatHoldsWins) {
  const Config c = good(
      "action a relay\naction b mbox\n"
      "match from any for domain example.org reject\n"
      "match from any for domain { example.org, example.net } action a\n"
      "match from any for domain example.net action b\n");
  EXPECT_TRUE(match(c, stranger("x@example.org"), kServer)->reject);
  EXPECT_EQ(match(c, stranger("x@example.net"), kServer)->action, "a");
  EXPECT_EQ(match(c, stranger("x@example.com"), kServer), nullptr);
}

TEST(Match, AMappingWillDoWhereAListIsWanted) {
  const Config c = good(
      "table nets { 198.51.100.0/24 = office }\ntable names { mail.example.com = x }\n"
      "table people { \"@example.com\" = x, jane = y }\naction r relay\n"
      "match tag <names> from any for any reject\n"
      "match from src <nets> helo <names> mail-from <people> for rcpt-to <people> action r\n");
  EXPECT_NE(match(c, stranger("jane@example.org"), kServer), nullptr);
  EXPECT_EQ(match(c, stranger("joe@example.org"), kServer), nullptr);
}

}  // namespace
}  // namespace mxlab::config
