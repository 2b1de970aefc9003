// How mail comes in, how the relay starts, and what it says when it cannot.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/relay/lab.hpp"

namespace mxlab::relay {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

const std::string kLocal =
    "listen on egress\nlisten on socket\n"
    "smtp max-message-size 1M\n"
    "table aliases file:/etc/mail/aliases\n"
    "action \"local\" mbox alias <aliases>\n"
    "match from any for local action \"local\"\n";

struct LocalHost : RelayLab {
  LocalHost() : RelayLab(kLocal) {
    machine->disk().install("/etc/mail/aliases", "postmaster: root\nroot: alice\n");
    machine->disk().install("/etc/passwd", "alice:x:1000:1000::/h/alice:/bin/sh\n");
    boot_relay();
  }
  std::string mbox() {
    auto& disk = machine->disk();
    return disk.exists("/var/mail/alice") ? disk.read_file("/var/mail/alice") : "";
  }
};

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(Submission, LocalMailReachesTheMailboxThroughAliases) {
  LocalHost lab;
  EXPECT_THAT(lab.submit("bob@example.net", {"postmaster@mx2.example.org"}),
              HasSubstr("Message accepted for delivery"));
  lab.run_until(5);
  EXPECT_THAT(lab.mbox(), HasSubstr("Delivered-To: postmaster@mx2.example.org\n"));
  EXPECT_THAT(lab.mbox(), HasSubstr("\n\nA letter.\n"));
  EXPECT_EQ(lab.counter("scheduler.envelope"), 0);
  EXPECT_EQ(lab.counter("smtp.session"), 0);
}

TEST(Submission, IsAcceptedWholeOrNotAtAll) {
  LocalHost lab;
  EXPECT_EQ(lab.submit("bob@example.net", {"alice@localhost", "nobody@localhost"}),
            "550 5.1.1 Invalid recipient: <nobody@localhost>");
  EXPECT_THAT(lab.submit("bob@example.net", {}), StartsWith("554 5.5.1"));
  lab.run_until(5);
  EXPECT_THAT(lab.mbox(), IsEmpty());
}

TEST(Submission, ObeysTheSizeLimitAndTakesWhatIsJustBelowIt) {
  LocalHost lab;
  const std::string line = std::string(62, 'x') + "\r\n";
  std::string body = "Subject: big\r\n\r\n";
  while (body.size() + line.size() <= 1024 * 1024) body += line;
  EXPECT_THAT(lab.submit("bob@example.net", {"alice@localhost"}, body + line + line),
              StartsWith("552 5.3.4"));
  EXPECT_THAT(lab.submit("bob@example.net", {"alice@localhost"}, body), StartsWith("250"));
  lab.run_until(5);
  EXPECT_EQ(occurrences(lab.mbox(), "xxx\n"), (body.size() - 16) / line.size())
      << "every chunk in its place";
}

TEST(Incoming, WhoIsNamedTwiceGetsItOnce) {
  LocalHost lab;
  EXPECT_EQ(lab.talk({"EHLO stranger", "MAIL FROM:<bob@example.net>", "RCPT TO:<alice@localhost>",
                      "RCPT TO:<alice@localhost>", "DATA", "Subject: x", "", "hello", ".", "QUIT"},
                     {"220", "250", "250", "250", "250", "354", "250", "221"}),
            "");
  lab.run_until(lab.now() + 5);
  EXPECT_EQ(occurrences(lab.mbox(), "hello\n"), 1u);
}

// D2
TEST(Incoming, PostmasterWithoutADomainIsOurs) {
  LocalHost lab;
  EXPECT_EQ(lab.talk({"EHLO stranger", "MAIL FROM:<>", "RCPT TO:<Postmaster>", "QUIT"},
                     {"220", "250", "250", "250", "221"}),
            "");
}

TEST(Incoming, EachSessionThatBeginsIsCountedToItsEnd) {
  RelayLab lab(
      "filter named phase connect match !rdns disconnect \"550 no name\"\n"
      "listen on egress filter named\naction \"out\" relay\n"
      "match from any for any action \"out\"\n");
  lab.boot_relay();
  lab.lies.set("*", "PTR", fakedns::parse_lie("silence"));
  EXPECT_EQ(lab.talk({}, {"silence"}, 2s), "") << "the peer leaves before it has seen a banner";
  lab.run_until(60);
  EXPECT_EQ(lab.relay->counters().digest().connects, 1);
  EXPECT_EQ(lab.relay->counters().digest().disconnects, 1);
  EXPECT_EQ(lab.counter("smtp.session"), 0);
  EXPECT_EQ(lab.counter("smtp.session.inet4"), 1) << "this one only grows";
}

TEST(Incoming, AReverseNameThatIsSlowKeepsNobodyWaitingWhoDoesNotNeedIt) {
  LocalHost lab;
  lab.lies.set("*", "PTR", fakedns::parse_lie("silence"));
  EXPECT_EQ(lab.talk({"EHLO stranger", "MAIL FROM:<>", "RCPT TO:<alice@localhost>", "QUIT"},
                     {"220", "250", "250", "250", "221"}, 1s),
            "")
      << "neither the banner nor a command waits for a silent name server";
  EXPECT_EQ(lab.talk({"EHLO stranger", "MAIL FROM:<>", "RCPT TO:<alice@localhost>", "DATA",
                      "Subject: x", "", "hello", ".", "QUIT"},
                     {"220", "250", "250", "250", "354", "250", "221"}, 6s),
            "")
      << "the Received header waits for it, but not for long";
  lab.run_until(lab.now() + 30);
  EXPECT_THAT(lab.mbox(), HasSubstr("Received: from stranger (<unknown> [192.0.2.99])"));
  EXPECT_EQ(lab.count_logs("smtp connected address=192.0.2.99 host=<unknown>"), 2u);
}

TEST(Incoming, MoreSessionsThanThereAreWaitInTheBacklog) {
  RelayLab lab;
  lab.options.max_sessions = 1;
  lab.boot_relay();
  EXPECT_EQ(lab.talk({"EHLO stranger", "QUIT"}, {"220", "250", "221"}), "");
  EXPECT_EQ(lab.talk({"EHLO stranger", "QUIT"}, {"220", "250", "221"}), "");
  EXPECT_EQ(lab.relay->counters().digest().connects, 2);
}

std::string fault_of(const std::string& config, std::map<std::string, std::string> files = {}) {
  RelayLab lab(config);
  for (const auto& [path, text] : files) lab.machine->disk().install(path, text);
  lab.boot_relay();
  EXPECT_FALSE(lab.relay->started());
  return lab.fault;
}

TEST(Start, SaysWhichCertificateIsMissing) {
  const std::string config =
      "pki site cert \"/etc/ssl/mx.crt\"\npki site key \"/etc/ssl/mx.key\"\n"
      "listen on egress tls pki site\naction \"out\" relay\nmatch from any for any action "
      "\"out\"\n";
  EXPECT_THAT(fault_of(config), HasSubstr("pki site: cannot read /etc/ssl/mx.crt: "));
  EXPECT_THAT(fault_of(config, {{"/etc/ssl/mx.crt", "x"}}),
              HasSubstr("pki site: cannot read /etc/ssl/mx.key: "));
  EXPECT_THAT(fault_of(config, {{"/etc/ssl/mx.crt", "x"}, {"/etc/ssl/mx.key", "x"}}),
              StartsWith("pki site: certificate"));
}

TEST(Start, SaysWhatToDoAboutAPortThatIsTaken) {
  EXPECT_THAT(fault_of("listen on egress\nlisten on 192.0.2.30\n"
                       "action \"out\" relay\nmatch from any for any action \"out\"\n"),
              testing::AllOf(StartsWith("listen on 192.0.2.30:25: "),
                             HasSubstr("smtpd.conf listens there twice")));
  EXPECT_THAT(fault_of("listen on eth7\naction \"out\" relay\n"
                       "match from any for any action \"out\"\n"),
              "listen on eth7: no such interface or address on this host");
}

TEST(Start, SaysWhichTableCannotBeRead) {
  EXPECT_THAT(fault_of(kLocal),
              testing::AllOf(HasSubstr("smtpd.conf:4:"), HasSubstr("/etc/mail/aliases")));
}

TEST(Start, WarnsOfAnOpenRelay) {
  RelayLab lab;
  lab.boot_relay();
  EXPECT_TRUE(lab.relay->started());
  EXPECT_EQ(lab.count_logs("smtpd.conf:4:1: this rule makes an open relay"), 1u);
}

TEST(Start, FindsTheMailOfItsLastLife) {
  RelayLab lab;
  Peer& peer = lab.add_peer("mail.example.org", 20);
  lab.zones.add("example.org", "MX 10 mail.example.org");
  lab.simulation.kill(*peer.host);
  lab.boot_relay();
  lab.submit("alice@example.net", {"bob@example.org"});
  lab.run_until(5);
  lab.reboot_relay();
  lab.boot(peer);
  lab.run_until(500);
  EXPECT_EQ(peer.mails(), 1u);
  EXPECT_THAT(lab.rows(), SizeIs(0));
}

}  // namespace
}  // namespace mxlab::relay
