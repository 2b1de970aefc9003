// Where a recipient's mail goes: rules, aliases, local users.
#include "relay/delivery/recipients.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/delivery/srs.hpp"
#include "sim/world/rng.hpp"
#include "sim/world/sim_disk.hpp"
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
    const bool local = target.kind == queue::EnvelopeKind::kLocal;
    text += (text.empty() ? "" : ", ") + target.action + ":" +
            (local ? target.user : target.destination);
    if (target.internal) text += "*";
  }
  return text;
}

std::string resolve(const config::Config& config, const std::string& recipient,
                    bool from_outside = true, const Accounts& accounts = kAccounts) {
  config::Transaction transaction;
  transaction.recipient = recipient;
  transaction.sender = "stranger@example.net";
  transaction.socket = !from_outside;
  if (from_outside) transaction.source = asio::ip::make_address("198.51.100.7");
  auto resolved = resolve_recipient({config, accounts, kServer}, transaction);
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

TEST(Recipients, AnAliasMayKeepACopyForItself) {
  EXPECT_EQ(resolve(with_aliases("alice: alice, bob\n"), "alice@localhost"),
            "local:alice*, local:bob*");
  EXPECT_EQ(resolve(with_aliases("alice: alice@localhost, bob\n"), "alice@localhost"),
            "local:alice*, local:bob*");
  EXPECT_EQ(resolve(with_aliases("alice: bob\nbob: alice, bob\n"), "alice@localhost"),
            "local:bob*");
}

TEST(Recipients, WhoIsNamedByTwoListsGetsOneCopy) {
  EXPECT_EQ(resolve(with_aliases("a: b, c\nb: alice, x@else.example\nc: alice, x@else.example\n"),
                    "a@localhost"),
            "local:alice*, outbound:x@else.example*");
}

TEST(Recipients, TagsAreTheUsersOwnUnlessAnAliasNamesThem) {
  const auto config = with_aliases("alice+work: bob\nteam: alice\n");
  EXPECT_EQ(resolve(config, "alice+any@localhost"), "local:alice");
  EXPECT_EQ(resolve(config, "Alice+Work@localhost"), "local:bob*");
  EXPECT_EQ(resolve(config, "team+x@localhost"), "local:alice*");
  EXPECT_EQ(resolve(config, "nobody+alice@localhost"),
            "550 5.1.1 Invalid recipient: <nobody+alice@localhost>");
}

TEST(Recipients, AnErrorEntrySpeaksItsError) {
  const auto config = with_aliases("gone: error:550 5.1.6 Has moved away\nlater: error:451 Wait\n");
  EXPECT_EQ(resolve(config, "gone@localhost"), "550 5.1.6 Has moved away");
  EXPECT_THAT(resolve(config, "later@localhost"), testing::StartsWith("451 "));
}

TEST(Recipients, CommandsAndFilesAreRefused) {
  for (const char* member : {"|/bin/cat", "/var/spool/archive", "a/b"})
    EXPECT_EQ(resolve(with_aliases("x: alice, \"" + std::string(member) + "\"\n"), "x@localhost"),
              "550 5.2.4 Mailing list expansion problem")
        << member;
}

TEST(Recipients, ListsAreFollowedFromFiles) {
  const auto config = with_aliases("team: :include:/etc/mail/team\nlost: :include:/etc/mail/no\n");
  Accounts accounts = kAccounts;
  accounts.add_list("/etc/mail/team", "alice\n# a comment\n:include:/etc/mail/team\nbob\n");
  EXPECT_EQ(resolve(config, "team@localhost", true, accounts), "local:alice*, local:bob*");
  EXPECT_EQ(resolve(config, "lost@localhost", true, accounts),
            "451 4.2.4 Mailing list expansion problem, try again later")
      << "a file that cannot be read may come back";
}

constexpr const char* kVirtual =
    "listen on socket\n"
    "table virtuals file:/etc/mail/virtuals\n"
    "action \"virtual\" mbox virtual <virtuals>\n"
    "action outbound relay\n"
    "match from any for domain { example.org, example.com } action \"virtual\"\n"
    "match from local for any action outbound\n";

TEST(Recipients, VirtualDomainsHaveUsersAndCatchAlls) {
  const auto config = config::good(kVirtual, {{"/etc/mail/virtuals",
                                               "info@example.org: alice\n"
                                               "joe: bob\n"
                                               "fwd@example.org: x@else.example, alice\n"
                                               "@example.com: bob\n"}});
  EXPECT_EQ(resolve(config, "Info@Example.ORG"), "virtual:alice*");
  EXPECT_EQ(resolve(config, "info+tag@example.org"), "virtual:alice*");
  EXPECT_EQ(resolve(config, "joe@example.org"), "virtual:bob*");
  EXPECT_EQ(resolve(config, "fwd@example.org"), "outbound:x@else.example*, virtual:alice*");
  EXPECT_EQ(resolve(config, "anybody@example.com"), "virtual:bob*");
  EXPECT_EQ(resolve(config, "alice@example.org"),
            "550 5.1.1 Invalid recipient: <alice@example.org>")
      << "users of this host are not users of a virtual domain";
}

TEST(Recipients, VirtualLoopsEnd) {
  const auto config = config::good(kVirtual, {{"/etc/mail/virtuals",
                                               "a@example.org: b@example.org\n"
                                               "b@example.org: a@example.org\n"}});
  EXPECT_EQ(resolve(config, "a@example.org"), "550 5.1.1 Invalid recipient: <a@example.org>");
}

TEST(Recipients, OnlyAliasesTakeMailWhereNothingIsDelivered) {
  for (const char* method : {"expand-only", "forward-only"}) {
    const auto config = config::good(
        "listen on socket\ntable aliases { root = alice, team = x@else.example, me = "
        "alice@localhost "
        "}\naction \"only\" " +
        std::string(method) +
        " alias <aliases>\naction out relay\naction \"local\" mbox\n"
        "match from any for domain localhost action \"local\"\n"
        "match from any for local action \"only\"\nmatch for any action out\n");
    EXPECT_EQ(resolve(config, "team@mx2.example.org"), "out:x@else.example*") << method;
    EXPECT_EQ(resolve(config, "me@mx2.example.org"), "local:alice*")
        << "an address goes to the rules again";
    for (const char* user : {"alice", "root"})
      EXPECT_THAT(resolve(config, std::string(user) + "@mx2.example.org"),
                  testing::StartsWith("550 5.1.1"))
          << method << " has no mailboxes";
  }
}

TEST(Recipients, UserbaseSaysWhoTheUsersAre) {
  const auto config = config::good(
      "listen on socket\ntable users { vera = \"5000:5000:/v/vera\" }\n"
      "action \"v\" maildir userbase <users>\nmatch from any for local action \"v\"\n");
  EXPECT_EQ(resolve(config, "vera@localhost"), "v:vera");
  EXPECT_EQ(resolve(config, "alice@localhost"), "550 5.1.1 Invalid recipient: <alice@localhost>");
}

TEST(Recipients, ARuleMayListThoseThatExist) {
  const auto config = config::good(
      "listen on socket\ntable known { bob@example.org, \"@open.example\" }\n"
      "action \"backup\" relay backup\n"
      "match from any for domain { example.org, open.example } rcpt-to <known> action "
      "\"backup\"\n");
  EXPECT_EQ(resolve(config, "bob@example.org"), "backup:bob@example.org");
  EXPECT_EQ(resolve(config, "any@open.example"), "backup:any@open.example");
  EXPECT_EQ(resolve(config, "eve@example.org"), "550 5.1.1 Invalid recipient: <eve@example.org>");
}

TEST(Recipients, AReportFindsTheSenderWhomWeHaveRewritten) {
  const auto config = config::good(
      "srs key \"secret\"\nlisten on socket\naction out relay srs\n"
      "match from local for any action out\n");
  const world::TimePoint now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 2)};
  const std::string ours = srs_rewrite(config.srs, "joe@else.example", kServer, now);
  auto resolve_at = [&](const std::string& sender, const std::string& recipient,
                        world::TimePoint at) {
    config::Transaction transaction;
    transaction.source = asio::ip::make_address("198.51.100.7");
    transaction.sender = sender;
    transaction.recipient = recipient;
    auto resolved = resolve_recipient({config, kAccounts, kServer, at}, transaction);
    auto* targets = std::get_if<std::vector<Target>>(&resolved);
    return targets ? story(*targets) : "refused";
  };
  EXPECT_EQ(resolve_at("", ours, now), "out:joe@else.example*");
  EXPECT_EQ(resolve_at("eve@evil.example", ours, now), "refused") << "no report: relaying";
  EXPECT_EQ(resolve_at("", "SRS0=XXXX=" + ours.substr(10), now), "refused") << "not our hash";
  EXPECT_EQ(resolve_at("", ours, now + std::chrono::days(10)), "refused") << "too old";
}

