// parse_test.cpp - what the parts of a scenario become; mistakes have golden files of their own.
#include <gtest/gtest.h>

#include "sim/scenario/document.hpp"
#include "sim/scenario/scenario.hpp"

namespace mxlab::scenario {
namespace {

using namespace std::chrono_literals;

constexpr const char* kHosts = R"(name: test
hosts:
  sender.example.net: {is: sender}
  mail.example.org: {is: primary}
  mx2.example.org: {is: relay, config: mx2.conf}
  stranger.example.net: {is: client}
)";

Scenario good(const std::string& text) {
  auto result = parse("test.yaml", text);
  for (const auto& diagnostic : result.diagnostics) ADD_FAILURE() << format(diagnostic);
  return result.scenario.value_or(Scenario{});
}

/// The only step of a story about the usual hosts.
Step good_step(const std::string& step) {
  auto scenario = good(std::string(kHosts) + "never: bounce\nsteps:\n  - " + step + "\n");
  EXPECT_EQ(scenario.steps.size(), 1U);
  return scenario.steps.empty() ? Step{} : scenario.steps[0];
}

template <class T>
std::vector<T> actions(const Step& step) {
  std::vector<T> out;
  for (const Action& action : step.actions) {
    if (const auto* value = std::get_if<T>(&action.value)) out.push_back(*value);
  }
  return out;
}

HostExpectation good_expectation(const std::string& text) {
  const Step step = good_step("expect: {mx2.example.org: {" + text + "}}");
  EXPECT_EQ(step.expect.size(), 1U);
  return step.expect.empty() ? HostExpectation{} : step.expect[0];
}

TEST(Hosts, StandInTheOrderOfTheFileWithAddressesDrawn) {
  const auto scenario = good(std::string(kHosts) + "never: bounce\nsteps: [{note: x}]\n");
  ASSERT_EQ(scenario.hosts.size(), 4U);
  EXPECT_EQ(scenario.hosts[0].name, "sender.example.net");
  EXPECT_EQ(scenario.hosts[2].role, Role::kRelay);
  EXPECT_EQ(scenario.hosts[2].config_file, "mx2.conf");
  EXPECT_EQ(scenario.hosts[0].addresses.at(0).to_string(), "192.0.2.10");
  EXPECT_EQ(scenario.hosts[3].addresses.at(0).to_string(), "192.0.2.13");
}

TEST(Hosts, DrawNoAddressThatIsTakenNorTheNameServers) {
  std::string text = "name: many\nnever: bounce\nsteps: [{note: x}]\nhosts:\n";
  for (int i = 0; i < 60; ++i) text += "  h" + std::to_string(i) + ".example: {is: client}\n";
  text += "  given.example: {is: client, address: 192.0.2.11}\n";
  std::set<std::string> seen;
  for (const auto& host : good(text).hosts) seen.insert(host.addresses.at(0).to_string());
  EXPECT_EQ(seen.size(), 61U);
  EXPECT_FALSE(seen.contains("192.0.2.53"));
}

TEST(Hosts, KeepThePlaceOfAnInlineConfiguration) {
  const auto scenario = good(
      "name: x\nnever: bounce\nsteps: [{note: x}]\nhosts:\n"
      "  mx2.example.org:\n    is: relay\n    config: |\n\n      listen on all\n      # end\n");
  EXPECT_EQ(scenario.hosts.at(0).config_file, "test.yaml");
  EXPECT_EQ(scenario.hosts.at(0).config_text, "\nlisten on all\n# end\n");
  EXPECT_EQ(scenario.hosts.at(0).config_first_line, 8);
  EXPECT_EQ(scenario.hosts.at(0).config_indent, 6);
}

TEST(Dns, TakesRecordsWithAndWithoutTtl) {
  const auto scenario = good(std::string(kHosts) +
                             "never: bounce\nsteps: [{note: x}]\n"
                             "dns: {example.org: [MX 10 mail.example.org, 60 A 192.0.2.1]}\n");
  ASSERT_EQ(scenario.dns.size(), 2U);
  EXPECT_EQ(scenario.dns[0].text, "MX 10 mail.example.org");
  EXPECT_EQ(scenario.dns[0].ttl, std::nullopt);
  EXPECT_EQ(scenario.dns[1].text, "A 192.0.2.1");
  EXPECT_EQ(scenario.dns[1].ttl, 60U);
  EXPECT_EQ(scenario.dns[1].place.line, 9);
  EXPECT_EQ(scenario.dns[1].place.column, 45);
}

TEST(Steps, WithoutATimeFollowAtOnce) {
  EXPECT_EQ(good_step("note: x").after, Duration{});
  EXPECT_EQ(good_step("{note: x, at: 5s}").at, Duration(5s));
  EXPECT_EQ(good_step("{note: x, at: 5s}").after, std::nullopt);
  const Step when = good_step("{when: {mx2.example.org: {ok: 1}}, within: 5m}");
  EXPECT_EQ(when.when.size(), 1U);
  EXPECT_EQ(when.when_within, Duration(5min));
  EXPECT_EQ(when.within, std::nullopt);
}

TEST(Steps, KeepTheirActionsInTheOrderOfTheFile) {
  const Step step = good_step("{resume: mail.example.org, note: x, pause: mx2.example.org}");
  ASSERT_EQ(step.actions.size(), 3U);
  EXPECT_EQ(std::get<HostAction>(step.actions[0].value).verb, HostVerb::kResume);
  EXPECT_EQ(std::get<Note>(step.actions[1].value).text, "x");
  EXPECT_EQ(std::get<HostAction>(step.actions[2].value).verb, HostVerb::kPause);
}

TEST(Verbs, AreTheWordsInTheOrderOfTheEnumeration) {
  const std::pair<const char*, HostVerb> verbs[] = {{"pause", HostVerb::kPause},
                                                    {"resume", HostVerb::kResume},
                                                    {"stop", HostVerb::kStop},
                                                    {"start", HostVerb::kStart},
                                                    {"restart", HostVerb::kRestart},
                                                    {"kill", HostVerb::kKill},
                                                    {"crash", HostVerb::kCrash},
                                                    {"blackhole", HostVerb::kBlackhole},
                                                    {"reject", HostVerb::kReject},
                                                    {"prohibit", HostVerb::kProhibit},
                                                    {"unreachable", HostVerb::kUnreachable},
                                                    {"heal", HostVerb::kHeal},
                                                    {"schedule", HostVerb::kSchedule},
                                                    {"full", HostVerb::kFull},
                                                    {"empty", HostVerb::kEmpty}};
  for (const auto& [word, verb] : verbs) {
    const auto found = actions<HostAction>(good_step(std::string(word) + ": mx2.example.org"));
    ASSERT_EQ(found.size(), 1U) << word;
    EXPECT_EQ(found[0].verb, verb) << word;
  }
}

TEST(Verbs, TakePartsAndDirections) {
  const auto pause = actions<HostAction>(good_step("pause: {mx2.example.org: mta}"));
  EXPECT_EQ(pause.at(0).what, "mta");
  const auto fault =
      actions<HostAction>(good_step("blackhole: {to: mail.example.org, from: mx2.example.org}"));
  EXPECT_EQ(fault.at(0).host, "mail.example.org");
  EXPECT_EQ(fault.at(0).from, "mx2.example.org");
}

TEST(Mails, MayComeFromNobody) {
  const auto sent = actions<Send>(good_step("send: {from: <>, to: [a@b.org, c@d.org], size: 1k}"));
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].from, "");
  EXPECT_EQ(sent[0].to, (std::vector<std::string>{"a@b.org", "c@d.org"}));
  EXPECT_EQ(sent[0].size, 1024U);
}

