// What a line "listen on …" of smtpd.conf does for the sessions that come by it.
#include <crypt.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/smtp/sasl.hpp"
#include "tests/relay/lab.hpp"
#include "tests/relay/talker.hpp"

namespace mxlab::relay {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string kLocalRule =
    "action \"local\" mbox\nmatch from any for local action \"local\"\n"
    "match from any auth for any action \"local\"\n";

std::string crypt_of(const char* password) { return crypt(password, "$5$salt$"); }

/// mx2.example.org with one user, alice, and a listener of these words.
struct Listening : RelayLab {
  explicit Listening(const std::string& words, const std::string& before = {})
      : RelayLab(before + "pki site cert \"/etc/ssl/mx.crt\"\npki site key \"/etc/ssl/mx.key\"\n" +
                 "listen on egress " + words + "\nlisten on socket\n" + kLocalRule) {
    machine->disk().install("/etc/passwd", "alice:x:1000:1000::/h/alice:/bin/sh\n");
    machine->disk().install("/etc/ssl/mx.crt", talker_certificate().chain);
    machine->disk().install("/etc/ssl/mx.key", talker_certificate().key);
    zones.add("99.2.0.192.in-addr.arpa", "PTR stranger.example.net");
    zones.add("stranger.example.net", "A 192.0.2.99");
    boot_relay();
    EXPECT_EQ(fault, "");
  }
  std::vector<std::string> say(std::vector<std::string> lines, Talk talk = {}) {
    return talk_to(*this, std::move(lines), talk);
  }
  /// One message from this client; the last reply.
  std::string send(const std::string& text, Talk talk = {}) {
    return say({"MAIL FROM:<bob@example.net>", "RCPT TO:<alice@localhost>", "DATA", text + "\r\n."},
               talk)
        .back();
  }
  std::string mbox() {
    run_until(now() + 5);
    auto& disk = machine->disk();
    return disk.exists("/var/mail/alice") ? disk.read_file("/var/mail/alice") : "";
  }
};

const Talk kTls{.tls = true};

// D7
TEST(Listen, ReceivedTellsTheProtocolAndTheClient) {
  Listening lab("tls pki site");
  EXPECT_THAT(lab.send("Subject: x\r\n\r\ntext"), StartsWith("250"));
  EXPECT_THAT(lab.send("Subject: x\r\n\r\ntext", kTls), StartsWith("250"));
  const std::string mail = lab.mbox();
  EXPECT_THAT(mail, HasSubstr("Received: from stranger (stranger.example.net [192.0.2.99])\n"
                              "\tby mx2.example.org (mxrelayd) with ESMTP id "));
  EXPECT_THAT(mail, HasSubstr("with ESMTPS id "));
  EXPECT_THAT(mail, HasSubstr("\tfor <alice@localhost>;"));
}

TEST(Listen, MaskSrcTellsNobodyWhoTheClientIs) {
  Listening lab("mask-src");
  EXPECT_THAT(lab.send("Subject: x\r\n\r\ntext"), StartsWith("250"));
  EXPECT_THAT(lab.mbox(), HasSubstr("Received: by mx2.example.org (mxrelayd) with ESMTP"));
  EXPECT_THAT(lab.mbox(), Not(HasSubstr("192.0.2.99")));
}

TEST(Listen, HostnamesNameUsByTheAddressAtWhichTheClientCame) {
  Listening lab("hostnames <names> hostname other.example.org",
                "table names { \"192.0.2.30\" = \"front.example.org\" }\n");
  EXPECT_THAT(lab.say({"NOOP"}, {.keep_banner = true}).front(),
              StartsWith("220 front.example.org ESMTP"));
  lab.send("Subject: x\r\n\r\ntext");
  EXPECT_THAT(lab.mbox(), HasSubstr("\tby front.example.org (mxrelayd)"));
}

TEST(Listen, NoDsnTakesItBack) {
  Listening lab("no-dsn");
  EXPECT_THAT(lab.say({"MAIL FROM:<bob@example.net> RET=FULL"}), ElementsAre(StartsWith("555 ")));
}

TEST(Listen, TlsRequireAndSmtpsDoAsTheySay) {
  {
    Listening lab("tls-require pki site");
    EXPECT_THAT(lab.say({"MAIL FROM:<bob@example.net>"}), ElementsAre(StartsWith("530 5.7.0 ")));
    EXPECT_THAT(lab.send("text", kTls), StartsWith("250"));
    lab.run_until(lab.now() + 1);
    EXPECT_EQ(lab.counter("smtp.tls"), 0) << "counted to its end";
  }
  Listening lab("smtps pki site port 25");
  EXPECT_THAT(lab.send("text", {.tls = true, .implicit = true}), StartsWith("250"));
  EXPECT_EQ(lab.relay->counters().values().count("smtp.smtps"), 1u);
  lab.run_until(lab.now() + 1);
  EXPECT_EQ(lab.counter("smtp.smtps"), 0);
}

TEST(Listen, ProxyNamesTheClient) {
  Listening lab("proxy-v2");
  const std::string header =
      "\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c\xc6\x33\x64\x07\xc0\x00\x02\x1e\x9c\x40\x00\x19"s;
  EXPECT_THAT(lab.send("Subject: x\r\n\r\ntext", {.opening = header}), StartsWith("250"));
  EXPECT_THAT(lab.mbox(), HasSubstr("[198.51.100.7]"));
  EXPECT_EQ(lab.count_logs("smtp connected address=198.51.100.7 host=<unknown>"), 1u);
}

// --- log-ins -------------------------------------------------------------------------------------

std::string credentials() { return "table users { \"alice\" = \"" + crypt_of("secret") + "\" }\n"; }

std::string plain(const std::string& user, const std::string& password) {
  return "AUTH PLAIN " + smtp::encode_base64("\0"s + user + "\0"s + password);
}

TEST(Listen, WhoLogsInMaySendWhereStrangersMayNot) {
  Listening lab("tls pki site auth-optional <users> received-auth", credentials());
  const std::vector<std::string> mail{"MAIL FROM:<alice@example.net>", "RCPT TO:<alice@far.test>"};
  EXPECT_THAT(lab.say({mail[0], mail[1]}, kTls), ElementsAre("250 2.0.0 Ok", StartsWith("550 ")));
  EXPECT_THAT(lab.say({plain("alice", "wrong"), plain("alice", "secret"), mail[0], mail[1], "DATA",
                       "Subject: x\r\n\r\ntext\r\n."},
                      kTls),
              ElementsAre(StartsWith("535 "), StartsWith("235 "), StartsWith("250 "),
                          StartsWith("250 "), StartsWith("354 "), StartsWith("250 ")));
  EXPECT_THAT(lab.mbox(), HasSubstr(" with ESMTPSA id "));
  EXPECT_THAT(lab.mbox(), HasSubstr(" auth=yes user=alice\n"));
  EXPECT_EQ(lab.count_logs("smtp authentication user=alice result=permfail"), 1u);
  EXPECT_EQ(lab.count_logs("smtp authentication user=alice result=ok"), 1u);
}

TEST(Listen, AuthWithoutATableOffersNothing) {
  Listening lab("tls pki site auth-optional");
  EXPECT_THAT(lab.say({plain("alice", "secret")}, kTls), ElementsAre(StartsWith("502 ")));
}

TEST(Listen, AuthIsDemandedBeforeMail) {
  Listening lab("tls pki site auth <users>", credentials());
  EXPECT_THAT(lab.say({"MAIL FROM:<bob@example.net>", plain("alice", "secret"),
                       "MAIL FROM:<bob@example.net>"},
                      kTls),
              ElementsAre("530 5.7.0 Authentication required", StartsWith("235 "), "250 2.0.0 Ok"));
}

TEST(Listen, GuessingTakesEverLongerAndThenIsOver) {
  Listening lab("tls pki site auth <users>", credentials());
  const double begun = lab.now();
  for (int round = 0; round < 10; ++round)
    lab.say({plain("alice", "a"), plain("nobody", "b")}, kTls);
  EXPECT_GT(lab.now() - begun, 300) << "twenty guesses";
  EXPECT_THAT(lab.say({plain("alice", "secret")}, kTls), ElementsAre(StartsWith("454 4.7.0 ")))
      << "even the right one is not tried now";
  EXPECT_EQ(lab.count_logs("user=alice result=tempfail"), 1u);
  lab.run_until(lab.now() + 16 * 60);
  EXPECT_THAT(lab.say({plain("alice", "secret")}, kTls), ElementsAre(StartsWith("235 ")));
}

TEST(Listen, SendersHoldsAUserToHisOwnNames) {
  Listening lab("tls pki site auth <users> senders <names> masquerade",
                credentials() + "table names { \"alice\" = \"alice@example.net, @own.test\" }\n");
  EXPECT_THAT(
      lab.say({plain("alice", "secret"), "MAIL FROM:<boss@example.net>", "MAIL FROM:<any@own.test>",
               "RCPT TO:<alice@localhost>", "DATA",
               "From: The Boss <boss@bank.test>\r\nSubject: x\r\n\r\ntext\r\n."},
              kTls),
      ElementsAre(StartsWith("235 "), StartsWith("550 5.7.1 Sender rejected"), StartsWith("250 "),
                  StartsWith("250 "), StartsWith("354 "), StartsWith("250 ")));
  EXPECT_THAT(lab.mbox(), HasSubstr("\nFrom: The Boss <any@own.test>\n"));
}

// --- filters -------------------------------------------------------------------------------------

std::string with_filter(const std::string& filter) { return "filter f phase " + filter + "\n"; }

struct Filtered : Listening {
  explicit Filtered(const std::string& filter) : Listening("filter f", with_filter(filter)) {}
};

TEST(Filters, SpeakInTheirPhase) {
  const std::tuple<std::string, std::size_t, std::string> cases[] = {
      {"helo match helo \"stranger\" reject \"550 no helo\"", 0, "HELO stranger"},
      {"ehlo match helo \"stranger\" reject \"550 no ehlo\"", 0, "EHLO stranger"},
      {"mail-from match mail-from \"@example.net\" reject \"550 no mail\"", 1, ""},
      {"rcpt-to match rcpt-to \"alice@localhost\" reject \"451 no rcpt\"", 2, ""},
      {"data match src \"192.0.2.99\" reject \"550 no data\"", 3, ""},
      {"commit match src \"192.0.2.99\" reject \"550 no commit\"", 4, ""},
  };
  for (const auto& [filter, step, hello] : cases) {
    Filtered lab(filter);
    const auto heard = lab.say({hello.empty() ? "EHLO x" : hello, "MAIL FROM:<bob@example.net>",
                                "RCPT TO:<alice@localhost>", "DATA", "text\r\n."});
    ASSERT_GT(heard.size(), step) << filter;
    EXPECT_THAT(heard[step], HasSubstr(" no ")) << filter;
    for (std::size_t i = 0; i < step; ++i) EXPECT_THAT(heard[i], Not(StartsWith("5"))) << filter;
    EXPECT_EQ(lab.mbox(), "") << filter;
  }
}

TEST(Filters, AHeloFilterIsNotAskedAboutEhlo) {
  Filtered lab("helo match helo \"stranger\" reject \"550 no helo\"");
  EXPECT_THAT(lab.say({"EHLO stranger", "HELO stranger"}),
              ElementsAre(StartsWith("250 "), "550 no helo"));
}

TEST(Filters, DisconnectAndA421EndTheSession) {
  for (const char* words : {"disconnect \"550 go\"", "reject \"421 go\""}) {
    Filtered lab("mail-from match src \"192.0.2.99\" "s + words);
    EXPECT_THAT(lab.say({"MAIL FROM:<bob@example.net>", "NOOP"}),
                ElementsAre(HasSubstr(" go"), "closed"))
        << words;
  }
}

TEST(Filters, JunkMarksTheMessageOrTheWholeSession) {
  {
    Filtered lab("mail-from match mail-from \"bob@example.net\" junk");
    lab.say({"MAIL FROM:<bob@example.net>", "RCPT TO:<alice@localhost>", "DATA",
             "Subject: one\r\n\r\nx\r\n.", "MAIL FROM:<carol@example.net>",
             "RCPT TO:<alice@localhost>", "DATA", "Subject: two\r\n\r\nx\r\n."});
    const std::string mail = lab.mbox();
    EXPECT_THAT(mail, HasSubstr("X-Spam: Yes\nSubject: one\n"));
    EXPECT_THAT(mail, Not(HasSubstr("X-Spam: Yes\nSubject: two\n")));
    EXPECT_LT(mail.find("Received: "), mail.find("X-Spam: ")) << "the trace comes first";
  }
  Filtered lab("connect match src \"192.0.2.99\" junk");
  lab.send("Subject: one\r\n\r\nx");
  EXPECT_THAT(lab.mbox(), HasSubstr("X-Spam: Yes\nSubject: one\n"));
}

TEST(Filters, RewriteChangesWhatFollows) {
  Filtered lab("rcpt-to match rcpt-to \"info@localhost\" rewrite \"alice@localhost\"");
  EXPECT_THAT(lab.say({"MAIL FROM:<bob@example.net>", "RCPT TO:<info@localhost>", "DATA",
                       "Subject: x\r\n\r\nx\r\n."})
                  .back(),
              StartsWith("250 "));
  EXPECT_THAT(lab.mbox(), HasSubstr("Delivered-To: alice@localhost\n"));
}

TEST(Filters, RewriteOfTheSenderIsSeenByRules) {
  Filtered lab("mail-from match mail-from \"bob@example.net\" rewrite \"carol@example.net\"");
  lab.send("Subject: x\r\n\r\nx");
  EXPECT_EQ(lab.count_logs("from=<carol@example.net> to=<alice@localhost>"), 1u);
}

TEST(Filters, BypassSparesTheRestOfTheChainAndReportOnlyTells) {
  Listening lab("filter all",
                "filter told phase mail-from match src \"192.0.2.99\" report \"seen\"\n"
                "filter friend phase mail-from match mail-from \"bob@example.net\" bypass\n"
                "filter none phase mail-from match src \"192.0.2.99\" reject \"550 no\"\n"
                "filter all chain { told, friend, none }\n");
  EXPECT_THAT(lab.say({"MAIL FROM:<bob@example.net>", "RSET", "MAIL FROM:<carol@example.net>"}),
              ElementsAre("250 2.0.0 Ok", StartsWith("250"), "550 no"));
  EXPECT_EQ(lab.count_logs("smtp filter name=told report=\"seen\""), 2u);
}

// D2
TEST(Filters, NeverRefusePostmaster) {
  Filtered lab("rcpt-to match src \"192.0.2.99\" reject \"550 nobody\"");
  lab.machine->disk().install("/etc/passwd", "x");
  EXPECT_THAT(
      lab.say({"MAIL FROM:<>", "RCPT TO:<alice@localhost>", "RCPT TO:<postmaster@localhost>"}),
      ElementsAre("250 2.0.0 Ok", "550 nobody", Not(HasSubstr("nobody"))));
}

TEST(Filters, ANameThatCannotBeFoundOutRefusesNobodyForGood) {
  Filtered lab("mail-from match !rdns reject \"550 no name\"");
  lab.lies.set("*", "PTR", fakedns::parse_lie("servfail"));
  EXPECT_THAT(lab.say({"MAIL FROM:<bob@example.net>"}),
              ElementsAre(StartsWith("451 4.4.3 Temporary failure in reverse name lookup")));
}

}  // namespace
}  // namespace mxlab::relay
