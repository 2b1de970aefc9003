// Smuggling and injection: whoever listens in the middle, or sends odd line ends, gains nothing.
#include <gtest/gtest.h>

#include "relay/smtp/ascii.hpp"
#include "tests/smtp/lab.hpp"
#include "tests/smtp/raw_client.hpp"
#include "tests/smtp/smuggling.hpp"

namespace mxlab::smtp {
namespace {

const std::string kTransaction = "MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n";

/// For each segmentation of the tail a message that carries it, and then an honest one; all over
/// one connection.
awaitable<void> smuggle(World& world, Lab& lab, std::string form, std::vector<std::string>& log) {
  RawClient client(world, co_await world.network.connect(lab.endpoint()));
  co_await client.open(lab.client_options.tls);
  const std::string tail =
      form + "MAIL FROM:<evil@z>\r\nRCPT TO:<c@y>\r\nDATA\r\nsmuggled\r\n.\r\n";
  for (std::size_t cut = 1; cut < tail.size(); ++cut) {
    co_await client.send(kTransaction);
    for (int i = 0; i < 3; ++i) co_await client.reply();
    co_await client.send_cut("hello" + tail, cut + 5);
    log.push_back(co_await client.reply());
    co_await client.send(kTransaction + "honest\r\n.\r\n");
    for (int i = 0; i < 4; ++i) co_await client.reply();
  }
}

class Smuggling : public testing::TestWithParam<bool> {};

TEST_P(Smuggling, NoFormInAnySegmentationMakesASecondMessage) {
  for (const std::string& form : smuggling_forms()) {
    Lab lab;
    if (GetParam()) lab.use_tls();
    lab.server_options.max_messages = 1000;
    lab.simulation.trace().keep(sim::Keep::kNothing);
    lab.boot_server();
    std::vector<std::string> log;
    lab.run_client([&](World& world) { return smuggle(world, lab, form, log); });
    SCOPED_TRACE("form " + printable(form) + " of length " + std::to_string(form.size()));
    ASSERT_GT(log.size(), 50u);
    for (const std::string& reply : log) ASSERT_EQ(reply.substr(0, 11), "550 5.6.11 ");
    ASSERT_EQ(lab.inbox.messages.size(), log.size());
    for (const auto& message : lab.inbox.messages) ASSERT_EQ(message.body, "honest\r\n");
    for (const std::string& sender : lab.inbox.senders) ASSERT_EQ(sender, "a@x.test");
  }
}

INSTANTIATE_TEST_SUITE_P(PlainAndTls, Smuggling, testing::Bool());

TEST(Tls, AMessageTravelsUnderTlsFromOursToOurs) {
  Lab lab;
  lab.use_tls();
  lab.boot_server();
  std::string body;
  for (int i = 0; i < 5000; ++i) body += "line " + std::to_string(i) + "\r\n.\r\n";
  const Sent sent = send_through(lab, {"a@x.test", {"b@y.test"}, body.size(), false}, body);
  EXPECT_FALSE(sent.not_ready) << sent.not_ready->reason;
  EXPECT_TRUE(sent.secure);
  ASSERT_EQ(lab.inbox.messages.size(), 1u);
  EXPECT_EQ(lab.inbox.messages[0].body, body);
  EXPECT_TRUE(lab.inbox.tls.starts_with("TLSv1.3:TLS_")) << lab.inbox.tls;
  EXPECT_TRUE(lab.inbox.tls.ends_with(":256") || lab.inbox.tls.ends_with(":128"));
  EXPECT_EQ(lab.inbox.ends, std::vector<std::string>{"quit"});
}

// D38
// R9, D38: whatever stands behind STARTTLS in the clear, in one segment with it or cut anywhere
TEST(Tls, CommandsBehindStarttlsAreAnAttack) {
  int variants = 0;
  for (std::string injected :
       {"NOOP\r\n", "MAIL FROM:<evil@z.test>\r\n", "x", "\r\n", "EHLO x\r\n",
        "AUTH PLAIN AGEAYg==\r\n", "RSET\r\nEHLO y\r\nMAIL FROM:<evil@z.test>\r\n", "\n",
        "STARTTLS\r\n", "QUIT\r\n"})
    for (std::size_t cut = 0; cut < 11; ++cut) {
      Lab lab;
      lab.use_tls();
      lab.server_options.auth = AuthPolicy::kOptional;
      lab.boot_server();
      const std::string all = "STARTTLS\r\n" + injected;
      Script script{await("ESMTP\r\n"), say("EHLO x\r\n"), await("HELP\r\n")};
      if (cut > 0 && cut < 10) script.push_back(say(all.substr(0, cut)));
      if (cut > 0 && cut < 10) script.push_back(pause_for(10ms));
      script.push_back(say(cut < 10 ? all.substr(cut) : all));
      const Seen seen = lab.talk(script);
      SCOPED_TRACE(printable(injected) + " cut at " + std::to_string(cut));
      // Or the network has cut it once more, and the handshake chokes on what comes after.
      EXPECT_TRUE(
          seen.text.ends_with("554 5.5.1 Data after STARTTLS, closing connection\r\n") ||
          (seen.text.ends_with("220 2.0.0 Ready to start TLS\r\n") && lab.inbox.tls.empty()))
          << seen.text;
      EXPECT_TRUE(seen.closed);
      EXPECT_TRUE(lab.inbox.senders.empty());
      EXPECT_TRUE(lab.inbox.logins.empty());
      ++variants;
    }
  EXPECT_GE(variants, 100);
}

TEST(Tls, CommandsThatArriveBetweenStarttlsAndTheHandshakeEndTheSession) {
  Lab lab;
  lab.use_tls();
  lab.boot_server();
  const Seen seen =
      lab.talk({await("ESMTP\r\n"), say("EHLO x\r\n"), await("HELP\r\n"), say("STARTTLS\r\n"),
                await("start TLS\r\n"), say("MAIL FROM:<evil@z.test>\r\n")});
  EXPECT_TRUE(seen.closed);
  EXPECT_TRUE(lab.inbox.senders.empty());
  ASSERT_EQ(lab.inbox.ends.size(), 1u);
  EXPECT_TRUE(lab.inbox.ends[0].starts_with("io-error: ")) << lab.inbox.ends[0];
}

TEST(Tls, AReplyBehindThe220IsAnAttack) {
  Lab lab;
  lab.client_options.tls = TlsContext::opportunistic_client();
  lab.boot_scripted_server({say("220 mx\r\n"), await("\r\n"), say("250-mx\r\n250 STARTTLS\r\n"),
                            await("STARTTLS\r\n"), say("220 go\r\n250-mx\r\n250 EVIL\r\n")});
  const Sent sent = send_through(lab, {"a@x.test", {"b@y.test"}, 2, false}, "x\r\n");
  ASSERT_TRUE(sent.not_ready);
  EXPECT_EQ(sent.not_ready->reason, "Protocol error: data after the reply to STARTTLS");
  EXPECT_TRUE(sent.not_ready->tls_failed);
}

TEST(Tls, AFailedOrSilentHandshakeIsToldApart) {
  const std::pair<Act, std::string> cases[] = {
      {say("220 go\r\n"), "Connection timeout"},
      {say("454 4.7.0 not now\r\n"), "STARTTLS rejected: 454 4.7.0 not now"},
      {hang_up(), "Connection closed unexpectedly"}};
  for (const auto& [act, reason] : cases) {
    Lab lab;
    lab.client_options.tls = TlsContext::opportunistic_client();
    lab.boot_scripted_server({say("220 mx\r\n"), await("\r\n"), say("250-mx\r\n250 STARTTLS\r\n"),
                              await("STARTTLS\r\n"), act});
    const Sent sent = send_through(lab, {"a@x.test", {"b@y.test"}, 2, false}, "x\r\n");
    ASSERT_TRUE(sent.not_ready);
    EXPECT_EQ(sent.not_ready->reason, reason);
    EXPECT_TRUE(sent.not_ready->tls_failed);
  }
}

TEST(Tls, AServerThatRefusesStarttlsKeepsTheSession) {
  Lab lab;
  lab.use_tls();
  lab.inbox.at_starttls = Refusal{Reply(454, "4.7.0", "TLS not available"), false};
  lab.boot_server();
  const Seen seen = lab.talk({await("ESMTP\r\n"), say("EHLO x\r\n"), await("HELP\r\n"),
                              say("STARTTLS\r\n"), await("available\r\n"), say("QUIT\r\n")});
  EXPECT_TRUE(seen.text.ends_with("454 4.7.0 TLS not available\r\n221 2.0.0 Bye\r\n"));
}

TEST(Tls, WhoDemandsTlsGetsItOrNothing) {
  Lab lab;
  lab.client_options.tls = TlsContext::opportunistic_client();
  lab.client_options.require_tls = true;
  lab.boot_server();
  const Sent sent = send_through(lab, {"a@x.test", {"b@y.test"}, 2, false}, "x\r\n");
  ASSERT_TRUE(sent.not_ready);
  EXPECT_EQ(sent.not_ready->reason, "TLS required but not offered by remote host");
}

// D38
TEST(Tls, EverythingSaidInTheClearIsForgotten) {
  Lab lab;
  lab.use_tls();
  lab.boot_server();
  std::string before, after, again;
  lab.run_client([&](World& world) -> awaitable<void> {
    RawClient client(world, co_await world.network.connect(lab.endpoint()));
    co_await client.reply();
    co_await client.ask("EHLO x\r\n");
    before = co_await client.ask("MAIL FROM:<a@x.test>\r\n");
    RawClient other(world, co_await world.network.connect(lab.endpoint()));
    co_await other.open(lab.client_options.tls);
    after = co_await other.ask("RCPT TO:<b@y.test>\r\n");
    again = co_await other.ask("STARTTLS\r\n");
  });
  EXPECT_EQ(before, "250 2.0.0 Ok");
  EXPECT_EQ(after, "503 5.5.1 Invalid command: Command not allowed at this point.");
  EXPECT_EQ(again, "503 5.5.1 Invalid command: Channel already secured");
}

TEST(Tls, APowerCutOnEitherSideAtAnyMomentIsSurvived) {
  int interrupted = 0;
  for (int moment = 0; moment < 200; ++moment) {
    Lab lab;
    lab.use_tls();
    lab.boot_server();
    int steps = 0;
    sim::Host& victim = moment % 2 == 0 ? lab.server : lab.client;
    lab.simulation.after_step([&] {
      if (++steps == moment) lab.simulation.request_power_cut(victim);
    });
    const Sent sent = send_through(lab, {"a@x.test", {"b@y.test"}, 2, false}, "x\r\n");
    const bool delivered =
        sent.outcomes.size() == 1 && sent.outcomes[0].kind == OutcomeKind::kDelivered;
    if (delivered) EXPECT_EQ(lab.inbox.messages.size(), 1u) << "cut after step " << moment;
    interrupted += delivered ? 0 : 1;
  }
  EXPECT_GT(interrupted, 20) << "the cuts come while the sessions run";
}

TEST(Tls, ABadCertificateOrKeyIsNamed) {
  const TestCertificate& good = test_certificate();
  const std::tuple<std::string, std::string, std::string> cases[] = {
      {"junk", good.key, "certificate"}, {good.chain, "junk", "private key"}};
  for (const auto& [chain, key, what] : cases) try {
      TlsContext::server(chain, key);
      ADD_FAILURE() << "accepted a broken " << what;
    } catch (const std::system_error& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with(what)) << error.what();
    }
}

}  // namespace
}  // namespace mxlab::smtp