TEST(Answers, MayBeForOneRecipientOnly) {
  const auto answers =
      actions<Answer>(good_step("answer: {mail.example.org: {rcpt a@b.org: 550 5.1.1 no}}"));
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].at, "rcpt");
  EXPECT_EQ(answers[0].to, "a@b.org");
  EXPECT_EQ(answers[0].reply, "550 5.1.1 no");
}

TEST(Answers, MayHaveALimit) {
  const auto once = actions<Answer>(
      good_step("answer: {mail.example.org: {rcpt: {reply: 451 later, times: 1}}}"));
  EXPECT_EQ(once.at(0).reply, "451 later");
  EXPECT_EQ(once.at(0).limit.times, 1u);
  const auto rate = actions<Answer>(
      good_step("answer: {mail.example.org: {mail: {reply: 450 no, beyond: 5, within: 1m}}}"));
  EXPECT_EQ(rate.at(0).limit.beyond, 5u);
  EXPECT_EQ(rate.at(0).limit.within, std::chrono::minutes(1));
}

TEST(Answers, BecomeNormalAtEveryPoint) {
  const auto answers = actions<Answer>(good_step("answer: {mail.example.org: normal}"));
  ASSERT_EQ(answers.size(), 8U);
  for (const auto& answer : answers) EXPECT_EQ(answer.reply, "normal") << answer.at;
}

