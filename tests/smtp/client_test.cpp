// The sending side, against servers that follow a script.
#include <gtest/gtest.h>

#include "tests/smtp/lab.hpp"

namespace mxlab::smtp {
namespace {

const std::string kBanner = "220 mx ESMTP\r\n";
const std::string kPipelining = "250-mx\r\n250-PIPELINING\r\n250 SIZE 1000\r\n";

OutgoingMessage message_to(std::vector<std::string> recipients) {
  return {"a@x.test", {recipients.begin(), recipients.end()}, 20, false};
}

std::vector<std::string> outcomes(const Sent& sent) {
  std::vector<std::string> texts;
  for (const Outcome& outcome : sent.outcomes) texts.push_back(to_string(outcome));
  return texts;
}

using Texts = std::vector<std::string>;

TEST(Client, DeliversStepByStepToAPlainServer) {
  Lab lab;
  lab.boot_scripted_server({say(kBanner), await("\r\n"), say("502 what\r\n"), await("\r\n"),
                            say("250 mx\r\n"), await("\r\n"), say("250 ok\r\n"), await("\r\n"),
                            say("250 ok\r\n"), await("\r\n"), say("354 go\r\n"), await("\r\n.\r\n"),
                            say("250 2.0.0 taken\r\n"), await("\r\n"), say("221 bye\r\n")});
  const Sent sent = send_through(lab, message_to({"b@y.test"}), "Subject: hi\r\n\r\n.dot\r\n");
  EXPECT_EQ(outcomes(sent), Texts{"delivered 250 2.0.0 taken"});
  EXPECT_TRUE(sent.usable_after);
  ASSERT_EQ(lab.server_saw.size(), 1u);
  EXPECT_EQ(lab.server_saw[0].text,
            "EHLO sender.test\r\nHELO sender.test\r\nMAIL FROM:<a@x.test>\r\n"
            "RCPT TO:<b@y.test>\r\nDATA\r\nSubject: hi\r\n\r\n..dot\r\n.\r\nQUIT\r\n");
}

// D23, D35
TEST(Client, SendsTheEnvelopeInOneGroupToAPipeliningServer) {
  Lab lab;
  lab.boot_scripted_server({say(kBanner), await("\r\n"), say(kPipelining), await("DATA\r\n"),
                            say("250 ok\r\n550 5.1.1 no such user\r\n250 ok\r\n552 full\r\n"),
                            say("451 later\r\n354 go\r\n"), await("\r\n.\r\n"),
                            say("250 taken\r\n"), await("QUIT\r\n"), say("221 bye\r\n")});
  const Sent sent = send_through(
      lab, message_to({"no@y.test", "b@y.test", "full@y.test", "grey@y.test"}), "hi\r\n");
  EXPECT_EQ(outcomes(sent), (Texts{"permanent 550 5.1.1 no such user", "delivered 250 taken",
                                   "temporary 552 full", "temporary 451 later"}));
  ASSERT_EQ(lab.server_saw.size(), 1u);
  EXPECT_NE(lab.server_saw[0].text.find("MAIL FROM:<a@x.test> SIZE=20\r\n"), std::string::npos);
}

// D35
TEST(Client, EndsDataWithALoneDotWhenNoRecipientWasValid) {
  Lab lab;
  lab.boot_scripted_server({say(kBanner), await("\r\n"), say(kPipelining), await("DATA\r\n"),
                            say("250 ok\r\n550 no\r\n354 go\r\n"), await("\r\n"),
                            say("554 no recipients\r\n"), await("RSET\r\n"), say("250 ok\r\n"),
                            await("QUIT\r\n"), say("221 bye\r\n")});
  const Sent sent = send_through(lab, message_to({"b@y.test"}), "secret\r\n");
  EXPECT_EQ(outcomes(sent), Texts{"permanent 550 no"});
  ASSERT_EQ(lab.server_saw.size(), 1u);
  EXPECT_TRUE(lab.server_saw[0].text.ends_with("DATA\r\n.\r\nRSET\r\nQUIT\r\n"))
      << lab.server_saw[0].text;
}

// D20
TEST(Client, ManyRecipientsGoInGroupsSoThatNobodyWaitsForTheOther) {
  Lab lab;
  lab.boot_server();
  std::vector<std::string> recipients;
  for (int i = 0; i < 120; ++i) recipients.push_back("user" + std::to_string(i) + "@y.test");
  const Sent sent = send_through(lab, message_to(recipients), "hi\r\n");
  ASSERT_EQ(sent.outcomes.size(), 120u);
  for (const Outcome& outcome : sent.outcomes) EXPECT_EQ(outcome.kind, OutcomeKind::kDelivered);
  ASSERT_EQ(lab.inbox.messages.size(), 1u);
  EXPECT_EQ(lab.inbox.messages[0].recipients, recipients);
}

TEST(Client, SaysWhyAServerIsNotReady) {
  struct Case {
    Script script;
    std::string reason;
  };
  const Case cases[] = {
      {{say("421 mx not today\r\n")}, "BANNER rejected: 421 mx not today"},
      {{say("554 mx not today\r\n")}, "BANNER rejected: 554 mx not today"},
      {{hang_up()}, "Connection closed unexpectedly"},
      {{say("hello\r\n")}, "Protocol error: malformed reply"},
      {{}, "Connection timeout"},
      {{say(kBanner), await("\r\n"), say("421 4.3.0 greylisted at EHLO\r\n")},
       "HELO rejected: 421 4.3.0 greylisted at EHLO"},
      {{say(kBanner), await("\r\n"), say("550 no\r\n"), await("\r\n"), say("550 really no\r\n")},
       "HELO rejected: 550 really no"},
      {{say(kBanner), await("\r\n"), hang_up()}, "Connection closed unexpectedly"},
  };
  for (const Case& c : cases) {
    Lab lab;
    lab.boot_scripted_server(c.script);
    const Sent sent = send_through(lab, message_to({"b@y.test"}), "hi\r\n");
    ASSERT_TRUE(sent.not_ready) << c.reason;
    EXPECT_EQ(sent.not_ready->reason, c.reason);
    EXPECT_FALSE(sent.usable_after);
  }
}

// D16
TEST(Client, WaitsThreeHundredSecondsForABannerAndNotLonger) {
  Lab lab;
  lab.boot_scripted_server({});
  const Sent sent = send_through(lab, message_to({"b@y.test"}), "hi\r\n");
  EXPECT_EQ(std::chrono::floor<std::chrono::seconds>(sent.took), 300s);
}

TEST(Client, IsToldWhenNobodyListens) {
  Lab lab;
  lab.simulation.boot(lab.server, [](World&) { return nullptr; });
  EXPECT_EQ(send_through(lab, message_to({"b@y.test"}), "hi\r\n").connect_error,
            "IO Error: Connection refused");
}

TEST(Client, ConnectsWithinItsTimeLimitOrNotAtAll) {
  Lab lab;  // its server has no power and answers nothing
  lab.client_options.timeouts.connect = 2s;
  const Sent sent = send_through(lab, message_to({"b@y.test"}), "hi\r\n");
  EXPECT_EQ(sent.connect_error, "Connection timeout");
  EXPECT_EQ(sent.took, 2s);
}

/// A server that is ready for the body and then does this.
Sent send_until_body(const Script& then, const std::string& body) {
  Script script{say(kBanner), await("\r\n"), say(kPipelining), await("DATA\r\n"),
                say("250 ok\r\n250 ok\r\n354 go\r\n")};
  script.insert(script.end(), then.begin(), then.end());
  Lab lab;
  lab.boot_scripted_server(script);
  return send_through(lab, message_to({"b@y.test"}), body);
}

// D24
TEST(Client, ABreakAfterTheFinalDotIsIndefinite) {
  const Sent closed = send_until_body({await("\r\n.\r\n"), hang_up()}, "hi\r\n");
  EXPECT_EQ(outcomes(closed), Texts{"indefinite Connection closed unexpectedly"});
  const Sent silent = send_until_body({await("\r\n.\r\n")}, "hi\r\n");
  EXPECT_EQ(outcomes(silent), Texts{"indefinite Connection timeout"});
  EXPECT_EQ(std::chrono::floor<std::chrono::seconds>(silent.took), 600s) << "RFC 5321 4.5.3.2.6";
}

TEST(Client, ABreakBeforeTheFinalDotIsTemporary) {
  const Sent sent = send_until_body({hang_up()}, std::string(2000000, 'x'));
  ASSERT_EQ(sent.outcomes.size(), 1u);
  EXPECT_EQ(sent.outcomes[0].kind, OutcomeKind::kTemporary) << to_string(sent.outcomes[0]);
}

TEST(Client, AnAddressThatCouldBreakOutOfItsCommandIsNeverSent) {
  Lab lab;
  lab.boot_server();
  const Sent sent = send_through(lab, message_to({"b@y.test>\r\nRCPT TO:<evil@z.test"}), "hi\r\n");
  EXPECT_EQ(outcomes(sent), Texts{"permanent 553 5.1.3 Address cannot be sent"});
  EXPECT_TRUE(lab.inbox.senders.empty());
}

TEST(Client, SaysBodyEightBitOnlyToWhoUnderstandsIt) {
  Lab lab;
  lab.boot_server();
  OutgoingMessage message = message_to({"b@y.test"});
  message.body_8bit = true;
  EXPECT_EQ(send_through(lab, message, "\xc3\xa4\r\n").outcomes.size(), 1u);
  EXPECT_TRUE(lab.inbox.body_8bit);
  EXPECT_EQ(lab.inbox.declared_size, 20u);
}

/// R12: every kind of answer at every step.
class ReplyMatrix : public testing::TestWithParam<bool> {};

Script matrix_script(std::size_t bad_step, const Act& answer, bool pipelining) {
  const std::string ehlo = pipelining ? kPipelining : "250 mx\r\n";
  const std::pair<std::string, std::string> steps[] = {
      {"", kBanner},          {"EHLO", ehlo},         {"MAIL", "250 ok\r\n"},
      {"RCPT", "250 ok\r\n"}, {"DATA", "354 go\r\n"}, {"\r\n.", "250 t\r\n"},
      {"QUIT", "221 b\r\n"}};
  Script script;
  for (std::size_t i = 0; i < std::size(steps); ++i) {
    if (!steps[i].first.empty()) {
      script.push_back(await(steps[i].first));
      script.push_back(await("\r\n"));
    }
    script.push_back(i == bad_step ? answer : say(steps[i].second));
    if (i == bad_step && answer.text.starts_with("5") && i < 5) {
      script.push_back(await("\r\n"));  // HELO, RSET, a lone dot, QUIT: all get the same
      break;
    }
  }
  return script;
}

TEST_P(ReplyMatrix, EveryAnswerAtEveryStepEndsInTheRightOutcome) {
  std::string endless;
  for (int i = 0; i < 600; ++i) endless += "250-line\r\n";
  const std::pair<const char*, Act> answers[] = {{"4xx", say("451 4.3.0 later\r\n")},
                                                 {"5xx", say("550 5.7.1 no\r\n")},
                                                 {"421", say("421 4.3.2 closing\r\n")},
                                                 {"garbage", say("\x16\x03\x01junk\r\n")},
                                                 {"no CRLF", say("250 ok\n")},
                                                 {"600 lines", say(endless)},
                                                 {"close", hang_up()},
                                                 {"stall", pause_for(3600s)}};
  for (std::size_t step = 0; step < 7; ++step)
    for (const auto& [name, answer] : answers) {
      SCOPED_TRACE(std::string(name) + " at step " + std::to_string(step));
      Lab lab;
      lab.boot_scripted_server(matrix_script(step, answer, GetParam()));
      const Sent sent = send_through(lab, message_to({"b@y.test"}), "hi\r\n");
      EXPECT_LE(sent.took, 1300s) << "no step waits longer than its limit";
      EXPECT_EQ(sent.not_ready.has_value(), step <= 1);
      if (step <= 1) continue;
      ASSERT_EQ(sent.outcomes.size(), 1u);
      const bool broken = answer.text.empty() || name == std::string("garbage") ||
                          name == std::string("no CRLF") || name == std::string("600 lines");
      auto expected =
          name == std::string("5xx") ? OutcomeKind::kPermanent : OutcomeKind::kTemporary;
      if (step == 5 && broken) expected = OutcomeKind::kIndefinite;
      if (step == 6) expected = OutcomeKind::kDelivered;
      EXPECT_EQ(sent.outcomes[0].kind, expected) << to_string(sent.outcomes[0]);
    }
}

INSTANTIATE_TEST_SUITE_P(WithAndWithoutPipelining, ReplyMatrix, testing::Bool());

}  // namespace
}  // namespace mxlab::smtp
