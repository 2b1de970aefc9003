// One table read anew, as an operator asks for while the relay runs.
#include <gtest/gtest.h>

#include "tests/config/files.hpp"

namespace mxlab::config {
namespace {

const std::string kConfig =
    "pki x cert \"/c\" key \"/k\"\n"
    "table t file:/t\n"
    "table inline { a, b }\n"
    "filter f phase connect match src <t> reject \"550 no\"\n"
    "listen on lo filter f\n"
    "action r relay src <t>\n"
    "match from src <t> for domain <inline> action r\n";

Transaction from(const std::string& address) {
  Transaction t;
  t.source = asio::ip::make_address(address);
  t.recipient = "jane@a";
  return t;
}

TEST(Update, EveryUseOfTheTableSeesTheNewFile) {
  const Config before = good(kConfig, {{"/t", "192.0.2.1\n"}});
  const TableUpdate update = with_table(before, "t", MemoryFiles({{"/t", "192.0.2.2\n"}}));
  ASSERT_TRUE(update.config) << all_text(update.diagnostics);
  const Config& after = *update.config;
  EXPECT_EQ(after.tables.at("t")->values(), std::vector<std::string>{"192.0.2.2"});
  EXPECT_EQ(after.actions.at("r").sources, std::vector<std::string>{"192.0.2.2"});
  EXPECT_EQ(match(after, from("192.0.2.1"), "mx"), nullptr);
  EXPECT_NE(match(after, from("192.0.2.2"), "mx"), nullptr);
  const FilterChain& filters = after.listeners.at(0).filters;
  EXPECT_EQ(apply(filters, Phase::kConnect, from("192.0.2.1")), nullptr);
  EXPECT_NE(apply(filters, Phase::kConnect, from("192.0.2.2")), nullptr);
}

TEST(Update, WhoeverHoldsTheOldConfigurationKeepsIt) {
  const Config before = good(kConfig, {{"/t", "192.0.2.1\n"}});
  ASSERT_TRUE(with_table(before, "t", MemoryFiles({{"/t", "192.0.2.2\n"}})).config);
  EXPECT_EQ(before.actions.at("r").sources, std::vector<std::string>{"192.0.2.1"});
  EXPECT_NE(match(before, from("192.0.2.1"), "mx"), nullptr);
  EXPECT_NE(apply(before.listeners.at(0).filters, Phase::kConnect, from("192.0.2.1")), nullptr);
}

TEST(Update, EveryKindOfTableIsExchanged) {
  const Config before = good(
      "pki x cert \"/c\" key \"/k\"\ntable m file:/m\ntable h file:/h\ntable d file:/d\n"
      "table u file:/u\ntable n file:/n\n"
      "listen on lo tls pki x auth <m> senders <m> hostnames <n>\n"
      "action r relay host <h> auth <m> helo-src <n>\naction d relay domain <d>\n"
      "action l maildir virtual <m> userbase <u>\naction a mbox alias <m>\n"
      "match auth <m> helo <m> mail-from <m> rcpt-to <m> tag <m> from rdns <m> for domain <m> "
      "action r\n",
      {{"/m", "jane $old\n"},
       {"/h", "smtp://old.example.org\n"},
       {"/d", "example.org smtp://old.example.org\n"},
       {"/u", "jane 1:1:/old\n"},
       {"/n", "192.0.2.1 old.example.org\n"}});
  const MemoryFiles files({{"/m", "jane $new\n"},
                           {"/h", "smtp://new.example.org\n"},
                           {"/d", "example.org smtp://new.example.org\n"},
                           {"/u", "jane 1:1:/new\n"},
                           {"/n", "192.0.2.1 new.example.org\n"}});
  auto now = std::make_shared<const Config>(before);
  for (const char* name : {"m", "h", "d", "u", "n"}) {
    const TableUpdate update = with_table(*now, name, files);
    ASSERT_TRUE(update.config) << all_text(update.diagnostics);
    now = update.config;
  }
  const Listen& listen = now->listeners.at(0);
  const Action& relay = now->actions.at("r");
  const Action& local = now->actions.at("l");
  for (const TableRef& table :
       {listen.credentials, listen.senders, relay.credentials, local.virtuals,
        now->actions.at("a").aliases, now->rules[0].from_condition.table,
        now->rules[0].target_condition.table, now->rules[0].auth->table, now->rules[0].helo->table,
        now->rules[0].mail_from->table, now->rules[0].rcpt_to->table, now->rules[0].tag->table})
    EXPECT_EQ(table->lookup("jane"), "$new");
  EXPECT_EQ(listen.hostnames->lookup("192.0.2.1"), "new.example.org");
  EXPECT_EQ(relay.helo_by_source->lookup("192.0.2.1"), "new.example.org");
  ASSERT_EQ(relay.hosts.size(), 1u);
  EXPECT_EQ(relay.hosts[0].host, "new.example.org");
  EXPECT_EQ(now->actions.at("d").domains->lookup("example.org"), "smtp://new.example.org");
  EXPECT_EQ(local.userbase->lookup_user("jane")->home, "/new");
}

TEST(Update, AMistakeInTheFileChangesNothing) {
  const Config before = good(kConfig, {{"/t", "192.0.2.1\n"}});
  const TableUpdate update =
      with_table(before, "t", MemoryFiles({{"/t", "192.0.2.2\n192.0.2.300\n"}}));
  EXPECT_FALSE(update.config);
  ASSERT_EQ(update.diagnostics.size(), 2u) << "once as a source of ours, once as a client's";
  EXPECT_EQ(format(update.diagnostics[0]).substr(0, 44),
            "/t:2:1: not an address or network: 192.0.2.3");
}

TEST(Update, ATableThatBecomesAMappingIsRefusedWhereAListIsNeeded) {
  const Config before = good(kConfig, {{"/t", "192.0.2.1\n"}});
  const TableUpdate update = with_table(before, "t", MemoryFiles({{"/t", "192.0.2.2 x\n"}}));
  EXPECT_FALSE(update.config);
  ASSERT_FALSE(update.diagnostics.empty());
  EXPECT_EQ(update.diagnostics[0].file, "table t");
  EXPECT_EQ(update.diagnostics[0].message, "table \"t\" may not be used for source lookups");
}

TEST(Update, WhatCannotBeReadAnewIsSaidInWords) {
  const Config before = good(kConfig, {{"/t", "192.0.2.1\n"}});
  const auto said = [&](const std::string& name) {
    const TableUpdate update = with_table(before, name, MemoryFiles({}));
    EXPECT_FALSE(update.config) << name;
    return all_text(update.diagnostics);
  };
  EXPECT_EQ(said("inlin"), "table inlin: no such table: inlin\nhint: did you mean \"inline\"?\n");
  EXPECT_EQ(said("inline"),
            "table inline: it stands in the configuration itself, not in a file\n"
            "hint: change it there, and reload the configuration\n");
  EXPECT_EQ(said("t"), "table t: cannot read table file /t: No such file or directory\n");
}

TEST(Update, ATableCanBeUpdatedAgainAndAgain) {
  auto config = std::make_shared<const Config>(good(kConfig, {{"/t", "192.0.2.1\n"}}));
  for (const char* address : {"192.0.2.2", "192.0.2.3", "192.0.2.4"}) {
    const MemoryFiles files(std::map<std::string, std::string>{{"/t", address}});
    config = with_table(*config, "t", files).config;
    ASSERT_TRUE(config);
    EXPECT_NE(match(*config, from(address), "mx"), nullptr) << address;
  }
  EXPECT_FALSE(with_table(*config, "t", MemoryFiles({{"/t", "nonsense\n"}})).config)
      << "the uses of the table are still known";
}

}  // namespace
}  // namespace mxlab::config
