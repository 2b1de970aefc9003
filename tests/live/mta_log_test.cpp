// What the logs and queue listings of foreign mail systems mean in our words. The lines are real.
#include <gmock/gmock.h>
#include <map>

#include "sim/live/mta.hpp"
#include "sim/live/mta_mail.hpp"

namespace mxlab::sim::live {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

/// A system that reads a log, and what it made of it.
struct Reading {
  explicit Reading(Kind kind, const std::vector<control::QueueRow>& queue = {}) {
    MtaHost host;
    host.kind = kind;
    host.name = "mx2.example.org";
    host.domains = {"example.org"};
    mta = make_mta(host);
    mta->begin(queue, told());
  }
  Reading& operator()(const std::string& line) {
    mta->read(line, told());
    return *this;
  }
  Told told() {
    return [this](const world::Fact& fact) {
      if (fact.kind == world::FactKind::kStat) control::apply(digest, fact.subject, fact.value);
      if (fact.kind == world::FactKind::kQueue)
        lives[std::string(fact.subject)].emplace_back(fact.text);
    };
  }
  control::Columns columns() const { return control::columns(digest, {}); }

  std::unique_ptr<Mta> mta;
  control::Digest digest;
  std::map<std::string, std::vector<std::string>> lives;  // envelope -> what became of it
};

std::string postfix(const std::string& program, const std::string& text) {
  return "Nov 23 00:45:17 mx2 postfix/" + program + "[85]: " + text;
}
std::string exim(const std::string& text) { return "2026-11-23 00:45:16 [45] " + text; }

/// curr conn disc, curr enq deq, ok tmpfail prmfail loop, expire remove bounce.
using Thirteen = control::Columns;

TEST(PostfixLog, CountsAMessageThatWaitsAndIsDelivered) {
  Reading log(Kind::kPostfix);
  log(postfix("smtpd", "connect from unknown[192.0.2.10]"));
  log(postfix("qmgr", "BE748: from=<a@example.net>, size=538, nrcpt=1 (queue active)"));
  log(postfix("smtpd", "disconnect from unknown[192.0.2.10] ehlo=2 starttls=1 commands=7"));
  log(postfix("smtp",
              "BE748: to=<s@example.org>, relay=none, delay=0.06, dsn=4.4.1, "
              "status=deferred (connect to mail.example.org: Connection refused)"));
  EXPECT_EQ(log.columns(), (Thirteen{0, 1, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0}));
  log(postfix("qmgr", "BE748: from=<a@example.net>, size=538, nrcpt=1 (queue active)"));
  log(postfix("smtp",
              "BE748: to=<s@example.org>, relay=mail.example.org[192.0.2.20]:25, "
              "dsn=2.0.0, status=sent (250 OK id=1xVIYE)"));
  log(postfix("qmgr", "BE748: removed"));
  EXPECT_EQ(log.columns(), (Thirteen{0, 1, 1, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0}));
  EXPECT_THAT(log.lives,
              ElementsAre(Pair("BE748/s@example.org",
                               ElementsAre("accepted for s@example.org", "attempt",
                                           "TempFail connect to mail.example.org: Connection "
                                           "refused",
                                           "attempt", "Ok 250 OK id=1xVIYE"))));
}

TEST(PostfixLog, CountsAFailureAndItsReport) {
  Reading log(Kind::kPostfix);
  log(postfix("qmgr", "C218E: from=<a@example.net>, size=243, nrcpt=1 (queue active)"));
  log(postfix("smtp", "C218E: to=<no@example.org>, dsn=5.1.1, status=bounced (host said: 550)"));
  log(postfix("qmgr", "C3886: from=<>, size=2102, nrcpt=1 (queue active)"));
  log(postfix("bounce", "C218E: sender non-delivery notification: C3886"));
  log(postfix("qmgr", "C218E: removed"));
  EXPECT_EQ(log.columns(), (Thirteen{0, 0, 0, 1, 2, 1, 0, 0, 1, 0, 0, 0, 1}));
  log(postfix("smtp", "C3886: to=<a@example.net>, dsn=2.0.0, status=sent (250 Ok)"));
  EXPECT_THAT(log.lives["C3886/a@example.net"],
              ElementsAre("report to a@example.net", "attempt", "Ok 250 Ok"));
}

TEST(PostfixLog, ExpiresTheRecipientsThatAreLeft) {
  Reading log(Kind::kPostfix);
  log(postfix("qmgr", "C218E: from=<a@example.net>, size=243, nrcpt=2 (queue active)"));
  log(postfix("smtp", "C218E: to=<x@example.org>, dsn=2.0.0, status=sent (250 Ok)"));
  log(postfix("smtp", "C218E: to=<y@example.org>, dsn=4.4.1, status=deferred (no answer)"));
  log(postfix("qmgr", "C218E: from=<a@example.net>, status=expired, returned to sender"));
  EXPECT_EQ(log.columns(), (Thirteen{0, 0, 0, 0, 2, 2, 1, 1, 0, 0, 1, 0, 0}));
  EXPECT_EQ(log.lives["C218E/y@example.org"].back(), "Expired returned to sender");
}

TEST(PostfixLog, BeginsALifeWithWhatIsInItsQueue) {
  control::QueueRow row;
  row.envelope_id = "BE748/s@example.org";
  row.sender = "a@example.net";
  Reading log(Kind::kPostfix, {row});
  log(postfix("qmgr", "BE748: from=<a@example.net>, size=538, nrcpt=1 (queue active)"));
  EXPECT_EQ(log.digest.enqueued, 1);
}

TEST(PostfixQueue, HasARowForEachRecipient) {
  Reading log(Kind::kPostfix);
  const auto rows = log.mta->rows(
      R"({"queue_name": "deferred", "queue_id": "CC49D", "arrival_time": 1795394681, )"
      R"("message_size": 2102, "forced_expire": false, "sender": "MAILER-DAEMON", "recipients": [)"
      R"({"address": "a@example.net", "delay_reason": "Connection refused"}, )"
      R"({"address": "b@example.net"}]})"
      "\n");
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(control::queue_row(rows[0]),
            "CC49D/a@example.net|inet4|mta||@|a@example.net|a@example.net|1795394681|0|0|0|pending|"
            "|Connection refused");
  EXPECT_EQ(rows[1].recipient, "b@example.net");
}

TEST(EximLog, CountsAMessageThatWaitsAndIsDelivered) {
  Reading log(Kind::kExim);
  log(exim("SMTP connection from [192.0.2.10] (TCP/IP connection count = 1)"));
  log(
      exim("1xVIYA-00000Q-0d <= a@example.net H=(mail.example.net) [192.0.2.10] P=esmtps S=606 "
           "id=E1@mail.example.net for s@example.org t@example.org"));
  log(exim("SMTP connection from (mail.example.net) [192.0.2.10] closed by QUIT"));
  log(exim("1xVIYA-00000Q-0d == s@example.org R=backup T=remote defer (111): Connection refused"));
  log(
      exim("1xVIYA-00000Q-0d == t@example.org R=backup T=remote defer (-53): retry time not "
           "reached for any host for 'example.org'"));
  EXPECT_EQ(log.columns(), (Thirteen{0, 1, 1, 2, 2, 0, 0, 1, 0, 0, 0, 0, 0}));
  log(
      exim("1xVIYA-00000Q-0d => s@example.org R=backup T=remote H=mail.example.org [192.0.2.20] "
           "C=\"250 OK id=1xVIYA-00000f-13\""));
  log(
      exim("1xVIYA-00000Q-0d -> t@example.org R=backup T=remote H=mail.example.org [192.0.2.20] "
           "C=\"250 OK id=1xVIYA-00000f-13\""));
  log(exim("1xVIYA-00000Q-0d Completed"));
  EXPECT_EQ(log.columns(), (Thirteen{0, 1, 1, 0, 2, 2, 2, 1, 0, 0, 0, 0, 0}));
  EXPECT_THAT(log.lives["1xVIYA-00000Q-0d/s@example.org"],
              ElementsAre("accepted for s@example.org", "attempt", "TempFail Connection refused",
                          "attempt", "Ok 250 OK id=1xVIYA-00000f-13"));
}

TEST(EximLog, CountsAFailureAndItsReport) {
  Reading log(Kind::kExim);
  log(exim("1xVIBI-00000e-1J <= a@example.net U=root P=local S=297 for nobody@example.org"));
  log(exim("1xVIBI-00000e-1J ** nobody@example.org F=<a@example.net> R=refuse: no such mailbox"));
  log(
      exim("1xVIBI-00000n-1Q <= <> R=1xVIBI-00000e-1J U=Debian-exim P=local S=1545 for "
           "a@example.net"));
  log(exim("1xVIBI-00000e-1J Completed"));
  EXPECT_EQ(log.columns(), (Thirteen{0, 0, 0, 1, 2, 1, 0, 0, 1, 0, 0, 0, 1}));
  EXPECT_THAT(log.lives["1xVIBI-00000n-1Q/a@example.net"], ElementsAre("report to a@example.net"));
}

TEST(EximQueue, ListsThoseWhoHaveNotGotIt) {
  Reading log(Kind::kExim);
  log(exim("1xVIBI-00000l-1R <= a@example.net U=root P=local S=292 for x@example.org"));
  log(exim("1xVIBI-00000l-1R == x@example.org R=mx defer (-1): host lookup did not complete"));
  const auto rows = log.mta->rows(
      " 0m   292 1xVIBI-00000l-1R <a@example.net>\n"
      "        D had@example.org\n"
      "          x@example.org\n"
      "\n"
      "25h  1.5K 1xVIBI-00000n-1Q <> *** frozen ***\n"
      "          a@example.net\n");
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(control::queue_row(rows[0]),
            "1xVIBI-00000l-1R/x@example.org|inet4|mta||a@example.net|x@example.org|x@example.org|"
            "1795394716|0|0|1|pending||host lookup did not complete");
  EXPECT_EQ(rows[1].sender, "");
  EXPECT_EQ(rows[1].flags, "hold");
}

TEST(OpensmtpdLog, TellsItsOwnCounters) {
  Reading log(Kind::kOpensmtpd);
  log("ramstat: increment: smtp.session");
  log("ramstat: smtp.session (0x55de4d053951): 0 -> 1");
  log("ramstat: scheduler.envelope (0x55de4d05fc21): 0 -> 3");
  log("ramstat: scheduler.delivery.tempfail (0x55de4d05fc21): 4 -> 5");
  log("ramstat: smtp.session (0x55de4d053951): 1 -> 0");
  log("ramstat: uptime: n/a -> n/a");
  EXPECT_EQ(log.columns(), (Thirteen{0, 1, 1, 3, 3, 0, 0, 1, 0, 0, 0, 0, 0}));
}

TEST(OpensmtpdLog, TellsAnEnvelopesLifeInOrderWhoeverWritesFirst) {
  Reading log(Kind::kOpensmtpd);
  log("debug: mta: received evp:79f2a58dba142683 for <s@example.org>");
  EXPECT_THAT(log.lives, IsEmpty());
  log("e54cbe1ef7b1d1f7 smtp envelope evpid=79f2a58dba142683 from=<a@example.net> "
      "to=<s@example.org>");
  log("0000000000000000 mta delivery evpid=79f2a58dba142683 from=<a@example.net> "
      "to=<s@example.org> rcpt=<-> source=\"-\" relay=\"example.org\" delay=0s "
      "result=\"TempFail\" stat=\"Temporary failure in MX lookup\"");
  EXPECT_THAT(log.lives["79f2a58dba142683"],
              ElementsAre("accepted for s@example.org", "attempt",
                          "TempFail Temporary failure in MX lookup"));
  log("e54cbe1ef7b1d1f7 smtp envelope evpid=e10f7a69a7093cb1 from=<> to=<a@example.net>");
  log("dfcec531ada75bbb mda delivery evpid=e10f7a69a7093cb1 from=<> to=<a@example.net> "
      "rcpt=<a@example.net> user=someone delay=0s result=Ok stat=Delivered");
  EXPECT_THAT(log.lives["e10f7a69a7093cb1"],
              ElementsAre("report to a@example.net", "Ok Delivered"));
}

TEST(OpensmtpdQueue, IsReadAsItIsPrinted) {
  const std::string line =
      "23f3f5ae2e9e1fa6|inet4|mta|auth|a@example.net|s@example.org|s@example.org|1795332817|"
      "1795332817|0|2|pending|9|a text | with a bar";
  const auto rows = Reading(Kind::kOpensmtpd).mta->rows(line + "\n");
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(control::queue_row(rows[0]), line);
}

TEST(MtaMail, IsReadWithoutWhatDeliveryPutInFrontOfIt) {
  const Delivered mail = read_delivered(
      "Return-path: <a@example.net>\nEnvelope-to: s@example.org\nReceived: from mx2\n"
      "Delivered-To: not ours\n\nHello.\n",
      "Envelope-to");
  EXPECT_EQ(mail.sender, "a@example.net");
  EXPECT_EQ(mail.mailbox, "s@example.org");
  EXPECT_EQ(mail.text, "Received: from mx2\r\nDelivered-To: not ours\r\n\r\nHello.\r\n");
}

TEST(MtaPause, SaysWhereItIsNotPossible) {
  EXPECT_THAT(Reading(Kind::kExim).mta->pausing("mta", true).refusal, HasSubstr("cannot pause"));
  EXPECT_EQ(Reading(Kind::kExim).mta->pausing("smtp", true).refusal, "");
  EXPECT_THAT(Reading(Kind::kOpensmtpd).mta->pausing("mta", true).words,
              ElementsAre("/usr/sbin/smtpctl", "pause", "mta"));
}

scenario::Scenario story(const std::string& kind) {
  const auto parsed =
      scenario::parse("story.yaml",
                      "name: a story\n"
                      "dns:\n"
                      "  example.org: [MX 10 mail.example.org, MX 20 mx2.example.org]\n"
                      "  example.net: [MX 10 mail.example.net]\n"
                      "hosts:\n"
                      "  mail.example.net: {is: sender, kind: " +
                          kind +
                          "}\n"
                          "  mail.example.org: {is: primary, kind: " +
                          kind +
                          "}\n"
                          "steps:\n"
                          "  - send: {from: a@websteading.net, to: someone@example.org}\n"
                          "  - after: 1s\n"
                          "    expect: {mail.example.org: {mailbox: {someone@example.org: 1}}}\n");
  for (const auto& diagnostic : parsed.diagnostics) ADD_FAILURE() << scenario::format(diagnostic);
  return parsed.scenario.value_or(scenario::Scenario{});
}

TEST(MtaHost, TakesMailForWhomItIsTheBestAndForWhoSendsThroughIt) {
  const scenario::Scenario scenario = story("postfix");
  ASSERT_THAT(scenario.hosts, SizeIs(2));
  const MxHosts mx{{"example.org", {{"mail.example.org", 10}, {"mx2.example.org", 20}}},
                   {"example.net", {{"mail.example.net", 10}}}};
  EXPECT_THAT(mta_host(scenario, scenario.hosts[0], mx).domains,
              ElementsAre("example.net", "mail.example.net", "websteading.net"));
  EXPECT_THAT(mta_host(scenario, scenario.hosts[1], mx).domains,
              ElementsAre("example.org", "mail.example.org"));
}

}  // namespace
}  // namespace mxlab::sim::live