TEST(Lies, NameAQuestionOrAWholeName) {
  const auto lies =
      actions<DnsLie>(good_step("lie: {example.org MX: servfail, example.net: delay 3s}"));
  ASSERT_EQ(lies.size(), 2U);
  EXPECT_EQ(lies[0].type, "MX");
  EXPECT_EQ(lies[0].lie, "servfail");
  EXPECT_EQ(lies[1].type, "");
  EXPECT_EQ(lies[1].lie, "delay");
  EXPECT_EQ(lies[1].delay, Duration(3s));
}

TEST(Clocks, JumpBothWays) {
  const auto jumps = actions<ClockStep>(good_step("clock: {mx2.example.org: -1h}"));
  EXPECT_EQ(jumps.at(0).by, Duration(-1h));
}

TEST(Expectations, TakeCountersByNameAndByGroup) {
  const auto host = good_expectation("client: {conn: 2}, envelope.curr: 1, bounce: 0");
  ASSERT_EQ(host.counters.size(), 3U);
  EXPECT_STREQ(kCounterNames[host.counters[0].counter], "client.conn");
  EXPECT_STREQ(kCounterNames[host.counters[1].counter], "envelope.curr");
  EXPECT_STREQ(kCounterNames[host.counters[2].counter], "bounce");
}

TEST(Expectations, TellAnEmptyQueueFromAnyQueue) {
  EXPECT_TRUE(good_expectation("queue: []").queue->has_rows);
  EXPECT_TRUE(good_expectation("queue: []").queue->rows.empty());
  EXPECT_FALSE(good_expectation("queue: at most 3").queue->has_rows);
  EXPECT_EQ(good_expectation("queue: at most 3").queue->count->high, 3);
}

TEST(Expectations, TakeMonitorRowsAsTheyArePrinted) {
  const auto monitor =
      good_expectation(
          "monitor: [1 2 1  0 1 1  1 0 0 0  0 0 0, 9x 1 0 0 | 0 0 0 | 0 0 0 0 | 0 0 7]")
          .monitor;
  ASSERT_TRUE(monitor && monitor->rows.size() == 2);
  EXPECT_EQ(monitor->rows[0].values[1], 2);
  EXPECT_EQ(monitor->rows[0].times, 1U);
  EXPECT_EQ(monitor->rows[1].times, 9U);
  EXPECT_EQ(monitor->rows[1].values[12], 7);
}

TEST(Expectations, CountTheMessagesOfAMailbox) {
  const auto host = good_expectation("mailbox: {a@b.org: [{received: 3}, {}], c@d.org: []}");
  ASSERT_EQ(host.mailboxes.size(), 2U);
  EXPECT_EQ(host.mailboxes[0].count->low, 2);
  EXPECT_EQ(host.mailboxes[0].messages[0].received->low, 3);
  EXPECT_EQ(host.mailboxes[1].count->high, 0);
}

TEST(Healing, CanBeSwitchedOffOrTimed) {
  const std::string story = std::string(kHosts) + "never: bounce\nsteps: [{note: x}]\n";
  EXPECT_TRUE(good(story).heal);
  EXPECT_FALSE(good(story + "heal: no\n").heal);
  EXPECT_EQ(good(story + "heal: within 2d\n").heal_within, Duration(48h));
}

TEST(Mistakes, PointAtTheExactColumn) {
  const auto result = parse("x.yaml", std::string(kHosts) +
                                          "steps:\n  - {note: \"äö\", pause: mail.exmaple.org}\n"
                                          "  - expect: {mx2.example.org: {queue: 0}}\n");
  ASSERT_EQ(result.diagnostics.size(), 1U);
  EXPECT_EQ(result.diagnostics[0].place.line, 8);
  EXPECT_EQ(result.diagnostics[0].place.column, 27);  // in bytes, as compilers count
  EXPECT_EQ(result.diagnostics[0].place.width, 16);
}

TEST(Mistakes, AreAllCollected) {
  std::string text = std::string(kHosts) + "steps:\n";
  for (int i = 0; i < 7; ++i) text += "  - pause: nobody.example\n";
  EXPECT_EQ(parse("x.yaml", text).diagnostics.size(), 8U);  // and nothing is expected
}

TEST(Mistakes, InHugeOrHostileFilesEndSoon) {
  EXPECT_FALSE(parse("x", std::string(kMaxFileSize + 1, ' ')).scenario);
  EXPECT_FALSE(parse("x", std::string(100'000, '[')).scenario);
  EXPECT_FALSE(parse("x", std::string(100'000, '{')).scenario);
  EXPECT_FALSE(parse("x", std::string(1000, '\0')).scenario);
}

}  // namespace
}  // namespace mxlab::scenario
