// Clients that take more than they should: slow ones, endless ones, and those that only try names.
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/smtp/command.hpp"
#include "tests/smtp/raw_client.hpp"

namespace mxlab::smtp {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kEnvelope = "MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\n";

struct Session : Lab {
  explicit Session(std::function<void(ServerOptions&)> change = {}) {
    if (change) change(server_options);
    simulation.trace().keep(sim::Keep::kNothing);
    simulation.trace().on_event([this](const sim::Event& event) {
      if (event.kind == sim::EventKind::kSent) last_words = event.text;
    });
    boot_server();
  }
  std::string last_words;  // the server's; a client that goes on writing may never read them
};

Verdict no_such_user(const std::string&) {
  return Refusal{Reply(550, "5.1.1", "no such user"), false};
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST(Abuse, ABrowserIsSentAwayAtItsFirstWord) {
  for (const char* request : {"GET / HTTP/1.1\r\nHost: mx.test\r\n\r\nMAIL FROM:<evil@z.test>\r\n",
                              "POST /x HTTP/1.0\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                              "connect mx:25 HTTP/1.1\r\n"}) {
    Session lab;
    const Seen seen = lab.talk({await("ESMTP\r\n"), say(request)});
    EXPECT_THAT(seen.text, EndsWith("500 5.5.1 This is SMTP, not HTTP: closing connection\r\n"));
    EXPECT_TRUE(seen.closed);
    EXPECT_TRUE(lab.inbox.senders.empty());
  }
}

TEST(Abuse, CommandsThatCarryNoMailAreCounted) {
  Session lab;
  const Seen seen = lab.talk({await("ESMTP\r\n"), say(repeated("NOOP\r\nRSET\r\n", 60))});
  EXPECT_THAT(seen.text, EndsWith("421 4.7.0 mx.test Too many commands without mail\r\n"));
  EXPECT_EQ(std::ranges::count(seen.text, '\n'), 1 + 100 + 1);
}

TEST(Abuse, ADeliveredMessageForgivesWhatWasCounted) {
  Session lab;
  const std::string mail = kEnvelope + "DATA\r\ntext\r\n.\r\n";
  const Seen seen =
      lab.talk({await("ESMTP\r\n"), say("HELO x\r\n" + repeated("NOOP\r\n", 90) + mail +
                                        repeated("NOOP\r\n", 90) + "QUIT\r\n")});
  EXPECT_THAT(seen.text, EndsWith("221 2.0.0 Bye\r\n"));
}

TEST(Abuse, WhoTriesOutNamesLearnsThemEverMoreSlowlyAndThenNone) {
  Session lab([](ServerOptions& options) { options.limits.errors = 1000; });
  lab.inbox.at_rcpt = no_such_user;
  const Seen seen =
      lab.talk({await("ESMTP\r\n"), say("HELO x\r\nMAIL FROM:<a@x.test>\r\n" +
                                        repeated("RCPT TO:<guess@y.test>\r\n", 500))});
  EXPECT_THAT(seen.text, EndsWith("421 4.7.0 mx.test Too many unknown recipients\r\n"));
  EXPECT_EQ(lab.inbox.recipients.size(), 101u);
  EXPECT_EQ(std::chrono::floor<std::chrono::seconds>(seen.at), 91s) << "ten guesses are free";
}

TEST(Abuse, DeliveredMessagesForgiveNoGuesses) {
  Session lab;
  lab.inbox.at_rcpt = [](const std::string& name) {
    return name == "b@y.test" ? Verdict() : no_such_user(name);
  };
  const std::string round =
      kEnvelope + repeated("RCPT TO:<guess@y.test>\r\n", 20) + "DATA\r\ntext\r\n.\r\n";
  const Seen seen = lab.talk({await("ESMTP\r\n"), say("HELO x\r\n" + repeated(round, 8))});
  EXPECT_THAT(seen.text, EndsWith("421 4.7.0 mx.test Too many unknown recipients\r\n"));
  EXPECT_EQ(lab.inbox.messages.size(), 5u);
}

TEST(Abuse, AnEndlessHeaderIsRefusedAtItsEndAndNotKept) {
  const std::string line = "X-Filler: " + std::string(990, 'x') + "\r\n";
  Session lab;
  const Seen seen =
      lab.talk({await("ESMTP\r\n"), say("HELO x\r\n" + kEnvelope + "DATA\r\n"), await("itself\r\n"),
                say(repeated(line, 300) + "\r\nbody\r\n.\r\n"), await("552 "), say("QUIT\r\n")});
  EXPECT_THAT(seen.text, HasSubstr("552 5.3.4 Message header too big for system\r\n221 "));
  EXPECT_TRUE(lab.inbox.messages.empty());
}

TEST(Abuse, ManyShortHeadersAreRefusedAndALongBodyIsNot) {
  Session lab;
  const Seen seen = lab.talk(
      {await("ESMTP\r\n"), say("HELO x\r\n" + kEnvelope + "DATA\r\n" + repeated("a:\r\n", 10'001) +
                               "\r\n.\r\n" + kEnvelope + "DATA\r\nSubject: x\r\n\r\n" +
                               repeated("a:\r\n", 200'000) + ".\r\nQUIT\r\n")});
  EXPECT_THAT(seen.text, HasSubstr("552 5.3.4 Message header too big for system\r\n250 "));
  EXPECT_THAT(seen.text, HasSubstr("accepted for delivery\r\n221 "));
}

/// Sends pieces until the server has had enough.
awaitable<void> pour(World& world, Lab& lab, std::string opening, std::uint64_t* sent) try {
  RawClient client(world, co_await world.network.connect(lab.endpoint()));
  co_await client.open(nullptr);
  co_await client.send(opening);
  const std::string piece(64 * 1024, 'x');
  while (*sent < 2'000'000'000) {
    co_await client.send(piece);
    *sent += piece.size();
  }
} catch (const std::system_error&) {
  // The server has closed: that is what is tested.
}

TEST(Abuse, ALineOfAGigabyteIsCutOff) {
  for (const auto& [opening, most] :
       {std::pair<std::string, std::uint64_t>{"", 4'000'000},
        std::pair<std::string, std::uint64_t>{kEnvelope + "DATA\r\n", 400'000'000}}) {
    Session lab;
    std::uint64_t sent = 0;
    lab.run_client([&, text = opening](World& world) { return pour(world, lab, text, &sent); });
    EXPECT_LT(sent, most) << (opening.empty() ? "a command" : "a body");
    EXPECT_TRUE(lab.inbox.messages.empty());
    EXPECT_EQ(lab.inbox.ends.size(), 1u);
  }
}

Script dripping(const std::string& opening, int bytes, world::Duration pause) {
  Script script{await("ESMTP\r\n"), say(opening)};
  for (int i = 0; i < bytes; ++i) {
    script.push_back(say("x"));
    script.push_back(pause_for(pause));
  }
  return script;
}

TEST(Abuse, ABodyThatDripsIsCutOff) {
  Session lab;
  const Seen seen = lab.talk(dripping("HELO x\r\n" + kEnvelope + "DATA\r\n", 1000, 1s));
  EXPECT_EQ(lab.last_words, "421 4.4.2 mx.test Idle for too long, closing connection");
  EXPECT_GE(seen.at, 300s);
  EXPECT_LT(seen.at, 310s) << "a byte a second wins hardly anything";
}

TEST(Abuse, AChunkThatDripsIsCutOff) {
  Session lab;
  const Seen seen = lab.talk(dripping("EHLO x\r\n" + kEnvelope + "BDAT 5000\r\n", 1000, 1s));
  EXPECT_EQ(lab.last_words, "421 4.4.2 mx.test Idle for too long, closing connection");
  EXPECT_LT(seen.at, 310s);
}

// D6: a body that is slow, but not that slow, has all the time it needs
TEST(Abuse, ASlowHonestBodyIsTaken) {
  Session lab;
  Script script{await("ESMTP\r\n"), say("HELO x\r\n" + kEnvelope + "DATA\r\n"),
                await("itself\r\n")};
  for (int i = 0; i < 20; ++i) {
    script.push_back(say(repeated("a line of an honest but slow message\r\n", 200)));
    script.push_back(pause_for(70s));
  }
  script.push_back(say(".\r\nQUIT\r\n"));
  const Seen seen = lab.talk(script);
  EXPECT_THAT(seen.text, EndsWith("221 2.0.0 Bye\r\n"));
  EXPECT_GT(seen.at, 1300s);
  EXPECT_EQ(lab.inbox.messages.size(), 1u);
}

/// Asks and asks, and never reads.
TEST(Abuse, WhoReadsNoRepliesIsNotReadAnyMore) {
  Session lab([](ServerOptions& options) {
    options.limits.idle_commands = options.limits.commands = 100'000'000;
  });
  std::uint64_t sent = 0;
  lab.run_client([&](World& world) -> awaitable<void> {
    auto stream = co_await world.network.connect(lab.endpoint());
    const std::string asks = repeated("HELP\r\n", 1000);
    try {
      while (sent < 50'000'000) {
        co_await asio::async_write(*stream, asio::buffer(asks), asio::use_awaitable);
        sent += asks.size();
      }
    } catch (const std::system_error&) {
      // Closed by the server.
    }
  });
  EXPECT_LT(sent, 50'000'000u) << "the server goes on reading and keeps all its replies";
  EXPECT_THAT(lab.inbox.ends, testing::ElementsAre("timeout"));
}

// --- ended from outside --------------------------------------------------------------------------

awaitable<void> dismiss_at(World& world, Lab& lab, world::Duration when, Farewell why) {
  co_await world.clock.sleep_for(when);
  lab.inbox.guest->dismiss(why);
}

Seen dismissed(Lab& lab, Script script, Farewell why, world::Duration when = 20s) {
  asio::co_spawn(lab.server.world().executor, dismiss_at(lab.server.world(), lab, when, why),
                 asio::detached);
  lab.simulation.wake(lab.server);
  return lab.talk(std::move(script));
}

TEST(Dismissal, WhoIsSilentInAFullHouseIsToldAndGoes) {
  Session lab;
  const Seen seen =
      dismissed(lab, {await("ESMTP\r\n"), say("HELO x\r\nMAIL F")}, Farewell::kCrowded);
  EXPECT_THAT(seen.text, EndsWith("421 4.3.2 mx.test Too busy to wait for you, come again\r\n"));
  EXPECT_EQ(std::chrono::floor<std::chrono::seconds>(seen.at), 20s);
  EXPECT_THAT(lab.inbox.ends, testing::ElementsAre("crowded"));
}

TEST(Dismissal, ASlowBodyGoesToo) {
  Session lab;
  const Seen seen =
      dismissed(lab, dripping("HELO x\r\n" + kEnvelope + "DATA\r\n", 100, 1s), Farewell::kCrowded);
  EXPECT_EQ(lab.last_words, "421 4.3.2 mx.test Too busy to wait for you, come again");
  EXPECT_LT(seen.at, 25s);
  EXPECT_TRUE(lab.inbox.messages.empty());
}

// D12
TEST(Dismissal, AServerThatClosesTellsWhoIsIdle) {
  Session lab;
  const Seen seen = dismissed(lab, {await("ESMTP\r\n"), say("HELO x\r\n")}, Farewell::kClosing);
  EXPECT_THAT(seen.text, EndsWith("421 4.3.2 mx.test Service closing, come again\r\n"));
  EXPECT_EQ(std::chrono::floor<std::chrono::seconds>(seen.at), 20s);
  EXPECT_THAT(lab.inbox.ends, testing::ElementsAre("shutdown"));
}

// D12
TEST(Dismissal, AServerThatClosesTakesQuitAndNothingNew) {
  for (const auto& [last, reply] :
       {std::pair<std::string, std::string>{"QUIT", "221 2.0.0 Bye"},
        {"MAIL FROM:<>", "421 4.3.2 mx.test Service closing, come again"}}) {
    Session lab;
    const Seen seen =
        dismissed(lab,
                  {await("ESMTP\r\n"), say("HELO x\r\n" + kEnvelope), pause_for(40s),
                   say("DATA\r\ntext\r\n.\r\n"), await("delivery\r\n"), say(last + "\r\n")},
                  Farewell::kClosing);
    EXPECT_THAT(seen.text, EndsWith("accepted for delivery\r\n" + reply + "\r\n"));
  }
}

// D12
TEST(Dismissal, AServerThatClosesLetsATransactionComeToItsEnd) {
  Session lab;
  const Seen seen = dismissed(lab,
                              {await("ESMTP\r\n"), say("HELO x\r\n" + kEnvelope), pause_for(40s),
                               say("DATA\r\ntext\r\n.\r\n")},
                              Farewell::kClosing);
  EXPECT_THAT(seen.text, EndsWith("accepted for delivery\r\n"
                                  "421 4.3.2 mx.test Service closing, come again\r\n"));
  EXPECT_EQ(lab.inbox.messages.size(), 1u);
  EXPECT_THAT(lab.inbox.ends, testing::ElementsAre("shutdown"));
}

TEST(Dismissal, WhoeverWeWorkForIsNotSilent) {
  Session lab;
  std::optional<world::SteadyPoint> silent;
  lab.inbox.at_rcpt = [&](const std::string&) -> Verdict {
    silent = lab.inbox.guest->silent_since();
    return {};
  };
  lab.talk({await("ESMTP\r\n"), say("HELO x\r\n" + kEnvelope + "QUIT\r\n")});
  ASSERT_TRUE(silent);
  EXPECT_EQ(*silent, world::SteadyPoint::max());
}

}  // namespace
}  // namespace mxlab::smtp