TEST(Accounts, AreTheLinesOfPasswd) {
  const Accounts accounts(
      "root:x:0:0:root:/root:/bin/sh\n\n# comment\nbroken:x:1\n:x:1:1::/x:/y\nno:x:y:1::/x:/y\n");
  ASSERT_TRUE(accounts.find("root").has_value());
  EXPECT_EQ(accounts.find("root")->home, "/root");
  for (const char* none : {"", "broken", "# comment", "Root", "no"})
    EXPECT_FALSE(accounts.find(none).has_value()) << none;
}

TEST(Accounts, ComeWithTheListsThatAliasesInclude) {
  sim::Rng chance(1);
  sim::SimDisk disk(chance);
  disk.install("/etc/passwd", "alice:x:1000:1001::/h/alice:/bin/sh\n");
  disk.install("/etc/mail/team", "alice\n:include:/etc/mail/more\n");
  disk.install("/etc/mail/more", "|/bin/cat\n:include:/etc/mail/team\n");
  const auto config = with_aliases("team: :include:/etc/mail/team\nlost: :include:/etc/mail/no\n");
  std::vector<std::string> warnings;
  const Accounts accounts = read_accounts(disk, config, warnings);
  EXPECT_EQ(accounts.find("alice")->group, 1001u);
  EXPECT_NE(accounts.list("/etc/mail/more"), nullptr);
  EXPECT_EQ(accounts.list("/etc/mail/no"), nullptr);
  EXPECT_THAT(warnings,
              testing::UnorderedElementsAre(testing::HasSubstr("/etc/mail/no cannot be read"),
                                            testing::HasSubstr("we run no programs")));
}

}  // namespace
}  // namespace mxlab::delivery
