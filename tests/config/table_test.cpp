// What tables answer.
#include "relay/config/table.hpp"

#include <gtest/gtest.h>

#include "tests/config/files.hpp"

namespace mxlab::config {
namespace {

world::Address address(const std::string& text) { return asio::ip::make_address(text); }

TEST(Table, KeysCompareWithoutRegardToCaseAndValuesAreKept) {
  const Table t("t", Table::Pairs{{"Jane", "Jane.Doe@Example.ORG"}});
  EXPECT_EQ(t.lookup("jane"), "Jane.Doe@Example.ORG");
  EXPECT_EQ(t.lookup("JANE"), "Jane.Doe@Example.ORG");
  EXPECT_EQ(t.lookup("jan"), std::nullopt);
  EXPECT_TRUE(t.contains("jANE"));
}

TEST(Table, AListMapsToNothing) {
  const Table t("t", std::vector<std::string>{"jane"});
  EXPECT_TRUE(t.contains("jane"));
  EXPECT_EQ(t.lookup("jane"), std::nullopt);
}

TEST(Table, VirtualUsersAreAskedForInTheOrderOfTheManual) {
  Table::Pairs pairs{{"jane+work@example.org", "1"},
                     {"jane@example.org", "2"},
                     {"jane+work", "3"},
                     {"jane", "4"},
                     {"@example.org", "5"},
                     {"@", "6"}};
  for (int expected = 1; expected <= 6; ++expected) {
    const Table t("t", pairs);
    EXPECT_EQ(t.lookup_virtual("Jane+Work@Example.Org"), std::to_string(expected));
    pairs.erase(pairs.begin());
  }
  EXPECT_EQ(Table("t", pairs).lookup_virtual("jane@example.org"), std::nullopt);
}

TEST(Table, WithoutADomainThereIsNoCatchAll) {
  const Table t("t", Table::Pairs{{"@", "all"}, {"@example.org", "org"}, {"joe", "j"}});
  EXPECT_EQ(t.lookup_virtual("jane"), std::nullopt);
  EXPECT_EQ(t.lookup_virtual("joe"), "j");
  EXPECT_EQ(t.lookup_virtual("jane@example.net"), "all");
}

TEST(Table, ATagHasItsOwnAliasBeforeItsUser) {
  const Table t("t", Table::Pairs{{"jane+work", "office"}, {"jane", "home"}});
  EXPECT_EQ(t.lookup_alias("jane+WORK"), "office");
  EXPECT_EQ(t.lookup_alias("jane+other"), "home");
  EXPECT_EQ(t.lookup_alias("joe"), std::nullopt);
}

TEST(Table, TheDelimiterOfTagsIsTheConfigurations) {
  const Config c = good(
      "table users { jane, \"joe@example.org\" }\naction a mbox alias { root = jane }\n"
      "match from any for rcpt-to <users> action a\nsmtp sub-addr-delim \"-\"\n");
  EXPECT_TRUE(c.tables.at("users")->contains_mailbox("jane-work@example.org"));
  EXPECT_TRUE(c.tables.at("users")->contains_mailbox("joe-x@example.org"));
  EXPECT_FALSE(c.tables.at("users")->contains_mailbox("jane+work@example.org"));
  EXPECT_EQ(c.actions.at("a").aliases->lookup_alias("root-x"), "jane");
}

TEST(Table, AddressesAreTheSameHoweverTheyAreWritten) {
  const Table t("t", Table::Pairs{{"192.0.2.1", "four"},
                                  {"2001:DB8:0:0::1", "six"},
                                  {"[2001:db8::2]", "brackets"},
                                  {"ipv6:2001:db8::3", "prefix"}});
  EXPECT_EQ(t.lookup_address(address("192.0.2.1")), "four");
  EXPECT_EQ(t.lookup_address(address("::ffff:192.0.2.1")), "four");
  EXPECT_EQ(t.lookup_address(address("2001:db8::1")), "six");
  EXPECT_EQ(t.lookup_address(address("2001:db8::2")), "brackets");
  EXPECT_EQ(t.lookup_address(address("2001:db8::3")), "prefix");
  EXPECT_EQ(t.lookup_address(address("192.0.2.2")), std::nullopt);
}

TEST(Table, LogInsHaveAUserAndAPasswordThatMayHoldColons) {
  const Table t("t", Table::Pairs{{"office", "jane:pass:word"}, {"jane", "secret"}});
  EXPECT_EQ(t.lookup_login("office"), (Login{"jane", "pass:word"}));
  EXPECT_EQ(t.lookup_login("jane"), (Login{"jane", "secret"}));
  EXPECT_EQ(t.lookup_login("nobody"), std::nullopt);
}

TEST(Table, AccountsAreWhollyThereOrNot) {
  EXPECT_EQ(parse_user_info("1000:100:/var/vmail/joe"), (UserInfo{1000, 100, "/var/vmail/joe"}));
  for (const char* text : {"", "1000", "1000:100", "1000:100:", "1000:100:mail", ":100:/x",
                           "a:1:/x", "1:-1:/x", "4294967296:1:/x", "1 :1:/x"})
    EXPECT_FALSE(parse_user_info(text)) << text;
  const Table t("t", Table::Pairs{{"joe", "1:2:/x:y"}});
  EXPECT_EQ(t.lookup_user("JOE"), (UserInfo{1, 2, "/x:y"}));
  EXPECT_EQ(t.lookup_user("jane"), std::nullopt);
}

TEST(Table, SendersMayUseTheirAddressesAndNoOthers) {
  const Table t("t", Table::Pairs{{"jane", "jane@example.org, @example.net,,office@*.example.com"},
                                  {"boss", "@"},
                                  {"none", ","}});
  for (const char* mailbox : {"jane@example.org", "jane+x@example.org", "JANE@example.org",
                              "any@example.net", "office@a.example.com"})
    EXPECT_TRUE(t.may_send_as("jane", mailbox)) << mailbox;
  for (const char* mailbox : {"joe@example.org", "jane@example.com", "office@example.com", ""})
    EXPECT_FALSE(t.may_send_as("jane", mailbox)) << mailbox;
  EXPECT_TRUE(t.may_send_as("boss", "anybody@anywhere.example"));
  EXPECT_FALSE(t.may_send_as("none", "jane@example.org"));
  EXPECT_FALSE(t.may_send_as("joe", "joe@example.org"));
}

TEST(Table, MailboxesOfEveryForm) {
  struct Case {
    const char *value, *mailbox;
    bool in;
  };
  for (const Case& c : {Case{"jane", "jane@example.org", true},
                        {"jane", "jane+x@example.org", true},
                        {"jane+x", "jane@example.org", false},
                        {"jane+x", "Jane+X@example.org", true},
                        {"jane@example.org", "jane+x@example.org", true},
                        {"jane+y@example.org", "jane+x@example.org", false},
                        {"@example.org", "jane@Example.org", true},
                        {"@example.org", "jane@a.example.org", false},
                        {"@*.example.org", "jane@a.b.example.org", true},
                        {"@*.example.org", "jane@example.org", false},
                        {"jane@*", "jane+x@example.org", true},
                        {"jane@*", "joe@example.org", false},
                        {"example.org", "jane@example.org", true},
                        {"*.example.org", "jane@a.example.org", true},
                        {"localhost", "jane@localhost", false},
                        {"*", "jane@example.org", false},
                        {"jane@", "jane@example.org", true},
                        {"@", "jane@example.org", true},
                        {"@", "@", true},
                        {"j*@example.org", "jane@example.org", false},
                        {"j*@example.org", "j*@example.org", true}}) {
    const Table t("t", std::vector<std::string>{c.value});
    EXPECT_EQ(t.contains_mailbox(c.mailbox), c.in) << c.value << " and " << c.mailbox;
  }
}

TEST(Table, NetworksHostsAndLocal) {
  const Table t("t",
                std::vector<std::string>{"local", "192.0.2.0/24", "[2001:db8::1]", "10.0.0.1"});
  for (const char* in : {"127.0.0.1", "::1", "192.0.2.77", "2001:db8::1", "::ffff:10.0.0.1"})
    EXPECT_TRUE(t.contains_address(address(in))) << in;
  for (const char* out : {"192.0.3.1", "2001:db8::2", "10.0.0.2"})
    EXPECT_FALSE(t.contains_address(address(out))) << out;
}

TEST(Table, ColonsWithinAddressesAndUrlsDoNotEndTheKey) {
  struct Case {
    const char *line, *key, *value;  // no value: a list
  };
  for (const Case& c : {Case{"smtp://mail.example.org", "smtp://mail.example.org", nullptr},
                        {"smtps://l@[2001:db8::1]:465", "smtps://l@[2001:db8::1]:465", nullptr},
                        {"::1", "::1", nullptr},
                        {"2001:db8::/32", "2001:db8::/32", nullptr},
                        {"ipv6:::1", "ipv6:::1", nullptr},
                        {"[2001:db8::1]", "[2001:db8::1]", nullptr},
                        {"::1\t\tlocalhost", "::1", "localhost"},
                        {"[::1]: localhost", "[::1]", "localhost"},
                        {"[::1] localhost", "[::1]", "localhost"},
                        {"192.0.2.1: mx", "192.0.2.1", "mx"},
                        {"example.org smtp://a:25", "example.org", "smtp://a:25"},
                        {"example.org:smtp://a:25", "example.org", "smtp://a:25"},
                        {"office user:password", "office", "user:password"},
                        {"office = user:password", "office", "user:password"},
                        {"root: jane, :include:/x", "root", "jane, :include:/x"},
                        {"jane $6$salt$hash", "jane", "$6$salt$hash"}}) {
    const Config config = good("table t file:/t\n" + kRule, {{"/t", c.line}});
    const Table& table = *config.tables.at("t");
    EXPECT_EQ(table.values(), std::vector<std::string>{c.key}) << c.line;
    EXPECT_EQ(table.mapping(), c.value != nullptr) << c.line;
    if (c.value) EXPECT_EQ(table.lookup(c.key), c.value) << c.line;
  }
}

TEST(Table, AHundredThousandRecipientsAreNotWalkedThrough) {
  std::vector<std::string> recipients;
  for (int i = 0; i < 100'000; ++i)
    recipients.push_back("user" + std::to_string(i) + "@example.org");
  const Table t("t", std::move(recipients));
  int found = 0;
  for (int i = 0; i < 100'000; ++i)
    found += t.contains_mailbox("user" + std::to_string(2 * i) + "+tag@example.org") ? 1 : 0;
  EXPECT_EQ(found, 50'000);
}

}  // namespace
}  // namespace mxlab::config
