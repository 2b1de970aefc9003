// The receiving side, against clients that follow a script.
#include <gtest/gtest.h>

#include "relay/smtp/body.hpp"
#include "relay/smtp/command.hpp"
#include "tests/smtp/lab.hpp"

namespace mxlab::smtp {
namespace {

const std::string kEnvelope = "MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\n";

/// The replies, one line each, as a scripted client saw them.
std::string replies(const Seen& seen) {
  std::string text;
  for (char c : seen.text)
    if (c != '\r') text += c;
  return text;
}

/// Everything in one segment: pipelined, EHLO included.
std::string all_at_once(Lab& lab, const std::string& commands) {
  lab.boot_server();
  const std::string text = replies(lab.talk({await("ESMTP\r\n"), say(commands)}));
  return text.substr(text.find('\n') + 1);
}

// D1
TEST(Server, SpeaksTheDialogueOfTheCaptures) {
  Lab lab;
  lab.boot_server();
  const Seen seen = lab.talk({await("ESMTP\r\n"), say("EHLO sender.test\r\n"), await("HELP\r\n"),
                              say("MAIL FROM:<a@x.test> SIZE=20\r\n"), await("Ok\r\n"),
                              say("RCPT TO:<b@y.test>\r\n"), await("ok\r\n"), say("DATA\r\n"),
                              await("itself\r\n"), say("Subject: hi\r\n\r\n..dot\r\n.\r\n"),
                              await("delivery\r\n"), say("RSET\r\nQUIT\r\n")});
  EXPECT_EQ(replies(seen),
            "220 mx.test ESMTP\n"
            "250-mx.test Hello sender.test [192.0.2.10], pleased to meet you\n"
            "250-8BITMIME\n250-ENHANCEDSTATUSCODES\n250-PIPELINING\n250-SIZE 36700160\n250-DSN\n"
            "250-SMTPUTF8\n250-CHUNKING\n250 HELP\n"
            "250 2.0.0 Ok\n"
            "250 2.1.5 Destination address valid: Recipient ok\n"
            "354 Enter mail, end with \".\" on a line by itself\n"
            "250 2.0.0 cafe0001 Message accepted for delivery\n"
            "250 2.0.0 Reset state\n"
            "221 2.0.0 Bye\n");
  ASSERT_EQ(lab.inbox.messages.size(), 1u);
  EXPECT_EQ(lab.inbox.messages[0].body, "Subject: hi\r\n\r\n.dot\r\n");
  EXPECT_EQ(lab.inbox.messages[0].sender, "a@x.test");
  EXPECT_EQ(lab.inbox.declared_size, 20u);
  EXPECT_EQ(lab.inbox.ends, std::vector<std::string>{"quit"});
}

// D36
TEST(Server, AnswersPipelinedCommandsInOrder) {
  Lab lab;
  lab.inbox.at_rcpt = [](const std::string& recipient) -> Verdict {
    if (recipient == "no@y.test") return Refusal{Reply(550, "5.1.1", "no such user"), false};
    return {};
  };
  EXPECT_EQ(all_at_once(
                lab, "HELO x\r\n" + kEnvelope +
                         "RCPT TO:<no@y.test>\r\nDATA\r\nbody\r\n.\r\nNOOP\r\nVRFY b\r\nQUIT\r\n"),
            "250 mx.test Hello x [192.0.2.10], pleased to meet you\n250 2.0.0 Ok\n"
            "250 2.1.5 Destination address valid: Recipient ok\n550 5.1.1 no such user\n"
            "354 Enter mail, end with \".\" on a line by itself\n"
            "250 2.0.0 cafe0001 Message accepted for delivery\n250 2.0.0 Ok\n"
            "252 2.0.0 Cannot VRFY; try RCPT\n221 2.0.0 Bye\n");
  ASSERT_EQ(lab.inbox.messages.size(), 1u);
  EXPECT_EQ(lab.inbox.messages[0].recipients, std::vector<std::string>{"b@y.test"});
}

// D13
TEST(Server, RefusesWhatComesOutOfOrderAndLivesOn) {
  const std::pair<std::string, std::string> cases[] = {
      {"MAIL FROM:<a@b>\r\n", "503 5.5.1 Invalid command: Command not allowed at this point.\n"},
      {"RCPT TO:<a@b>\r\n", "503 5.5.1 Invalid command: Command not allowed at this point.\n"},
      {"DATA\r\n", "503 5.5.1 Invalid command: Command not allowed at this point.\n"},
      {"EHLO\r\n", "501 5.5.4 Invalid command arguments: Domain name required\n"},
      {"HELO a;b\r\n", "501 5.5.4 Invalid command arguments: Invalid domain name\n"},
      {"STARTTLS\r\n", "502 5.5.1 Invalid command: Command not supported\n"},
      {"RSET now\r\n", "501 5.5.4 Invalid command arguments: No parameters allowed\n"},
      {"EXPN x\r\n", "500 5.5.1 Invalid command: Command unrecognized\n"},
      {"\r\n", "500 5.5.1 Invalid command: Command unrecognized\n"},
      {"NO\nOP\r\n", "500 5.5.2 Bare CR or LF in command, lines end with CRLF\n"},
      {"NO\rOP\r\n", "500 5.5.2 Bare CR or LF in command, lines end with CRLF\n"},
      {std::string("NOOP\0\r\n", 7), "500 5.5.2 NUL in command\n"},
      {std::string(kMaxCommandLine + 1, 'x') + "\r\n", "500 5.5.2 Line too long\n"},
  };
  for (const auto& [command, reply] : cases) {
    Lab lab;
    EXPECT_EQ(all_at_once(lab, command + "QUIT\r\n"), reply + "221 2.0.0 Bye\n");
  }
}

// D36
TEST(Server, DataNeedsARecipientThatWasAccepted) {
  Lab lab;
  lab.inbox.at_rcpt = [](const std::string&) {
    return Refusal{Reply(451, "4.2.0", "greylisted"), false};
  };
  const std::string text = all_at_once(lab, "HELO x\r\n" + kEnvelope + "DATA\r\nQUIT\r\n");
  EXPECT_NE(text.find("451 4.2.0 greylisted\n554 5.5.1 No valid recipients\n221"), text.npos)
      << text;
}

// D5
TEST(Server, LimitsAnswerAndTheSessionLives) {
  Lab lab;
  lab.server_options.max_recipients = 2;
  lab.server_options.max_messages = 2;
  lab.server_options.max_message_size = 10;
  const std::string text = all_at_once(
      lab, "HELO x\r\nMAIL FROM:<a@b> SIZE=11\r\n" + kEnvelope +
               "RCPT TO:<c@y.test>\r\nRCPT TO:<d@y.test>\r\nDATA\r\n123456789\r\n.\r\n" +
               kEnvelope + "DATA\r\n12345678\r\n.\r\n" + kEnvelope);
  EXPECT_NE(text.find("552 5.3.4 Message too big for system\n250 2.0.0 Ok"), text.npos) << text;
  EXPECT_NE(text.find("452 4.5.3 Too many recipients\n354"), text.npos) << text;
  EXPECT_NE(text.find("itself\n552 5.3.4 Message too big for system\n250"), text.npos) << text;
  EXPECT_NE(text.find("delivery\n421 4.5.3 Too many messages sent, come again\n"), text.npos)
      << text;
  ASSERT_EQ(lab.inbox.messages.size(), 1u);
  EXPECT_EQ(lab.inbox.messages[0].body, "12345678\r\n");
}

TEST(Server, TooManyErrorsEndTheSession) {
  Lab lab;
  std::string commands;
  for (int i = 0; i < 100; ++i) commands += "WHAT\r\n";
  const std::string text = all_at_once(lab, commands);
  EXPECT_EQ(std::ranges::count(text, '\n'), 25);
  EXPECT_TRUE(text.ends_with("421 4.7.0 mx.test Too many errors, closing connection\n")) << text;
}

TEST(Server, SpoiledMessagesAreReadToTheirTrueEndAndRefused) {
  const std::pair<std::string, std::string> cases[] = {
      {"a\nb", "550 5.6.11 Bare CR or LF in message\n"},
      {"a\rb", "550 5.6.11 Bare CR or LF in message\n"},
      {std::string("a\0b", 3), "550 5.6.11 NUL in message\n"},
      {std::string(kMaxTextLine + 1, 'x'), "500 5.6.0 Line too long\n"}};
  for (const auto& [body, reply] : cases) {
    Lab lab;
    const std::string text = all_at_once(
        lab, "HELO x\r\n" + kEnvelope + "DATA\r\n" + body + "\r\n.\r\nNOOP\r\nQUIT\r\n");
    EXPECT_TRUE(text.ends_with(reply + "250 2.0.0 Ok\n221 2.0.0 Bye\n")) << text;
    EXPECT_TRUE(lab.inbox.messages.empty());
  }
}

TEST(Server, AFailingSinkIsATemporaryFailure) {
  Lab lab;
  lab.inbox.write_throws = "disk on fire";
  EXPECT_NE(all_at_once(lab, "HELO x\r\n" + kEnvelope + "DATA\r\nx\r\n.\r\nQUIT\r\n")
                .find("itself\n451 4.3.0 Temporary failure, try again later\n221"),
            std::string::npos);
}

TEST(Server, AQueueThatCannotBeginAMessageDoesNotAskForIt) {
  Lab lab;
  lab.inbox.data_throws = "disk on fire";
  const std::string text = all_at_once(lab, "HELO x\r\n" + kEnvelope + "DATA\r\nNOOP\r\nQUIT\r\n");
  EXPECT_TRUE(
      text.ends_with("451 4.3.0 Temporary failure, try again later\n250 2.0.0 Ok\n"
                     "221 2.0.0 Bye\n"))
      << text;
  EXPECT_EQ(text.find("354"), std::string::npos);
}

// D8
TEST(Server, AMessageThatCouldNotBeCommittedIsNotOurs) {
  Lab lab;
  lab.inbox.commit_throws = "disk on fire";
  const std::string text =
      all_at_once(lab, "HELO x\r\n" + kEnvelope + "DATA\r\nx\r\n.\r\n" + "NOOP\r\nQUIT\r\n");
  EXPECT_TRUE(
      text.ends_with("itself\n451 4.3.0 Temporary failure, try again later\n250 2.0.0 Ok\n"
                     "221 2.0.0 Bye\n"))
      << text;
  EXPECT_TRUE(lab.inbox.messages.empty());
}

TEST(Server, HelpsWhoAsksBeforeAnythingElse) {
  Lab lab;
  EXPECT_EQ(all_at_once(lab, "HELP\r\nVRFY bob\r\nQUIT\r\n"),
            "214-2.0.0 EHLO HELO MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT STARTTLS AUTH\n"
            "214 2.0.0 RFC 5321 says what they do\n"
            "252 2.0.0 Cannot VRFY; try RCPT\n"
            "221 2.0.0 Bye\n");
}

TEST(Server, APolicyThatCannotBeAskedIsATemporaryFailure) {
  Lab lab;
  lab.inbox.mail_throws = "disk on fire";
  EXPECT_NE(all_at_once(lab, "HELO x\r\n" + kEnvelope + "QUIT\r\n")
                .find("451 4.3.0 Temporary failure, try again later\n503"),
            std::string::npos);
}

TEST(Server, ARefusalAtConnectComesInsteadOfTheBanner) {
  Lab lab;
  lab.inbox.at_connect = Refusal{Reply(550, "", "no residential connections"), true};
  lab.boot_server();
  const Seen seen = lab.talk({});
  EXPECT_EQ(seen.text, "550 no residential connections\r\n");
  EXPECT_TRUE(seen.closed);
  EXPECT_EQ(lab.inbox.ends, std::vector<std::string>{"quit"});
}

TEST(Server, ARefusalWithoutWordsJustCloses) {
  Lab lab;
  lab.inbox.at_connect = Refusal{Reply(), true};
  lab.boot_server();
  const Seen nothing = lab.talk({});
  EXPECT_EQ(nothing.text, "");
  EXPECT_TRUE(nothing.closed);
}

TEST(Server, APolicyRefusalMayEndTheSessionAtAnyStep) {
  Lab lab;
  lab.inbox.at_mail = Refusal{Reply(550, "5.7.1", "go away"), true};
  EXPECT_EQ(all_at_once(lab, "HELO x\r\n" + kEnvelope),
            "250 mx.test Hello x [192.0.2.10], pleased to meet you\n550 5.7.1 go away\n");
}

// D6
TEST(Server, WaitsFiveMinutesForACommandThenSaysSo) {
  Lab lab;
  lab.boot_server();
  const Seen seen =
      lab.talk({await("ESMTP\r\n"), pause_for(299s), say("HELO x\r\n"), await("meet you\r\n")});
  EXPECT_TRUE(seen.text.ends_with("421 4.4.2 mx.test Idle for too long, closing connection\r\n"))
      << seen.text;
  EXPECT_EQ(std::chrono::floor<std::chrono::seconds>(seen.at), 599s);
  EXPECT_EQ(lab.inbox.ends, std::vector<std::string>{"timeout"});
}

TEST(Server, ADripOfBytesDoesNotProlongTheWait) {
  Lab lab;
  lab.boot_server();
  Script script{await("ESMTP\r\n")};
  for (int i = 0; i < 5; ++i) {
    script.push_back(say("N"));
    script.push_back(pause_for(60s));
  }
  const Seen seen = lab.talk(script);
  EXPECT_NE(seen.text.find("421 4.4.2"), std::string::npos) << seen.text;
  EXPECT_EQ(std::chrono::floor<std::chrono::seconds>(seen.at), 300s);
  EXPECT_EQ(lab.inbox.ends, std::vector<std::string>{"timeout"});
}

TEST(Server, NoticesWhoLeavesAndKeepsNothingOfAHalfMessage) {
  Lab lab;
  lab.boot_server();
  lab.talk({await("ESMTP\r\n"), say("HELO x\r\n" + kEnvelope + "DATA\r\nhalf\r\n"),
            await("itself\r\n"), hang_up()});
  EXPECT_TRUE(lab.inbox.messages.empty());
  EXPECT_EQ(lab.inbox.resets, 1);
  EXPECT_EQ(lab.inbox.ends, std::vector<std::string>{"disconnect"});
}

TEST(Server, SaysWhatItHeardAndSaidToTheJournal) {
  Lab lab;
  std::vector<std::string> lines;
  lab.simulation.trace().on_event([&](const sim::Event& event) {
    if (event.kind == sim::EventKind::kSent) lines.push_back("S " + event.text);
    if (event.kind == sim::EventKind::kReceived) lines.push_back("C " + event.text);
  });
  all_at_once(lab, "HELO x\r\n" + kEnvelope + "DATA\r\nline\r\n.\r\nQUIT\r\n");
  const std::vector<std::string> expected{"S 220 mx.test ESMTP",
                                          "C HELO x",
                                          "S 250 mx.test Hello x [192.0.2.10], pleased to meet you",
                                          "C MAIL FROM:<a@x.test>",
                                          "S 250 2.0.0 Ok",
                                          "C RCPT TO:<b@y.test>",
                                          "S 250 2.1.5 Destination address valid: Recipient ok",
                                          "C DATA",
                                          "S 354 Enter mail, end with \".\" on a line by itself",
                                          "C [6 bytes of message]",
                                          "C .",
                                          "S 250 2.0.0 cafe0001 Message accepted for delivery",
                                          "C QUIT",
                                          "S 221 2.0.0 Bye"};
  EXPECT_EQ(lines, expected);
}

}  // namespace
}  // namespace mxlab::smtp
