// Never an open relay: every way that is known to write somebody else's address so that a relay
// takes it for one of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/smtp/ascii.hpp"
#include "tests/relay/talker.hpp"

namespace mxlab::relay {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

/// A backup MX for example.org, as the tutorial writes it.
const std::string kBackup =
    "listen on egress\nlisten on socket\n"
    "action \"to_primary\" relay backup mx \"mx2.example.org\"\naction \"out\" relay\n"
    "match from any for domain \"example.org\" action \"to_primary\"\n"
    "match from local for any action \"out\"\n";

struct Backup : RelayLab {
  Backup() : RelayLab(kBackup) { boot_relay(); }
  std::string rcpt(const std::string& argument, const std::string& sender = "<spam@evil.test>") {
    return talk_to(*this, {"MAIL FROM:" + sender, "RCPT TO:" + argument}).back();
  }
};

TEST(OpenRelay, NoTrickMakesUsRelay) {
  const std::string tricks[] = {
      "<user@evil.test>",
      "<user%evil.test@example.org>",
      "<evil.test!user@example.org>",
      "<\"user@evil.test\"@example.org>",
      "<\"user%evil.test\"@example.org>",
      "<@example.org:user@evil.test>",
      "<@mx2.example.org,@example.org:user@evil.test>",
      "<@[192.0.2.30]:user@evil.test>",
      "<user@evil.test@example.org>",
      "<user@example.org@evil.test>",
      "<user@localhost@evil.test>",
      "<user%evil.test>",
      "<evil.test!user>",
      "<\"user@evil.test\">",
      "<user%evil.test@[192.0.2.30]>",
      "<user%evil.test@localhost>",
      "<user%evil.test@mx2.example.org>",
      "<evil.test!user@[192.0.2.30]>",
      "<\"user@evil.test\"@[192.0.2.30]>",
      "<user@[192.0.2.20]>",
      "<user@[IPv6:2001:db8::1]>",
      "<user@[example.org]>",
      "<user@[]>",
      "<user@192.0.2.20>",
      "<user@0xc0000214>",
      "<user@evil.test.>",
      "<user@example.org.>",
      "<user@.example.org>",
      "<user@example.org.evil.test>",
      "<user@evil.testexample.org>",
      "<user@sub.example.org>",
      "<user@example.org%evil.test>",
      "<user@example.org!evil.test>",
      "<user@example.org\0.evil.test>"s,
      "<user@evil.test\0@example.org>"s,
      "<user@example.org%00evil.test>",
      "<user@example.org%0d%0aRCPT TO:<user@evil.test>",
      "<user@evil.test\rexample.org>",
      "<user@evil.test\nexample.org>",
      "<user@evil.test\texample.org>",
      "<user@example.org evil.test>",
      "<user@evil.test,user@example.org>",
      "<user@example.org>,<user@evil.test>",
      "<user@example.org><user@evil.test>",
      "<user@example.org> <user@evil.test>",
      "<<user@evil.test>>",
      "<user@evil.test>@example.org",
      "user@evil.test",
      "<user(x)@evil.test>",
      "<user@(evil.test)example.org>",
      "<user@example.org(evil.test)>",
      "<user@ex\xc3\xa4mple.org>",
      "<us\xe9r@example.org>",
      "<user@example\xe3\x80\x82org>",
      "<@>",
      "<@example.org>",
      "<user@>",
      "<postmaster@evil.test>",
      "<user@evil.test> ORCPT=rfc822;user@example.org",
      "<SRS0=abcd=AB=evil.test=user@evil.test>",
  };
  Backup lab;
  for (const std::string& trick : tricks)
    EXPECT_THAT(lab.rcpt(trick), StartsWith("5")) << smtp::printable(trick);
  EXPECT_THAT(lab.rows(), SizeIs(0));
}

TEST(OpenRelay, NoSenderMakesUsRelay) {
  Backup lab;
  for (const char* sender :
       {"<>", "<user@example.org>", "<user@mx2.example.org>", "<user@localhost>",
        "<user@[192.0.2.30]>", "<user@[127.0.0.1]>", "<postmaster@example.org>", "<root@localhost>",
        "<@localhost:user@example.org>"})
    EXPECT_EQ(lab.rcpt("<victim@evil.test>", sender),
              "550 5.1.1 Invalid recipient: <victim@evil.test>")
        << sender;
}

// D14: a source route is dropped, and the mail goes where the address says
TEST(OpenRelay, ASourceRouteToOursIsOurs) {
  Backup lab;
  EXPECT_THAT(talk_to(lab, {"MAIL FROM:<a@b.test>", "RCPT TO:<@evil.test:user@example.org>", "DATA",
                            "text\r\n."})
                  .back(),
              StartsWith("250 "));
  const auto rows = lab.rows();
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].recipient, "user@example.org");
}

// D2
TEST(OpenRelay, PostmasterOfABackupIsThatOfItsDomain) {
  Backup lab;
  EXPECT_THAT(
      talk_to(lab, {"MAIL FROM:<>", "RCPT TO:<Postmaster>", "DATA", "help\r\n."}),
      ElementsAre(StartsWith("250"), StartsWith("250"), StartsWith("354"), StartsWith("250")));
  const auto rows = lab.rows();
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].recipient, "Postmaster@example.org");
  EXPECT_THAT(lab.rcpt("<postmaster@example.org>"), StartsWith("250"));
  EXPECT_THAT(lab.rcpt("<postmaster@evil.test>"), Not(StartsWith("250")));
}

TEST(OpenRelay, OddButHarmlessLocalPartsAreRelayedAsTheyAre) {
  Backup lab;
  for (const char* recipient :
       {"<user+tag@example.org>", "<bounces-1=user=evil.test@example.org>", "<a/b@example.org>",
        "<\"quoted user\"@example.org>", "<prvs=123=user@example.org>", "<user@EXAMPLE.org>"})
    EXPECT_THAT(lab.rcpt(recipient), StartsWith("250 ")) << recipient;
}

// Whoever guesses names is remembered over all his sessions.
TEST(OpenRelay, ANetworkThatTriesOutNamesIsKeptOutForAWhile) {
  Backup lab;
  std::vector<std::string> guesses{"MAIL FROM:<>"};
  for (int i = 0; i < 24; ++i) guesses.push_back("RCPT TO:<guess@evil.test>");
  for (int round = 0; round < 11; ++round) talk_to(lab, guesses);
  EXPECT_THAT(talk_to(lab, {"NOOP"}, {.keep_banner = true}).front(),
              StartsWith("421 4.7.0 mx2.example.org Too many unknown recipients"));
  lab.run_until(lab.now() + 16 * 60);
  EXPECT_THAT(talk_to(lab, {"NOOP"}), ElementsAre("250 2.0.0 Ok"));
}

}  // namespace
}  // namespace mxlab::relay
