// Mail for this host: handed in on it, and delivered on it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

#include "relay/control/frames.hpp"
#include "relay/world/spawn.hpp"
#include "tests/relay/lab.hpp"

namespace mxlab::relay {
namespace {
using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

constexpr const char* kSocket = "/run/lmtp";

/// What dovecot would be on the relay's host.
struct LmtpPeer {
  std::vector<std::string> heard;               // the commands, and bodies as one line
  std::map<std::string, std::string> verdicts;  // of the body, by recipient; else 250
  int connections = 0;
};

awaitable<void> serve_lmtp(std::shared_ptr<LmtpPeer> peer, control::Channel& channel) {
  std::vector<std::string> recipients;
  std::string body;
  bool in_body = false;
  co_await channel.write_line("220 lmtp ready\r", 1min);
  while (auto line = co_await channel.read_line(10min)) {
    if (line->ends_with('\r')) line->pop_back();
    if (in_body && *line != ".") {
      body += *line + "|";
      continue;
    }
    if (!in_body) peer->heard.push_back(*line);
    if (in_body) {
      peer->heard.push_back(body);
      in_body = false;
      for (const std::string& recipient : recipients) {
        auto at = peer->verdicts.find(recipient);
        co_await channel.write_line(
            (at == peer->verdicts.end() ? "250 2.0.0 saved" : at->second) + "\r", 1min);
      }
      recipients.clear();
    } else if (line->starts_with("LHLO")) {
      co_await channel.write_line("250-lmtp\r\n250-8BITMIME\r\n250 PIPELINING\r", 1min);
    } else if (line->starts_with("RCPT TO:")) {
      recipients.push_back(line->substr(8, line->find(' ', 8) - 8));
      co_await channel.write_line("250 2.1.5 ok\r", 1min);
    } else if (*line == "DATA") {
      in_body = true;
      body.clear();
      co_await channel.write_line("354 go\r", 1min);
    } else {
      co_await channel.write_line("250 ok\r", 1min);
    }
  }
}

awaitable<void> run_lmtp(world::World& world, std::shared_ptr<LmtpPeer> peer) {
  auto listener = world.network.listen_local(kSocket, 0600);
  for (;;) {
    control::Channel channel(world, co_await listener->accept());
    ++peer->connections;
    try {
      co_await serve_lmtp(peer, channel);
    } catch (const std::system_error&) {
    }
  }
}

struct LocalLab : RelayLab {
  explicit LocalLab(const std::string& config) : RelayLab("listen on egress\n" + config) {
    machine->disk().install("/etc/passwd",
                            "alice:x:1000:1000::/h/alice:/bin/sh\nbob:x:1001:1001::/h/bob:/bin/sh\n"
                            "carol:x:1002:1002::/h/carol:/bin/sh\nvmail:x:5000:5000::/v:/bin/sh\n");
    boot_relay();
  }
  void start_lmtp() {
    world::spawn(machine->world(), run_lmtp(machine->world(), lmtp));
    simulation.wake(*machine);
    run_until(now() + 0.1);
  }
  std::string file(const std::string& path) {
    return machine->disk().exists(path) ? machine->disk().read_file(path) : std::string();
  }
  /// The text of the only message in a maildir.
  std::string only_mail(const std::string& maildir) {
    const auto names = machine->disk().list(maildir + "/new");
    EXPECT_THAT(names, SizeIs(1));
    return names.empty() ? "" : file(maildir + "/new/" + names.front());
  }
  std::shared_ptr<LmtpPeer> lmtp = std::make_shared<LmtpPeer>();
};

constexpr const char* kLmtp =
    "listen on socket\n"
    "table aliases { team = \"alice, bob, carol\" }\n"
    "action \"l\" lmtp \"/run/lmtp\" alias <aliases>\n"
    "match from any for local action \"l\"\n";

TEST(LocalMail, OneMessageGoesToTheLmtpServerOnceAndEachRecipientHasItsOwnReply) {
  LocalLab lab(kLmtp);
  lab.start_lmtp();
  lab.lmtp->verdicts = {{"<bob>", "452 4.2.2 mailbox full"}};
  EXPECT_THAT(lab.submit("alice@localhost", {"team@localhost"}), StartsWith("250"));
  lab.run_until(lab.now() + 5);
  EXPECT_EQ(lab.lmtp->connections, 1);
  EXPECT_THAT(lab.lmtp->heard,
              AllOf(Contains("LHLO mx2.example.org"), Contains(StartsWith("RCPT TO:<alice>")),
                    Contains(StartsWith("RCPT TO:<bob>")), Contains(StartsWith("RCPT TO:<carol>")),
                    Contains(HasSubstr("|Subject: hello||A letter.|"))));
  const auto rows = lab.rows();
  ASSERT_THAT(rows, SizeIs(1)) << "a full mailbox does not keep the mail from the others";
  EXPECT_THAT(rows.front().error, HasSubstr("452 4.2.2 mailbox full"));
  lab.lmtp->verdicts.clear();
  lab.run_until(lab.now() + 3600);
  EXPECT_THAT(lab.rows(), IsEmpty());
}

TEST(LocalMail, WaitsForAnLmtpServerThatIsDown) {
  LocalLab lab(kLmtp);
  EXPECT_THAT(lab.submit("alice@localhost", {"alice@localhost"}), StartsWith("250"));
  lab.run_until(lab.now() + 5);
  ASSERT_THAT(lab.rows(), SizeIs(1));
  EXPECT_THAT(lab.rows().front().error,
              AllOf(HasSubstr(kSocket), HasSubstr("No such file or directory")));
  lab.start_lmtp();
  lab.run_until(lab.now() + 3600);
  EXPECT_THAT(lab.rows(), IsEmpty());
  EXPECT_EQ(lab.lmtp->connections, 1);
}

TEST(LocalMail, TheLmtpServerHearsTheAddressWhereThatIsAskedFor) {
  LocalLab lab(
      "listen on socket\n"
      "table virtuals { info@example.org = vmail, \"@example.com\" = vmail }\n"
      "action \"l\" lmtp \"/run/lmtp\" rcpt-to virtual <virtuals>\n"
      "match from any for domain { example.org, example.com } action \"l\"\n");
  lab.start_lmtp();
  EXPECT_THAT(lab.submit("a@x.example", {"info@example.org", "Any.Body@example.com"}),
              StartsWith("250"));
  lab.run_until(lab.now() + 5);
  EXPECT_THAT(lab.lmtp->heard, AllOf(Contains(StartsWith("RCPT TO:<info@example.org>")),
                                     Contains(StartsWith("RCPT TO:<Any.Body@example.com>"))));
  EXPECT_THAT(lab.rows(), IsEmpty());
}

TEST(LocalMail, GoesIntoTheMaildirThatTheFormatNames) {
  LocalLab lab(
      "listen on socket\n"
      "table virtuals { \"@\" = vmail }\n"
      "action \"m\" maildir \"/v/%{dest.domain:lowercase}/%{dest.user:lowercase|strip}\" junk "
      "virtual <virtuals>\n"
      "match from any for domain example.org action \"m\"\n");
  EXPECT_THAT(lab.submit("a@x.example", {"Joe+tag@Example.org"}), StartsWith("250"));
  lab.run_until(lab.now() + 5);
  EXPECT_THAT(lab.only_mail("/v/example.org/joe"),
              AllOf(StartsWith("Return-Path: <a@x.example>\nDelivered-To: Joe+tag@Example.org\n"),
                    HasSubstr("\n\nA letter.\n")));
  EXPECT_THAT(lab.submit("a@x.example", {"a/b@example.org", "\"../../etc\"@example.org"}),
              StartsWith("250"));
  lab.run_until(lab.now() + 10);
  EXPECT_THAT(lab.machine->disk().list("/v/example.org"),
              ElementsAre("\"..:..:etc\"", "a:b", "joe"))
      << "no address becomes a path";
}

const std::string kMbox =
    "listen on socket tag SOCK mask-src\n"
    "smtp max-message-size 1M\n"
    "action \"local\" mbox\naction \"out\" relay\n"
    "match from any for local action \"local\"\n"
    "match tag SOCK from local for domain tagged.example action \"out\"\n";

TEST(LocalMail, AForeignLockIsWaitedForAndBrokenOnlyWhenNobodyCanHoldIt) {
  LocalLab lab(kMbox);
  lab.machine->disk().install("/var/mail/alice", "");
  lab.machine->disk().install("/var/mail/alice.lock", "4711\n");
  EXPECT_THAT(lab.submit("bob@localhost", {"alice@localhost"}), StartsWith("250"));
  lab.run_until(lab.now() + 20);
  EXPECT_EQ(lab.rows().front().state, "inflight") << "a reader may need a moment";
  lab.run_until(lab.now() + 20);
  EXPECT_THAT(lab.rows().front().error, HasSubstr("/var/mail/alice is locked"));
  EXPECT_THAT(lab.file("/var/mail/alice"), IsEmpty());
  lab.run_until(lab.now() + 3600);
  EXPECT_THAT(lab.rows(), IsEmpty()) << "the lock was left behind by somebody who has died";
  EXPECT_THAT(lab.file("/var/mail/alice"), HasSubstr("A letter."));
}

TEST(LocalMail, ManyLettersForOneMailboxTakeTurns) {
  LocalLab lab(kMbox);
  std::string body = "Subject: x\r\n\r\n";
  for (int i = 0; i < 8000; ++i) body += "a line of a letter that has many lines\r\n";
  for (int i = 0; i < 8; ++i)
    EXPECT_THAT(lab.submit("bob@localhost", {"alice@localhost"}, body), StartsWith("250"));
  lab.run_until(lab.now() + 60);
  EXPECT_THAT(lab.rows(), IsEmpty());
  const std::string text = lab.file("/var/mail/alice");
  std::size_t begins = 0;
  for (auto at = text.find("From bob@"); at != std::string::npos;
       at = text.find("From bob@", at + 1)) {
    ++begins;
    EXPECT_TRUE(at == 0 || text.compare(at - 2, 2, "\n\n") == 0) << "letters are not mixed";
  }
  EXPECT_EQ(begins, 8u);
}

TEST(LocalMail, APowerCutAtAnyMomentLosesNothingAndLeavesAReadableMailbox) {
  std::string body = "Subject: x\r\n\r\n";
  for (int i = 0; i < 20'000; ++i) body += "a line of a letter\r\n";
  for (std::uint64_t cut = 1; cut < 60; ++cut) {
    LocalLab lab(kMbox);
    lab.machine->disk().install("/var/mail/alice", "From old\nSubject: old\n\nold\n\n");
    ASSERT_THAT(lab.submit("bob@localhost", {"alice@localhost"}, body), StartsWith("250"));
    lab.machine->disk().die_after(lab.machine->disk().calls() + cut);
    lab.run_until(lab.now() + 2);
    lab.machine->disk().die_after(0);
    lab.reboot_relay();
    lab.run_until(lab.now() + 4 * 3600);
    EXPECT_THAT(lab.rows(), IsEmpty()) << "cut " << cut;
    const std::string text = lab.file("/var/mail/alice");
    EXPECT_THAT(text, StartsWith("From old\nSubject: old\n\nold\n\n")) << "cut " << cut;
    const auto last = text.rfind("\n\nFrom bob@localhost ");
    ASSERT_NE(last, std::string::npos) << "cut " << cut;
    EXPECT_EQ(text.size() - text.find("Subject: x", last), body.size() - 20'002 + 1)
        << "the last one is whole, cut " << cut;
  }
}

// --- handing in ----------------------------------------------------------------------------------

/// Hands a letter in, piece by piece.
std::string hand_in(LocalLab& lab, SubmissionEnvelope envelope, std::vector<std::string> pieces,
                    bool commit = true) {
  auto answer = std::make_shared<std::string>("never answered");
  auto talk = [](std::shared_ptr<Relay> relay, SubmissionEnvelope e, std::vector<std::string> p,
                 bool c, std::shared_ptr<std::string> a) -> awaitable<void> {
    auto begun = co_await relay->begin_submission(std::move(e));
    if (auto* reply = std::get_if<smtp::Reply>(&begun)) {
      *a = reply->text();
      co_return;
    }
    auto& sink = std::get<std::unique_ptr<smtp::MessageSink>>(begun);
    for (std::string& piece : p) co_await sink->write(std::move(piece));
    *a = c ? (co_await sink->commit()).reply.text() : "dropped";
  };
  world::spawn(lab.machine->world(),
               talk(lab.relay, std::move(envelope), std::move(pieces), commit, answer));
  lab.simulation.wake(*lab.machine);
  lab.run_until(lab.now() + 5);
  return *answer;
}

SubmissionEnvelope to_alice() { return {"bob@localhost", {"alice@localhost"}, "", "", ""}; }

TEST(Submission, TakesLineEndsOfAnyKindInPiecesOfAnySize) {
  LocalLab lab(kMbox);
  EXPECT_THAT(
      hand_in(lab, to_alice(), {"Subject: x\n", "\n", "one\r", "\ntwo\rthree", "\n", "end"}),
      StartsWith("250 2.0.0"));
  EXPECT_THAT(lab.file("/var/mail/alice"), HasSubstr("Subject: x\n\none\ntwo\nthree\nend\n\n"));
}

TEST(Submission, RefusesABodyAsTheNetworkWould) {
  LocalLab lab(kMbox);
  EXPECT_EQ(hand_in(lab, to_alice(), {"a\n", std::string("b\0c\n", 4), "more\n"}),
            "550 5.6.0 The message holds a NUL byte");
  EXPECT_EQ(hand_in(lab, to_alice(), {std::string(600'000, 'x') + "\n", std::string(600'000, 'x')}),
            "552 5.3.4 Message too big for system");
  EXPECT_EQ(hand_in(lab, to_alice(), {"Subject: x\n\nunfinished"}, false), "dropped");
  EXPECT_THAT(lab.rows(), IsEmpty());
  EXPECT_THAT(lab.file("/var/mail/alice"), IsEmpty());
  EXPECT_EQ(lab.counter("smtp.session"), 0);
}

TEST(Submission, TrustsNoEnvelope) {
  LocalLab lab(kMbox);
  auto reply = [&](SubmissionEnvelope envelope) {
    return hand_in(lab, std::move(envelope), {"x"});
  };
  EXPECT_THAT(reply({"bob@localhost", {}, "", "", ""}), StartsWith("554 5.5.1"));
  EXPECT_THAT(reply({"a b", {"alice@localhost"}, "", "", ""}), StartsWith("553 5.1.7"));
  EXPECT_THAT(reply({"b@x>\r\nRCPT TO:<y@z", {"alice@localhost"}, "", "", ""}),
              AllOf(StartsWith("553 5.1.7"), Not(HasSubstr("RCPT"))));
  EXPECT_THAT(reply({"bob", {"alice@localhost>\r\n."}, "", "", ""}), StartsWith("553 5.1.3"));
  EXPECT_THAT(reply({"bob", {"alice"}, "sometimes", "", ""}), StartsWith("501 5.5.4 NOTIFY"));
  EXPECT_THAT(reply({"bob", {"alice"}, "", "some", ""}), StartsWith("501 5.5.4 RET"));
  EXPECT_THAT(reply({"bob", {"alice"}, "", "", "a b"}), StartsWith("501 5.5.4 ENVID"));
  EXPECT_THAT(reply({"bob", {"alice"}, "", "", "a+"}), StartsWith("501 5.5.4 ENVID"));
  EXPECT_THAT(reply({"bob", {"nobody"}, "", "", ""}), StartsWith("550 5.1.1"));
  EXPECT_THAT(reply({"bob", std::vector<std::string>(1001, "alice"), "", "", ""}),
              StartsWith("452 4.5.3"));
  EXPECT_THAT(reply({"bob", {"alice"}, "success,FAILURE", "HDRS", "a+2Bb"}), StartsWith("250"));
  EXPECT_THAT(reply({"", {"alice"}, "never", "", ""}), StartsWith("250")) << "the null sender";
}

TEST(Submission, ObeysTheOptionsOfTheSocket) {
  LocalLab lab(kMbox);
  EXPECT_THAT(hand_in(lab, {"bob", {"x@tagged.example"}, "", "", ""}, {"x"}), StartsWith("250"))
      << "the rule asks for the tag";
  EXPECT_THAT(hand_in(lab, to_alice(), {"Subject: x\n\nx\n"}), StartsWith("250"));
  EXPECT_THAT(lab.file("/var/mail/alice"), Not(HasSubstr("Received: from"))) << "mask-src";
}

TEST(Submission, ObeysTheFiltersOfTheSocket) {
  LocalLab strict(
      "filter nospam phase mail-from match mail-from { bad@x.example } reject \"550 go away\"\n"
      "filter noroot phase rcpt-to match rcpt-to { root@localhost } reject \"550 not for root\"\n"
      "listen on socket filter { nospam, noroot } no-dsn\n"
      "action \"local\" mbox\nmatch from any for local action \"local\"\n");
  EXPECT_THAT(hand_in(strict, {"bad@x.example", {"alice@localhost"}, "", "", ""}, {"x"}),
              StartsWith("550 go away"));
  EXPECT_THAT(hand_in(strict, {"b@x.example", {"alice", "root@localhost"}, "", "", ""}, {"x"}),
              StartsWith("550 not for root"));
  EXPECT_THAT(hand_in(strict, {"b@x.example", {"alice"}, "never", "", ""}, {"x"}),
              StartsWith("555 5.5.4"));
}

TEST(Submission, IsRefusedWhileSmtpIsPaused) {
  LocalLab lab(kMbox);
  lab.relay->desk().pause_smtp(true);
  EXPECT_EQ(hand_in(lab, to_alice(), {"x"}), "421 4.3.2 Server disallowed submission request");
  lab.relay->desk().pause_smtp(false);
  EXPECT_THAT(hand_in(lab, to_alice(), {"x"}), StartsWith("250"));
}

}  // namespace
}  // namespace mxlab::relay
