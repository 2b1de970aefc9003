// What the lines of smtpd.conf mean.
#include <gtest/gtest.h>

#include "tests/config/files.hpp"

namespace mxlab::config {
namespace {

using namespace std::chrono_literals;

TEST(Parse, TheSmallestRelay) {
  const Config c = good(kRule);
  ASSERT_EQ(c.rules.size(), 1u);
  EXPECT_EQ(c.rules[0].from, Rule::From::kAny);
  EXPECT_EQ(c.rules[0].target, Rule::For::kDomain);
  EXPECT_EQ(c.rules[0].action, "r");
  EXPECT_EQ(c.rules[0].line, 2);
  EXPECT_TRUE(c.actions.at("r").backup);
}

TEST(Parse, ASocketListenerIsAlwaysThere) {
  const Config implied = good(kRule);
  ASSERT_EQ(implied.listeners.size(), 1u);
  EXPECT_TRUE(implied.listeners[0].socket);
  const Config written = good("listen on socket tag LOCAL\n" + kRule);
  ASSERT_EQ(written.listeners.size(), 1u);
  EXPECT_EQ(written.listeners[0].tag, "LOCAL");
}

TEST(Parse, DefaultsAreOpenSmtpds) {
  const Config c = good(kRule);
  EXPECT_EQ(c.queue_ttl, 4 * 24h);
  EXPECT_EQ(c.warn_intervals, std::vector<Duration>{4h});
  EXPECT_EQ(c.max_message_size, 35u * 1024 * 1024);
  EXPECT_EQ(c.max_mails, 100u);
  EXPECT_EQ(c.max_rcpt, 1000u);
  EXPECT_EQ(c.max_deferred, 100u);
}

TEST(Parse, SettingsAreTaken) {
  const Config c = good(
      "queue ttl 14d\nbounce warn-interval 1h, 6h, 2d\nsmtp max-message-size 50M\n"
      "smtp limit max-mails 20 max-rcpt 50\nmta max-deferred 500\n" +
      kRule);
  EXPECT_EQ(c.queue_ttl, 14 * 24h);
  EXPECT_EQ(c.warn_intervals, (std::vector<Duration>{1h, 6h, 48h}));
  EXPECT_EQ(c.max_message_size, 50u * 1024 * 1024);
  EXPECT_EQ(c.max_mails, 20u);
  EXPECT_EQ(c.max_rcpt, 50u);
  EXPECT_EQ(c.max_deferred, 500u);
}

TEST(Parse, AListenerTakesAllItsOptions) {
  const Config c = good(
      "pki x cert \"/c\" key \"/k\"\nfilter f phase connect match !rdns reject \"550 no name\"\n"
      "listen on 192.0.2.1 inet4 port 587 tls-require pki x filter f hostname mx.example.org "
      "tag SUB\n" +
      kRule);
  const Listen& l = c.listeners.at(0);
  EXPECT_EQ(l.interface, "192.0.2.1");
  EXPECT_EQ(l.only_ipv6, false);
  EXPECT_EQ(l.port, 587);
  EXPECT_EQ(l.tls, ListenTls::kRequired);
  ASSERT_EQ(l.pki.size(), 1u);
  EXPECT_EQ(l.pki[0].certificate_file, "/c");
  EXPECT_EQ(l.pki[0].key_file, "/k");
  ASSERT_EQ(l.filters.size(), 1u);
  EXPECT_EQ(l.filters[0]->text, "550 no name");
  EXPECT_EQ(l.hostname, "mx.example.org");
  EXPECT_EQ(l.tag, "SUB");
}

TEST(Parse, SmtpsListensOnItsOwnPort) {
  const std::string pki = "pki x cert \"/c\" key \"/k\"\n";
  EXPECT_EQ(good(pki + "listen on lo smtps pki x\n" + kRule).listeners.at(0).port, 465);
  EXPECT_EQ(good(pki + "listen on lo port 4650 smtps pki x\n" + kRule).listeners.at(0).port, 4650);
  EXPECT_EQ(good("listen on lo port smtps\n" + kRule).listeners.at(0).port, 465);
}

TEST(Parse, AuthWithoutATableIsAWarningAndWithoutTlsAnError) {
  const std::string pki = "pki x cert \"/c\" key \"/k\"\n";
  for (const std::string word : {"auth", "auth-optional"}) {
    const ParseResult r = parse_text(pki + "listen on lo tls pki x " + word + "\n" + kRule);
    ASSERT_TRUE(r.config) << all_text(r.diagnostics);
    ASSERT_EQ(r.diagnostics.size(), 1u);
    EXPECT_TRUE(r.diagnostics[0].warning);
    EXPECT_EQ(messages(pki + "listen on lo " + word + "\n" + kRule),
              "2:14 invalid listen option: auth requires tls/smtps\n");
  }
}

TEST(Parse, ActionsTakeTheirOptions) {
  const Config c = good(
      "action a relay backup mx \"mx2.example.org\" helo mail.example.org ttl 5d\n"
      "action b mbox alias { root = jane, jane = \"j@example.org\" } ttl 1d\n"
      "action c maildir\n" +
      kRule);
  const Action& a = c.actions.at("a");
  EXPECT_EQ(a.method, Method::kRelay);
  EXPECT_EQ(a.backup_mx, "mx2.example.org");
  EXPECT_EQ(a.helo, "mail.example.org");
  EXPECT_EQ(a.ttl, Duration(120h));
  const Action& b = c.actions.at("b");
  EXPECT_EQ(b.method, Method::kMbox);
  EXPECT_EQ(b.aliases->lookup("ROOT"), "jane");
  EXPECT_EQ(c.actions.at("c").method, Method::kMaildir);
}

TEST(Parse, AliasFilesMapNamesAndListFilesHoldValues) {
  const Config c =
      good("table aliases file:/etc/aliases\ntable domains \"/etc/domains\"\n" + kRule,
           {{"/etc/aliases", "# all\nroot: admin, jane@example.org\n\npostmaster root\n"},
            {"/etc/domains", "example.org\n  example.net \n# no\n"}});
  EXPECT_EQ(c.tables.at("aliases")->lookup("root"), "admin, jane@example.org");
  EXPECT_EQ(c.tables.at("aliases")->lookup("postmaster"), "root");
  EXPECT_TRUE(c.tables.at("aliases")->mapping());
  EXPECT_EQ(c.tables.at("domains")->values(),
            (std::vector<std::string>{"example.org", "example.net"}));
}

TEST(Parse, AnEmptyAliasFileIsAMapping) {
  const Config c =
      good("table a file:/a\naction x mbox alias <a>\n" + kRule, {{"/a", "# empty\n"}});
  EXPECT_TRUE(c.tables.at("a")->mapping());
}

TEST(Parse, MistakesInTableFilesCarryTheirOwnPlace) {
  const ParseResult r = parse_text("table t file:/t\n" + kRule, {{"/t", "a: b\n  broken\n"}});
  ASSERT_EQ(r.diagnostics.size(), 1u);
  EXPECT_EQ(format(r.diagnostics[0]).substr(0, 6), "/t:2:3");
}

TEST(Parse, MacrosBecomeWordsAndMinusDWins) {
  const std::string text =
      "where = \"example.org\"\nlist = \"{ a.org, b.org }\"\n"
      "action r relay backup\nmatch from any for domain $where action r\n"
      "match from any for domain $list reject\n";
  const Config c = good(text);
  EXPECT_TRUE(c.rules[0].target_condition.table->contains_domain("example.org"));
  EXPECT_EQ(c.rules[1].target_condition.table->values().size(), 2u);
  ParseOptions options;
  options.defines["where"] = "example.net";
  const ParseResult defined = parse_text(text, {}, options);
  ASSERT_TRUE(defined.config);
  EXPECT_TRUE(defined.config->rules[0].target_condition.table->contains_domain("example.net"));
}

TEST(Parse, IncludedFilesReadAsIfWrittenThere) {
  const Config c = good(
      "include \"/tables\"\naction r relay backup\n"
      "match from any for domain <domains> action r\n",
      {{"/tables", "table domains { example.org }"}});
  EXPECT_EQ(c.rules.size(), 1u);
}

TEST(Parse, IncludeCirclesEnd) {
  const ParseResult r = parse_text("include \"/a\"\n" + kRule,
                                   {{"/a", "include \"/b\"\n"}, {"/b", "include \"/a\"\n"}});
  ASSERT_EQ(r.diagnostics.size(), 1u) << all_text(r.diagnostics);
  EXPECT_EQ(r.diagnostics[0].file, "/b");
  EXPECT_EQ(r.diagnostics[0].message, "this file is being read already: /a");
}

TEST(Parse, ChainsAreFlatAndInOrder) {
  const Config c = good(
      "filter a phase connect match !rdns disconnect \"550 a\"\n"
      "filter b phase connect match !fcrdns disconnect \"550 b\"\n"
      "filter all chain {\n  b,\n  a\n}\nlisten on lo filter all\n" +
      kRule);
  const FilterChain& chain = c.listeners.at(0).filters;
  ASSERT_EQ(chain.size(), 2u);
  EXPECT_EQ(chain[0]->name, "b");
  EXPECT_EQ(chain[1]->name, "a");
}

TEST(Parse, AChainCannotHoldItself) {
  EXPECT_EQ(messages("filter c chain { c }\nlisten on lo filter c\n" + kRule),
            "1:18 a filter chain cannot hold itself: c\n");
}

TEST(Parse, OneMistakeIsReportedOnce) {
  EXPECT_EQ(messages("table domains {\naction r relay backup host \"smtp://a\"\n"
                     "match from any for domain <domains> action r\n"),
            "1:15 this { is never closed\n"
            "2:23 backup and host are mutually exclusive\n");
}

TEST(Parse, AllMistakesAreFoundAtOnceUpToAHundred) {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "lisen on lo\n";
  const ParseResult r = parse_text(text);
  EXPECT_EQ(r.diagnostics.size(), 100u);
  EXPECT_EQ(r.diagnostics.back().message, "too many mistakes, stopped reading here");
  EXPECT_EQ(r.diagnostics.back().line, 100);
}

TEST(Parse, AMissingFileIsAMistakeToo) {
  const ParseResult r = parse("none.conf", MemoryFiles({}));
  ASSERT_EQ(r.diagnostics.size(), 1u);
  EXPECT_EQ(r.diagnostics[0].message,
            "cannot read configuration file none.conf: No such file or directory");
}

TEST(Parse, WhatOnlyProgramsCouldDoIsAnsweredByName) {
  for (const char* line :
       {"mda wrapper a \"b\"", "proc p \"/bin/p\"", "queue compression", "queue encryption \"k\"",
        "filter f proc p", "filter f proc-exec \"x\"", "filter f phase auth match !rdns junk",
        "action a mda \"x\"", "action a maildir wrapper w", "table t db:/x.db", "table t ldap:/x"})
    EXPECT_NE(messages(line + ("\n" + kRule)).find("known, but not supported yet: "),
              std::string::npos)
        << line;
}

TEST(Parse, AnOpenRelayIsPointedOut) {
  const ParseResult r = parse_text("action r relay\nmatch from any for any action r\n");
  ASSERT_TRUE(r.config);
  ASSERT_EQ(r.diagnostics.size(), 1u);
  EXPECT_EQ(r.diagnostics[0].message, "this rule makes an open relay: from any for any");
  EXPECT_TRUE(
      parse_text("action r relay\nmatch auth from any for any action r\n").diagnostics.empty());
}

}  // namespace
}  // namespace mxlab::config
