// Where a recipient's mail goes: rules, aliases, local users.
#include "relay/delivery/recipients.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/config/files.hpp"

namespace mxlab::delivery {
namespace {

using testing::ElementsAre;

constexpr const char* kServer = "mx2.example.org";
const Accounts kAccounts(
    "root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/h/alice:/bin/sh\n"
    "bob:x:1001:1001::/h/bob:/bin/sh\n");

constexpr const char* kConfig =
    "listen on socket\n"
    "table aliases file:/etc/mail/aliases\n"
    "action \"backup\" relay backup\n"
    "action outbound relay\n"
    "action \"local\" mbox alias <aliases>\n"
    "match from any for domain example.org action \"backup\"\n"
    "match from any for local action \"local\"\n"
    "match from any for domain forbidden.example reject\n"
    "match from local for any action outbound\n";

config::Config with_aliases(const std::string& aliases) {
  return config::good(kConfig, {{"/etc/mail/aliases", aliases}});
}

std::string story(const std::vector<Target>& targets) {
  std::string text;
  for (const Target& target : targets) {
    text += (text.empty() ? "" : ", ") + target.action + ":" + target.destination;
    if (target.internal) text += "*";
  }
  return text;
}

std::string resolve(const config::Config& config, const std::string& recipient,
                    bool from_outside = true) {
  config::Transaction transaction;
  transaction.recipient = recipient;
  transaction.sender = "stranger@example.net";
  transaction.socket = !from_outside;
  if (from_outside) transaction.source = asio::ip::make_address("198.51.100.7");
  auto resolved = resolve_recipient({config, kAccounts, kServer}, transaction);
  if (auto* reply = std::get_if<smtp::Reply>(&resolved)) return reply->text();
  return story(std::get<std::vector<Target>>(resolved));
}

TEST(Recipients, GoWhereTheFirstRuleSays) {
  const auto config = with_aliases("root: alice\n");
  EXPECT_EQ(resolve(config, "anybody@example.org"), "backup:anybody@example.org");
  EXPECT_EQ(resolve(config, "alice@mx2.example.org"), "local:alice");
  EXPECT_EQ(resolve(config, "x@elsewhere.example", false), "outbound:x@elsewhere.example");
}

TEST(Recipients, AreRefusedWithoutARuleOrByOne) {
  const auto config = with_aliases("root: alice\n");
  for (const char* recipient :
       {"x@elsewhere.example", "x@forbidden.example", "nobody@mx2.example.org"})
    EXPECT_EQ(resolve(config, recipient),
              "550 5.1.1 Invalid recipient: <" + std::string(recipient) + ">");
}

TEST(Recipients, LocalUsersAreWrittenInAnyCase) {
  const auto config = with_aliases("root: Alice\n");
  EXPECT_EQ(resolve(config, "ALICE@MX2.example.org"), "local:alice");
  EXPECT_EQ(resolve(config, "Root@localhost"), "local:alice*");
}

TEST(Recipients, PostmasterNeedsNoDomain) {
  const auto config = with_aliases("postmaster: root\nroot: alice\n");
  EXPECT_EQ(resolve(config, "postmaster@mx2.example.org"), "local:alice*");
  EXPECT_EQ(resolve(config, "Postmaster"), "local:alice*");
}

TEST(Recipients, AliasesAreFollowedToUsersAndToOtherHosts) {
  const auto config = with_aliases("team: alice, bob,boss@elsewhere.example\n");
  EXPECT_EQ(resolve(config, "team@localhost"),
            "local:alice*, local:bob*, outbound:boss@elsewhere.example*");
}

TEST(Recipients, AliasesThatNameEachOtherEnd) {
  EXPECT_EQ(resolve(with_aliases("a: b\nb: a, alice\n"), "a@localhost"), "local:alice*");
  EXPECT_EQ(resolve(with_aliases("a: b\nb: a\n"), "a@localhost"),
            "550 5.1.1 Invalid recipient: <a@localhost>");
  EXPECT_EQ(resolve(with_aliases("a: a@localhost, alice\n"), "a@localhost"), "local:alice*");
}

TEST(Recipients, AliasesAreFollowedToADepthOfTen) {
  std::string chain;
  for (int i = 0; i < 12; ++i) chain += fmt::format("a{}: a{}\n", i, i + 1);
  EXPECT_EQ(resolve(with_aliases(chain + "a10: alice\n"), "a10@localhost"), "local:alice*");
  std::string long_chain = chain.substr(0, chain.find("a9:")) + "a9: alice\n";
  EXPECT_EQ(resolve(with_aliases(long_chain), "a0@localhost"), "local:alice*");
  EXPECT_EQ(resolve(with_aliases(chain + "a12: alice\n"), "a0@localhost"),
            "550 5.1.1 Invalid recipient: <a0@localhost>");
}

TEST(Recipients, AnAliasWithAMemberThatLeadsNowhereIsRefused) {
  for (const char* member : {"gone", "x@forbidden.example"})
    EXPECT_EQ(resolve(with_aliases("team: alice, " + std::string(member) + "\n"), "team@localhost"),
              "550 5.1.1 Invalid recipient: <team@localhost>")
        << member;
}

TEST(Recipients, AnAliasOfThousandsIsRefused) {
  std::string members = "alice";
  for (int i = 0; i < 1000; ++i) members += fmt::format(", u{}@elsewhere.example", i);
  EXPECT_EQ(resolve(with_aliases("all: " + members + "\n"), "all@localhost"),
            "550 5.1.1 Invalid recipient: <all@localhost>");
}

std::string report(const config::Config& config, const std::string& recipient) {
  auto targets = resolve_report({config, kAccounts, kServer}, recipient);
  return targets ? story(*targets) : "dropped";
}

TEST(Recipients, ReportsFindTheirWayEvenWithoutARule) {
  const auto config = with_aliases("root: alice\n");
  EXPECT_EQ(report(config, "sender@elsewhere.example"), "outbound:sender@elsewhere.example");
  EXPECT_EQ(report(config, "alice@mx2.example.org"), "local:alice");
  EXPECT_EQ(report(config, "x@forbidden.example"), "dropped") << "the operator has forbidden it";
  EXPECT_EQ(report(config, "nobody@mx2.example.org"), "dropped") << "no such user here";
  const auto bare = config::good(config::kRule);
  EXPECT_EQ(report(bare, "sender@elsewhere.example"), ":sender@elsewhere.example")
      << "the tutorial's backup has no rule for outside addresses; the failure is told all the "
         "same";
}

TEST(Accounts, AreTheLinesOfPasswd) {
  const Accounts accounts(
      "root:x:0:0:root:/root:/bin/sh\n\n# comment\nbroken:x:1\n:x:1:1::/x:/y\n");
  ASSERT_TRUE(accounts.find("root").has_value());
  EXPECT_EQ(accounts.find("root")->home, "/root");
  for (const char* none : {"", "broken", "# comment", "Root"})
    EXPECT_FALSE(accounts.find(none).has_value()) << none;
}

}  // namespace
}  // namespace mxlab::delivery
