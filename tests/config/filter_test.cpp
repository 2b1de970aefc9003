// Which filter speaks up.
#include <gtest/gtest.h>

#include "tests/config/files.hpp"

namespace mxlab::config {
namespace {

const std::string kTutorial =
    "filter no_dyndns phase connect match rdns regex { '.*\\.dyn\\..*', '.*\\.dsl\\..*' } "
    "disconnect \"550 no residential connections\"\n"
    "filter no_rdns phase connect match !rdns disconnect \"550 mailserver failed rDNS check\"\n"
    "filter no_fcrdns phase connect match !fcrdns disconnect \"550 mailserver failed FCrDNS "
    "check\"\n"
    "filter incoming chain { no_dyndns, no_rdns, no_fcrdns }\n"
    "listen on lo filter incoming\n";

Transaction client(std::string rdns, bool fcrdns) {
  Transaction t;
  t.source = asio::ip::make_address("198.51.100.7");
  t.rdns = std::move(rdns);
  t.fcrdns = fcrdns;
  t.helo = "mail.example.com";
  t.sender = "bob@example.com";
  t.recipient = "jane@example.org";
  return t;
}

std::string verdict(const std::string& filters, Phase phase, const Transaction& t) {
  const Config c = good(filters + kRule);
  const Filter* filter = apply(c.listeners.at(0).filters, phase, t);
  return filter ? filter->text : "";
}

TEST(Filters, TheTutorialsChainRefusesInItsOrder) {
  const auto at = [](const Transaction& t) { return verdict(kTutorial, Phase::kConnect, t); };
  EXPECT_EQ(at(client("mail.example.com", true)), "");
  EXPECT_EQ(at(client("host.dyn.example.com", false)), "550 no residential connections");
  EXPECT_EQ(at(client("HOST.DSL.example.com", true)), "550 no residential connections");
  EXPECT_EQ(at(client("", false)), "550 mailserver failed rDNS check");
  EXPECT_EQ(at(client("mail.example.com", false)), "550 mailserver failed FCrDNS check");
}

TEST(Filters, TheSocketHasNothingToProve) {
  Transaction t;
  t.socket = true;
  EXPECT_EQ(verdict(kTutorial, Phase::kConnect, t), "");
}

TEST(Filters, SpeakOnlyInTheirPhase) {
  EXPECT_EQ(verdict(kTutorial, Phase::kMailFrom, client("", false)), "");
}

TEST(Filters, KnowEveryCondition) {
  struct Case {
    const char* filter;
    Phase phase;
    bool refuses;
  };
  Transaction t = client("mail.example.com", true);
  for (const Case& c : {
           Case{"connect match src 198.51.100.0/24", Phase::kConnect, true},
           {"connect match !src 198.51.100.0/24", Phase::kConnect, false},
           {"connect match src regex '^198'", Phase::kConnect, true},
           {"connect match rdns { \"*.example.com\" }", Phase::kConnect, true},
           {"connect match fcrdns", Phase::kConnect, true},
           {"helo match helo mail.example.com", Phase::kHelo, true},
           {"ehlo match !helo regex '\\.com$'", Phase::kEhlo, false},
           {"mail-from match mail-from \"@example.com\"", Phase::kMailFrom, true},
           {"mail-from match auth", Phase::kMailFrom, false},
           {"mail-from match !auth", Phase::kMailFrom, true},
           {"mail-from match !auth { bob }", Phase::kMailFrom, true},
           {"rcpt-to match rcpt-to regex '^jane@'", Phase::kRcptTo, true},
           {"rcpt-to match rcpt-to \"joe@example.org\"", Phase::kRcptTo, false},
           {"data match mail-from regex 'bob'", Phase::kData, true},
           {"commit match !mail-from regex 'bob'", Phase::kCommit, false},
       }) {
    const std::string filters =
        std::string("filter f phase ") + c.filter + " reject \"550 no\"\nlisten on lo filter f\n";
    EXPECT_EQ(verdict(filters, c.phase, t) == "550 no", c.refuses) << c.filter;
  }
}

TEST(Filters, KnowWhoLoggedInByNameOrByMailbox) {
  struct Case {
    std::string user, condition;
    bool refuses;
  };
  for (const Case& c : {Case{"jane", "auth", true},
                        {"jane", "!auth", false},
                        {"jane", "auth { jane, joe }", true},
                        {"bob", "auth { jane, joe }", false},
                        {"bob@example.com", "auth { \"@example.com\" }", true},
                        {"bob@example.net", "auth { \"@example.com\" }", false},
                        {"jane", "auth regex '^j'", true},
                        {"bob", "auth regex '^j'", false},
                        {"", "auth regex '.*'", false}}) {
    Transaction t = client("mail.example.com", true);
    t.user = c.user;
    const std::string filters = "filter f phase mail-from match " + c.condition +
                                " reject \"550 no\"\nlisten on lo filter f\n";
    EXPECT_EQ(verdict(filters, Phase::kMailFrom, t) == "550 no", c.refuses)
        << "'" << c.user << "' and " << c.condition;
  }
}

TEST(Filters, TheSocketIsCalledLocalhost) {
  Transaction t;
  t.socket = true;
  const std::string listed =
      "filter f phase connect match rdns { localhost } reject \"550 no\"\nlisten on lo filter f\n";
  EXPECT_EQ(verdict(listed, Phase::kConnect, t), "550 no");
}

TEST(Filters, AClientWithoutANameIsCalledUnknown) {
  const std::string listed =
      "filter f phase connect match !rdns { good.org } reject \"550 no\"\n"
      "listen on lo filter f\n";
  EXPECT_EQ(verdict(listed, Phase::kConnect, client("", false)), "550 no");
}

std::string chain_of(std::initializer_list<std::string> filters) {
  std::string lines, names;
  for (const std::string& filter : filters) {
    const std::string name = "f" + std::to_string(names.size());
    lines += "filter " + name + " phase " + filter + "\n";
    names += (names.empty() ? "" : ", ") + name;
  }
  return lines + "listen on lo filter { " + names + " }\n" + kRule;
}

TEST(Filters, WhoIsLetPastIsNotAskedFurther) {
  const Config c = good(chain_of({"connect match src 198.51.100.0/24 bypass",
                                  "connect match !src 192.0.2.0/24 reject \"550 far\"",
                                  "helo match !src 192.0.2.0/24 reject \"550 far\""}));
  const FilterChain& chain = c.listeners.at(0).filters;
  const Transaction friendly = client("", false);
  const Filter* at_connect = apply(chain, Phase::kConnect, friendly);
  ASSERT_NE(at_connect, nullptr);
  EXPECT_EQ(at_connect->action, FilterAction::kBypass);
  EXPECT_FALSE(refuses(*at_connect));
  ASSERT_NE(apply(chain, Phase::kHelo, friendly), nullptr) << "a bypass holds for its phase only";
  Transaction other = friendly;
  other.source = asio::ip::make_address("203.0.113.1");
  EXPECT_TRUE(refuses(*apply(chain, Phase::kConnect, other)));
}

TEST(Filters, TheFirstThatDecidesWins) {
  const Config c =
      good(chain_of({"rcpt-to match rcpt-to \"joe@example.org\" junk", "rcpt-to match !rdns junk",
                     "rcpt-to match rcpt-to regex '^jane' rewrite \"<j@example.org>\"",
                     "rcpt-to match rdns reject \"550 late\""}));
  const Filter* filter =
      apply(c.listeners.at(0).filters, Phase::kRcptTo, client("mail.example.com", true));
  ASSERT_NE(filter, nullptr);
  EXPECT_EQ(filter->action, FilterAction::kRewrite);
  EXPECT_EQ(filter->text, "j@example.org");
}

TEST(Filters, ReportsDecideNothingAndEndWithTheDecision) {
  const Config c =
      good(chain_of({"data match rdns report one", "data match !rdns report never",
                     "data match rdns report two", "commit match rdns report other",
                     "data match rdns reject \"451 later\"", "data match rdns report three"}));
  const FilterChain& chain = c.listeners.at(0).filters;
  const Transaction t = client("mail.example.com", true);
  ASSERT_NE(apply(chain, Phase::kData, t), nullptr);
  EXPECT_EQ(apply(chain, Phase::kData, t)->text, "451 later");
  EXPECT_EQ(apply(chain, Phase::kCommit, t), nullptr);
  std::vector<std::string> texts;
  for (const Filter* report : reports(chain, Phase::kData, t)) texts.push_back(report->text);
  EXPECT_EQ(texts, (std::vector<std::string>{"one", "two"}));
}

}  // namespace
}  // namespace mxlab::config
