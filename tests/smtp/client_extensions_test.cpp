// What the sending side says to servers that offer more than the plain protocol, and what it does
// without those that do not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/smtp/canned_server.hpp"

namespace mxlab::smtp {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

OutgoingMessage message_to(std::vector<OutgoingRecipient> recipients) {
  return {"a@x.test", std::move(recipients), 20, false};
}

OutgoingMessage with_dsn() {
  OutgoingMessage message = message_to({"b@y.test", "c@y.test"});
  message.ret = "hdrs";
  message.envid = "QQ+2B314";
  message.recipients[0].notify = "Success,delay";
  message.recipients[0].orcpt = "rfc822;Bob+40Y.test";
  return message;
}

std::string first_outcome(const Sent& sent) {
  return sent.outcomes.empty() ? "none" : to_string(sent.outcomes.front());
}

// D42
TEST(ClientDsn, GoesOnUnchangedInEveryLetterToAPeerThatOffersIt) {
  Lab lab;
  CannedServer canned;
  canned.offers = {"DSN"};
  boot_canned_server(lab, canned);
  const Sent sent = send_through(lab, with_dsn(), "hi\r\n");
  EXPECT_THAT(canned.heard,
              ElementsAre("EHLO sender.test", "MAIL FROM:<a@x.test> RET=hdrs ENVID=QQ+2B314",
                          "RCPT TO:<b@y.test> NOTIFY=Success,delay ORCPT=rfc822;Bob+40Y.test",
                          "RCPT TO:<c@y.test>", "DATA", "QUIT"));
  ASSERT_EQ(sent.outcomes.size(), 2u);
  EXPECT_TRUE(sent.outcomes[0].dsn_passed);
}

// D43
TEST(ClientDsn, StaysHereWithAPeerThatDoesNotOfferIt) {
  Lab lab;
  CannedServer canned;
  canned.offers = {"SIZE"};
  boot_canned_server(lab, canned);
  const Sent sent = send_through(lab, with_dsn(), "hi\r\n");
  EXPECT_THAT(canned.heard, Contains("MAIL FROM:<a@x.test> SIZE=20"));
  EXPECT_THAT(canned.heard, Contains("RCPT TO:<b@y.test>"));
  ASSERT_EQ(sent.outcomes.size(), 2u);
  EXPECT_FALSE(sent.outcomes[0].dsn_passed) << "so that we report the success ourselves";
}

TEST(ClientDsn, AParameterThatCouldBreakACommandIsNotSent) {
  Lab lab;
  CannedServer canned;
  canned.offers = {"DSN"};
  boot_canned_server(lab, canned);
  OutgoingMessage message = message_to({"b@y.test"});
  message.envid = "a\r\nRCPT TO:<evil@z.test>";
  send_through(lab, std::move(message), "hi\r\n");
  EXPECT_THAT(canned.heard, Contains("MAIL FROM:<a@x.test>"));
  EXPECT_THAT(canned.heard, Not(Contains(HasSubstr("evil"))));
}

// D47
TEST(ClientUtf8, IsSaidWhereItIsOffered) {
  Lab lab;
  CannedServer canned;
  canned.offers = {"SMTPUTF8", "8BITMIME"};
  boot_canned_server(lab, canned);
  OutgoingMessage message = message_to({"jos\xc3\xa9@y.test"});
  message.utf8 = message.body_8bit = true;
  const Sent sent = send_through(lab, std::move(message), "hi\r\n");
  EXPECT_EQ(first_outcome(sent), "delivered 250 ok");
  EXPECT_THAT(canned.heard, Contains("MAIL FROM:<a@x.test> BODY=8BITMIME SMTPUTF8"));
  EXPECT_THAT(canned.heard, Contains("RCPT TO:<jos\xc3\xa9@y.test>"));
}

// D47
TEST(ClientUtf8, AnAddressBeyondAsciiNeverGoesToAnOldPeer) {
  Lab lab;
  CannedServer canned;
  boot_canned_server(lab, canned);
  OutgoingMessage message = message_to({"jos\xc3\xa9@y.test"});
  message.utf8 = true;
  const Sent sent = send_through(lab, std::move(message), "hi\r\n");
  EXPECT_EQ(first_outcome(sent),
            "permanent 553 5.6.7 Address beyond ASCII, and SMTPUTF8 not offered by remote host");
  EXPECT_THAT(canned.heard, ElementsAre("EHLO sender.test", "QUIT"));
}

TEST(ClientUtf8, WhoNeedsItTellsAnOldPeerFromABrokenOne) {
  Lab lab;
  CannedServer canned;
  boot_canned_server(lab, canned);
  lab.client_options.require_utf8 = true;
  const Sent sent = send_through(lab, message_to({"b@y.test"}), "hi\r\n");
  ASSERT_TRUE(sent.not_ready);
  EXPECT_TRUE(sent.not_ready->lacks_utf8);
}

struct TlsLab : Lab {
  TlsLab() {
    canned.tls = TlsContext::server(test_certificate().chain, test_certificate().key);
    canned.offers = {"STARTTLS"};
    ClientTls settings;
    settings.verify = true;
    settings.trusted = test_certificate().chain;
    client_options.tls = TlsContext::client(settings);
    client_options.require_tls = true;
    client_options.peer_name = "mx.test";
  }
  Sent send() {
    boot_canned_server(*this, canned);
    return send_through(*this, message_to({"b@y.test"}), "hi\r\n");
  }
  CannedServer canned;
};

TEST(ClientTls, TrustsACertificateOfTheRightNameAndAuthority) {
  TlsLab lab;
  const Sent sent = lab.send();
  EXPECT_FALSE(sent.not_ready) << sent.not_ready->reason;
  EXPECT_TRUE(sent.secure);
  EXPECT_EQ(first_outcome(sent), "delivered 250 ok");
}

TEST(ClientTls, RefusesTheRightAuthorityUnderAWrongName) {
  TlsLab lab;
  lab.client_options.peer_name = "other.test";
  const Sent sent = lab.send();
  ASSERT_TRUE(sent.not_ready);
  EXPECT_EQ(sent.not_ready->reason, "TLS Error: the certificate of other.test: hostname mismatch");
  EXPECT_THAT(lab.canned.heard, ElementsAre("EHLO sender.test", "STARTTLS"))
      << "nothing was said to the stranger";
}

TEST(ClientTls, RefusesAnUnknownAuthority) {
  TlsLab lab;
  ClientTls settings;
  settings.verify = true;
  lab.client_options.tls = TlsContext::client(settings);
  const Sent sent = lab.send();
  ASSERT_TRUE(sent.not_ready);
  EXPECT_THAT(sent.not_ready->reason, HasSubstr("TLS Error: the certificate of mx.test: self"));
}

TEST(ClientTls, OpportunisticTlsTakesAnybody) {
  TlsLab lab;
  lab.client_options.tls = TlsContext::opportunistic_client();
  lab.client_options.peer_name = "other.test";
  const Sent sent = lab.send();
  EXPECT_FALSE(sent.not_ready);
  EXPECT_TRUE(sent.secure);
}

TEST(ClientTls, SmtpsIsTlsBeforeTheFirstWord) {
  TlsLab lab;
  lab.canned.implicit_tls = lab.client_options.implicit_tls = true;
  const Sent sent = lab.send();
  EXPECT_EQ(first_outcome(sent), "delivered 250 ok");
  EXPECT_TRUE(sent.secure);
  EXPECT_EQ(lab.canned.heard.front(), "EHLO sender.test");
  EXPECT_THAT(lab.canned.heard, Not(Contains("STARTTLS"))) << "TLS in TLS is nobody's wish";
}

TEST(ClientTls, AProtocolThatTheServerDoesNotSpeakIsNoTls) {
  TlsLab lab;
  lab.canned.tls->choose({"", "TLSv1.2"});
  ClientTls settings;
  settings.choices.protocols = "TLSv1.3";
  lab.client_options.tls = TlsContext::client(settings);
  const Sent sent = lab.send();
  ASSERT_TRUE(sent.not_ready);
  EXPECT_THAT(sent.not_ready->reason, HasSubstr("TLS Error: "));
}

TEST(ClientTls, SaysWhichChoiceIsWrong) {
  ClientTls settings;
  settings.choices.protocols = "TLSv1.4";
  EXPECT_THROW(
      {
        try {
          TlsContext::client(settings);
        } catch (const std::system_error& error) {
          EXPECT_THAT(error.what(), HasSubstr("TLS protocol \"TLSv1.4\" is unknown"));
          throw;
        }
      },
      std::system_error);
  settings.choices = {"no such cipher", ""};
  EXPECT_THROW(TlsContext::client(settings), std::system_error);
  settings.choices = {"ECDHE-ECDSA-AES128-GCM-SHA256", "all,!tlsv1.0,!TLSv1.1"};
  EXPECT_NO_THROW(TlsContext::client(settings));
}

TEST(ClientAuth, LogsInWithPlainUnderTls) {
  TlsLab lab;
  lab.canned.offers = {"STARTTLS", "AUTH LOGIN PLAIN"};
  lab.canned.answers["AUTH"] = "235 2.7.0 welcome\r\n";
  lab.client_options.login = Login{"joe", "secret"};
  EXPECT_EQ(first_outcome(lab.send()), "delivered 250 ok");
  EXPECT_THAT(lab.canned.heard, Contains("AUTH PLAIN AGpvZQBzZWNyZXQ=")) << "RFC 4616 2";
}

TEST(ClientAuth, LogsInWithLoginWhereThatIsAllThereIs) {
  TlsLab lab;
  lab.canned.offers = {"STARTTLS", "AUTH=LOGIN"};
  lab.canned.answers["AUTH"] = "334 VXNlcm5hbWU6\r\n";
  lab.canned.answers["SM9L"] = "334 UGFzc3dvcmQ6\r\n";       // "Joe"
  lab.canned.answers["C2VJCMV0"] = "235 2.7.0 welcome\r\n";  // "secret"
  lab.client_options.login = Login{"Joe", "secret"};
  EXPECT_EQ(first_outcome(lab.send()), "delivered 250 ok");
  EXPECT_THAT(lab.canned.heard, Contains("Sm9l"));
  EXPECT_THAT(lab.canned.heard, Contains("c2VjcmV0"));
}

TEST(ClientAuth, APasswordNeverGoesOverAnOpenWire) {
  TlsLab lab;
  lab.canned.offers = {"AUTH PLAIN"};
  lab.client_options.tls = nullptr;
  lab.client_options.require_tls = false;
  lab.client_options.login = Login{"joe", "secret"};
  const Sent open = lab.send();
  ASSERT_TRUE(open.not_ready);
  EXPECT_EQ(open.not_ready->reason, "AUTH needs TLS, which is not in force with remote host");
  EXPECT_THAT(lab.canned.heard, Not(Contains(HasSubstr("AUTH"))));
}

TEST(ClientAuth, APasswordStandsInNoJournal) {
  TlsLab secure;
  secure.canned.offers = {"STARTTLS", "AUTH PLAIN"};
  secure.canned.answers["AUTH"] = "535 5.7.8 no\r\n";
  secure.client_options.login = Login{"joe", "secret"};
  std::vector<std::string> said;
  secure.simulation.trace().on_event([&](const sim::Event& event) {
    if (event.kind == sim::EventKind::kSent) said.push_back(event.text);
  });
  const Sent refused = secure.send();
  ASSERT_TRUE(refused.not_ready);
  EXPECT_EQ(refused.not_ready->reason, "AUTH rejected: 535 5.7.8 no");
  EXPECT_THAT(said, Contains("AUTH PLAIN ********"));
  EXPECT_THAT(said, Not(Contains(HasSubstr("AGpvZ"))));
}

TEST(ClientLmtp, HasOneReplyForEachRecipientThatWasAccepted) {
  Lab lab;
  lab.client_options.protocol = ClientProtocol::kLmtp;
  lab.boot_scripted_server({say("220 lmtp\r\n"), await("LHLO sender.test\r\n"),
                            say("250-lmtp\r\n250 PIPELINING\r\n"), await("DATA\r\n"),
                            say("250 ok\r\n250 ok\r\n550 5.1.1 who\r\n250 ok\r\n354 go\r\n"),
                            await("\r\n.\r\n"), say("250 2.1.5 b has it\r\n"),
                            say("452 4.2.2 d is full\r\n"), await("QUIT\r\n"), say("221 bye\r\n")});
  const Sent sent = send_through(lab, message_to({"b@y.test", "c@y.test", "d@y.test"}), "hi\r\n");
  ASSERT_EQ(sent.outcomes.size(), 3u);
  EXPECT_EQ(to_string(sent.outcomes[0]), "delivered 250 2.1.5 b has it");
  EXPECT_EQ(to_string(sent.outcomes[1]), "permanent 550 5.1.1 who");
  EXPECT_EQ(to_string(sent.outcomes[2]), "temporary 452 4.2.2 d is full");
  EXPECT_TRUE(sent.usable_after);
}

TEST(ClientLmtp, ALostConnectionBetweenTheRepliesLeavesOnlyTheRestInDoubt) {
  Lab lab;
  lab.client_options.protocol = ClientProtocol::kLmtp;
  lab.boot_scripted_server({say("220 lmtp\r\n"), await("LHLO"),
                            say("250-lmtp\r\n250 PIPELINING\r\n"), await("DATA\r\n"),
                            say("250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n"), await("\r\n.\r\n"),
                            say("250 2.1.5 b has it\r\n"), hang_up()});
  const Sent sent = send_through(lab, message_to({"b@y.test", "c@y.test"}), "hi\r\n");
  ASSERT_EQ(sent.outcomes.size(), 2u);
  EXPECT_EQ(to_string(sent.outcomes[0]), "delivered 250 2.1.5 b has it");
  EXPECT_EQ(sent.outcomes[1].kind, OutcomeKind::kIndefinite);
}

TEST(ClientLmtp, IsNeverGreetedWithHelo) {
  Lab lab;
  lab.client_options.protocol = ClientProtocol::kLmtp;
  lab.boot_scripted_server({say("220 smtp\r\n"), await("LHLO"), say("500 what\r\n")});
  const Sent sent = send_through(lab, message_to({"b@y.test"}), "hi\r\n");
  ASSERT_TRUE(sent.not_ready);
  EXPECT_EQ(sent.not_ready->reason, "HELO rejected: 500 what");
}

}  // namespace
}  // namespace mxlab::smtp
