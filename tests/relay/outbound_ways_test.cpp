// The ways that a relay action may choose: hosts that are given, our addresses, senders, TLS; and
// what is promised to the sender on each of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/relay/lab.hpp"

namespace mxlab::relay {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::SizeIs;

const std::string kFrom = "alice@example.net";

/// A relay whose action "out" is this one.
std::string relaying(const std::string& options, const std::string& before = "") {
  return before + "listen on egress\nlisten on socket\naction \"out\" relay " + options +
         "\nmatch from any for any action \"out\"\n";
}

/// A letter over SMTP with what stands behind the addresses.
void letter(RelayLab& lab, const std::string& mail, const std::string& rcpt) {
  EXPECT_EQ(lab.talk({"EHLO stranger", "MAIL FROM:" + mail, "RCPT TO:" + rcpt, "DATA", "Subject: x",
                      "", "hello", ".", "QUIT"},
                     {"220", "250", "250", "250", "354", "250", "221"}),
            "");
}

TEST(Ways, GivenHostsStandInForEachOther) {
  RelayLab lab(relaying("host { \"smtp://one.example\", \"smtp://two.example\" }"));
  Peer& one = lab.add_peer("one.example", 21);
  Peer& two = lab.add_peer("two.example", 22);
  lab.simulation.kill(*one.host);
  lab.boot_relay();
  for (int i = 0; i < 5; ++i) {
    lab.submit(kFrom, {"bob@somewhere.test"});
    lab.run_until(lab.now() + 30);
  }
  EXPECT_EQ(two.mails(), 5u) << "whichever of them came first by chance";
  EXPECT_EQ(lab.counter("scheduler.delivery.tempfail"), 0);
}

TEST(Ways, GivenHostsShareTheLoadInAnOrderOfChance) {
  RelayLab lab(relaying("host { \"smtp://one.example\", \"smtp://two.example\" }"));
  Peer& one = lab.add_peer("one.example", 21);
  Peer& two = lab.add_peer("two.example", 22);
  lab.boot_relay();
  for (int i = 0; i < 20; ++i) {
    lab.submit(kFrom, {"bob@somewhere.test"});
    lab.run_until(lab.now() + 30);
  }
  EXPECT_EQ(one.mails() + two.mails(), 20u);
  EXPECT_GE(one.mails(), 3u);
  EXPECT_GE(two.mails(), 3u);
}

TEST(Ways, MailForAllDomainsGoesToAGivenHostOverOneSession) {
  RelayLab lab(relaying("host \"smtp://192.0.2.21\""));
  Peer& one = lab.add_peer("one.example", 21);
  lab.boot_relay();
  lab.submit(kFrom, {"bob@somewhere.test"});
  lab.run_until(3);
  lab.submit(kFrom, {"bob@elsewhere.test", "carol@third.test"});
  lab.run_until(6);
  EXPECT_EQ(one.mails(), 3u);
  EXPECT_EQ(lab.count_logs("mta connecting"), 1u);
}

TEST(Ways, ATableOfDomainsSaysWhereEachGoes) {
  RelayLab lab(relaying("domain <routes>",
                        "table routes { \"one.test\" = \"smtp://one.example\", "
                        "\"two.test\" = \"smtp://two.example\" }\n"));
  Peer& one = lab.add_peer("one.example", 21);
  Peer& two = lab.add_peer("two.example", 22);
  lab.boot_relay();
  lab.submit(kFrom, {"bob@one.test", "bob@TWO.test", "bob@three.test"});
  lab.run_until(5);
  EXPECT_EQ(one.mails(), 1u);
  EXPECT_EQ(two.mails(), 1u);
  ASSERT_THAT(lab.rows(), SizeIs(1));
  EXPECT_THAT(lab.rows()[0].error, HasSubstr("No relay host for three.test in table <routes>"));
}

TEST(Ways, AnotherSenderIsShownButNeverInPlaceOfTheNullSender) {
  RelayLab lab(relaying("host \"smtp://one.example\" mail-from \"robot@example.org\""));
  Peer& one = lab.add_peer("one.example", 21);
  lab.boot_relay();
  lab.submit(kFrom, {"bob@somewhere.test"});
  letter(lab, "<>", "<bob@somewhere.test>");
  lab.run_until(5);
  ASSERT_EQ(one.mails(), 2u);
  EXPECT_EQ(one.mailboxes.all()[0].sender, "robot@example.org");
  EXPECT_EQ(one.mailboxes.all()[1].sender, "");
}

TEST(Ways, SaysTheHeloThatTheActionWants) {
  RelayLab lab(relaying("host \"smtp://one.example\" helo \"named.example\""));
  Peer& one = lab.add_peer("one.example", 21);
  lab.boot_relay();
  lab.submit(kFrom, {"bob@somewhere.test"});
  lab.run_until(5);
  ASSERT_EQ(one.mails(), 1u);
  EXPECT_THAT(one.mailboxes.all()[0].text, HasSubstr("from named.example"));
}

TEST(Ways, ComesFromTheAddressThatTheActionNames) {
  RelayLab lab(relaying("host \"smtp://one.example\" src 192.0.2.31"));
  Peer& one = lab.add_peer("one.example", 21);
  lab.boot_relay();
  lab.submit(kFrom, {"bob@somewhere.test"});
  lab.run_until(5);
  EXPECT_EQ(one.mails(), 1u);
  EXPECT_EQ(lab.count_logs("source=\"192.0.2.31\""), 1u);
}

TEST(Ways, APeerThatMustHaveTlsGetsNothingInTheClear) {
  RelayLab lab(relaying("host \"smtp+tls://one.example\""));
  Peer& one = lab.add_peer("one.example", 21);  // offers no STARTTLS
  lab.boot_relay();
  lab.submit(kFrom, {"bob@somewhere.test"});
  lab.run_until(30);
  EXPECT_EQ(one.mails(), 0u);
  ASSERT_THAT(lab.rows(), SizeIs(1));
  EXPECT_THAT(lab.rows()[0].error, HasSubstr("TLS required but not offered by remote host"));
}

TEST(Ways, ACertificateOfAnotherNameIsRefusedWhereNamesAreVerified) {
  for (const bool right : {true, false}) {
    RelayLab lab(relaying("host \"smtp+tls://one.example\" ca trusted",
                          "ca trusted cert \"/etc/ssl/trusted.pem\"\n"));
    Peer& one = lab.add_peer("one.example", 21);
    const auto certificate = sim::make_certificate(right ? "one.example" : "two.example");
    one.inbox.certificate = certificate;
    lab.simulation.kill(*one.host);
    lab.boot(one);
    lab.machine->disk().install("/etc/ssl/trusted.pem", certificate.chain);
    lab.boot_relay();
    EXPECT_EQ(lab.fault, "");
    lab.submit(kFrom, {"bob@somewhere.test"});
    lab.run_until(30);
    EXPECT_EQ(one.mails(), right ? 1u : 0u);
    if (!right) EXPECT_THAT(lab.rows().at(0).error, HasSubstr("hostname mismatch"));
  }
}

TEST(Ways, ACaFileThatIsNotThereStopsTheStart) {
  RelayLab lab(relaying("host \"smtp+tls://one.example\" ca trusted",
                        "ca trusted cert \"/etc/ssl/trusted.pem\"\n"));
  lab.boot_relay();
  EXPECT_THAT(lab.fault, HasSubstr("ca trusted: cannot read /etc/ssl/trusted.pem"));
}

// D29, D32
TEST(Ways, AHostWithoutIpv6LosesNoTimeOverThoseThatHaveIt) {
  RelayLab lab;
  Peer& one = lab.add_peer("one.example", 21);
  lab.zones.add("example.org", "MX 10 one.example");
  lab.zones.add("one.example", "AAAA 2001:db8::21");
  lab.boot_relay();
  lab.submit(kFrom, {"bob@example.org"});
  lab.run_until(lab.now() + 1);
  EXPECT_EQ(one.mails(), 1u) << "no two seconds for an address that nobody here can reach";
  EXPECT_EQ(lab.count_logs("Disabling route"), 0u);
}

// D43
TEST(Ways, SuccessIsReportedAsRelayedWhenTheNextHopCannotReportIt) {
  for (const bool dsn : {true, false}) {
    RelayLab lab;
    Peer& peer = lab.add_peer("mail.example.org", 20);
    Peer& home = lab.add_peer("mail.example.net", 21);
    peer.inbox.dsn = dsn;
    lab.simulation.kill(*peer.host);
    lab.boot(peer);
    lab.zones.add("example.org", "MX 10 mail.example.org");
    lab.zones.add("example.net", "MX 10 mail.example.net");
    lab.boot_relay();
    letter(lab, "<alice@example.net> RET=HDRS ENVID=AB+2B1",
           "<bob@example.org> NOTIFY=SUCCESS ORCPT=rfc822;Bob@example.org");
    lab.run_until(10);
    EXPECT_EQ(peer.mails(), 1u);
    ASSERT_EQ(home.mails(), dsn ? 0u : 1u);
    if (dsn) continue;
    const auto& report = home.mailboxes.all()[0];
    EXPECT_EQ(report.sender, "") << "D22";
    for (const char* line :
         {"Subject: Delivery status notification: relayed", "Action: relayed",
          "Original-Envelope-Id: AB+1", "Original-Recipient: rfc822; Bob@example.org",
          "Final-Recipient: rfc822; bob@example.org", "Status: 2.0.0", "Subject: x"})
      EXPECT_THAT(report.text, HasSubstr(line));
    EXPECT_THAT(report.text, testing::Not(HasSubstr("hello"))) << "D46: RET=HDRS";
  }
}

const std::string kJose = "<jos\xc3\xa9@example.org>";

// D47
TEST(Ways, MailThatNeedsUtf8PassesAnOldHostAndFindsANewOne) {
  RelayLab lab;
  Peer& old = lab.add_peer("old.example.org", 21);
  Peer& young = lab.add_peer("young.example.org", 22);
  old.inbox.utf8 = false;
  lab.simulation.kill(*old.host);
  lab.boot(old);
  lab.zones.add("example.org", "MX 10 old.example.org");
  lab.zones.add("example.org", "MX 20 young.example.org");
  lab.boot_relay();
  letter(lab, "<alice@example.net> SMTPUTF8", kJose);
  lab.run_until(10);
  EXPECT_EQ(old.mails(), 0u);
  EXPECT_EQ(young.mails(), 1u);
  EXPECT_EQ(lab.count_logs("Disabling route"), 0u) << "the old host is well";
}

// D47
TEST(Ways, MailThatNeedsUtf8ComesBackWhereNobodyOffersIt) {
  RelayLab lab;
  Peer& old = lab.add_peer("old.example.org", 21);
  Peer& home = lab.add_peer("mail.example.net", 23);
  old.inbox.utf8 = false;
  lab.simulation.kill(*old.host);
  lab.boot(old);
  lab.zones.add("example.org", "MX 10 old.example.org");
  lab.zones.add("example.net", "MX 10 mail.example.net");
  lab.boot_relay();
  letter(lab, "<alice@example.net> SMTPUTF8", kJose);
  lab.run_until(10);
  EXPECT_EQ(old.mails(), 0u);
  ASSERT_EQ(home.mails(), 1u);
  EXPECT_THAT(home.mailboxes.all()[0].text, HasSubstr("Status: 5.6.7"));
  EXPECT_THAT(home.mailboxes.all()[0].text,
              HasSubstr("Final-Recipient: utf-8; jos\\x{E9}@example.org"));
}

// D47
TEST(Ways, MailThatSaysUtf8AndNeedsItNotGoesToAnOldHostToo) {
  RelayLab lab;
  Peer& old = lab.add_peer("old.example.org", 21);
  old.inbox.utf8 = false;
  lab.simulation.kill(*old.host);
  lab.boot(old);
  lab.zones.add("example.org", "MX 10 old.example.org");
  lab.boot_relay();
  letter(lab, "<alice@example.net> SMTPUTF8", "<bob@example.org>");
  lab.run_until(5);
  EXPECT_EQ(old.mails(), 1u);
}

}  // namespace
}  // namespace mxlab::relay
