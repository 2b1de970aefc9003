// What EHLO offers, and what the parameters of MAIL and RCPT do in a session.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/smtp/raw_client.hpp"

namespace mxlab::smtp {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

const std::string kMail = "MAIL FROM:<a@x.test>";
const std::string kOk = "250 2.0.0 Ok";
const std::string kRcptOk = "250 2.1.5 Destination address valid: Recipient ok";

std::string unsupported(const std::string& keyword) {
  return "555 5.5.4 Unsupported parameter: " + keyword;
}

struct Session : Lab {
  Session() { boot_server(); }
};

/// The keywords of EHLO's reply.
std::string offers(Lab& lab) {
  lab.boot_server();
  const Seen seen = lab.talk({await("ESMTP\r\n"), say("EHLO x\r\n"), await("250 HELP\r\n")});
  std::string keywords;
  for (std::size_t at = seen.text.find("\r\n250-8BIT"); at != std::string::npos;
       at = seen.text.find("\r\n250", at + 1)) {
    const std::size_t begin = at + 6;
    keywords += seen.text.substr(begin, seen.text.find('\r', begin) - begin) + " ";
  }
  return keywords;
}

TEST(Extensions, AreOfferedWhereTheyAreSpoken) {
  {
    Lab all;
    EXPECT_EQ(offers(all),
              "8BITMIME ENHANCEDSTATUSCODES PIPELINING SIZE 36700160 DSN SMTPUTF8 CHUNKING HELP ");
  }
  Lab none;
  none.server_options.dsn = none.server_options.utf8 = none.server_options.chunking = false;
  EXPECT_EQ(offers(none), "8BITMIME ENHANCEDSTATUSCODES PIPELINING SIZE 36700160 HELP ");
}

// D41: good parameters change no answer, and reach whoever keeps them
TEST(Extensions, NotificationParametersArePassedOnAsTheyAre) {
  Session lab;
  EXPECT_THAT(replies_to(lab, {kMail + " RET=hdrs ENVID=QQ+2B1",
                               "RCPT TO:<b@y.test> NOTIFY=SUCCESS,delay ORCPT=rfc822;B+2Bc@y.test",
                               "RCPT TO:<c@y.test>"}),
              ElementsAre(kOk, kRcptOk, kRcptOk));
  EXPECT_EQ(lab.inbox.transaction.ret, "hdrs");
  EXPECT_EQ(lab.inbox.transaction.envid, "QQ+2B1");
  ASSERT_EQ(lab.inbox.recipients.size(), 2u);
  EXPECT_EQ(lab.inbox.recipients[0].notify, "SUCCESS,delay");
  EXPECT_EQ(lab.inbox.recipients[0].orcpt, "rfc822;B+2Bc@y.test");
  EXPECT_EQ(lab.inbox.recipients[1].notify, "") << "nothing of one recipient sticks to the next";
}

// D41
TEST(Extensions, WrongNotificationParametersRefuseOnlyTheirCommand) {
  Session lab;
  EXPECT_THAT(replies_to(lab, {kMail + " RET=SOME", kMail, "RCPT TO:<b@y.test> NOTIFY=NEVER,DELAY",
                               "RCPT TO:<b@y.test> NOTIFY=NEVER"}),
              ElementsAre("501 5.5.4 Invalid command arguments: RET", kOk,
                          "501 5.5.4 Invalid command arguments: NOTIFY", kRcptOk));
}

TEST(Extensions, WhatIsNotOfferedIsNotUnderstood) {
  Lab lab;
  lab.server_options.dsn = lab.server_options.utf8 = lab.server_options.chunking = false;
  lab.boot_server();
  EXPECT_THAT(replies_to(lab, {kMail + " RET=FULL", kMail + " ENVID=x", kMail + " SMTPUTF8",
                               kMail + " AUTH=<>", kMail, "RCPT TO:<b@y.test> NOTIFY=NEVER",
                               "RCPT TO:<b@y.test> ORCPT=rfc822;b@y.test", "RCPT TO:<b@y.test>",
                               "BDAT 1 LAST\r\nx"}),
              ElementsAre(unsupported("RET"), unsupported("ENVID"), unsupported("SMTPUTF8"),
                          unsupported("AUTH"), kOk, unsupported("NOTIFY"), unsupported("ORCPT"),
                          kRcptOk, "502 5.5.1 Invalid command: Command not supported"));
}

TEST(Extensions, NeedEhlo) {
  Session lab;
  EXPECT_THAT(replies_to(lab, {"HELO x", kMail + " RET=FULL", kMail + " SMTPUTF8", kMail}),
              ElementsAre(StartsWith("250 "), unsupported("RET"), unsupported("SMTPUTF8"), kOk));
}

// D47
TEST(Extensions, AnAddressBeyondAsciiNeedsSmtpUtf8) {
  const std::string refused =
      "553 5.6.7 Address is not ASCII, which needs SMTPUTF8 and clean UTF-8";
  Session lab;
  EXPECT_THAT(
      replies_to(
          lab, {"MAIL FROM:<j\xc3\xb6@x.test>", kMail, "RCPT TO:<\xe7\x94\xa8\xe6\x88\xb7@y.test>",
                "RCPT TO:<b@y.test> ORCPT=utf-8;\xc3\xb6@y.test", "RSET",
                "MAIL FROM:<j\xc3\xb6@x.test> SMTPUTF8",
                "RCPT TO:<\xe7\x94\xa8\xe6\x88\xb7@y.test>", "RCPT TO:<b@\xff.test>"}),
      ElementsAre(refused, kOk, refused, refused, "250 2.0.0 Reset state", kOk, kRcptOk, refused));
  EXPECT_TRUE(lab.inbox.transaction.utf8);
  EXPECT_EQ(lab.inbox.recipients.at(0).address, "\xe7\x94\xa8\xe6\x88\xb7@y.test");
}

// D47: and HELO stays ASCII
TEST(Extensions, AHelloBeyondAsciiIsRefused) {
  Session lab;
  EXPECT_THAT(replies_to(lab, {"EHLO m\xc3\xbcller.test"}),
              ElementsAre("501 5.5.4 Invalid command arguments: Invalid domain name"));
}

// D13
TEST(Extensions, EhloForgetsTheTransactionAndItsParameters) {
  Session lab;
  EXPECT_THAT(replies_to(lab, {kMail + " SMTPUTF8 RET=FULL", "RCPT TO:<b@y.test>", "EHLO x",
                               "RCPT TO:<b@y.test>", kMail, "RCPT TO:<\xc3\xb6@y.test>"}),
              ElementsAre(kOk, kRcptOk, StartsWith("250 "),
                          "503 5.5.1 Invalid command: Command not allowed at this point.", kOk,
                          StartsWith("553 5.6.7")));
  EXPECT_EQ(lab.inbox.transaction.ret, "");
}

TEST(Extensions, BinaryMailIsNotOffered) {
  Session lab;
  EXPECT_THAT(replies_to(lab, {kMail + " BODY=BINARYMIME"}),
              ElementsAre(unsupported("BODY=BINARYMIME, 8BITMIME is offered")));
}

}  // namespace
}  // namespace mxlab::smtp
