// A new configuration while the relay works, and its end: no session suffers from either.
#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/world/spawn.hpp"
#include "tests/relay/lab.hpp"

namespace mxlab::relay {
namespace {
using namespace std::chrono_literals;
using testing::AllOf;
using testing::Eq;
using testing::HasSubstr;
using testing::Optional;

constexpr const char* kFile = "/etc/mxrelay/smtpd.conf";

std::string relay_for(const std::string& domain, const std::string& listeners) {
  return listeners + "action \"out\" relay\nmatch from any for domain \"" + domain +
         "\" action \"out\"\n";
}

struct ReloadLab : RelayLab {
  ReloadLab() : RelayLab(relay_for("old.example", "listen on egress\n")) { boot_relay(); }

  /// What reload() says; the text of an error that it was silent about would be a bug.
  std::optional<std::string> reload() {
    auto answer = std::make_shared<std::optional<std::string>>("never answered");
    world::spawn(machine->world(), ask(relay, answer));
    simulation.wake(*machine);
    simulation.run_for(1s);
    return *answer;
  }
  std::optional<std::string> reload(const std::string& config) {
    machine->disk().install(kFile, config);
    return reload();
  }
  /// Until the relay has read this command.
  void run_until_heard(const std::string& command) {
    const auto heard = [&](const sim::Event& event) {
      return event.host == machine->index && event.kind == sim::EventKind::kReceived &&
             event.text == command;
    };
    while (std::ranges::none_of(simulation.trace().events(), heard)) simulation.run_for(1ms);
  }
  void shut_down(world::Duration bound) {
    world::spawn(machine->world(), end(relay, bound));
    simulation.wake(*machine);
  }
  /// The stranger at a port, on its own time.
  std::shared_ptr<std::string> begin_talk(std::vector<std::string> say,
                                          std::vector<std::string> hear) {
    auto outcome = std::make_shared<std::string>("unfinished");
    world::spawn(stranger().world(),
                 speak(stranger().world(),
                       {{relay_address(), 25}, std::move(say), std::move(hear), 200s}, outcome));
    simulation.wake(stranger());
    return outcome;
  }

 private:
  static world::Address relay_address() { return asio::ip::make_address("192.0.2.30"); }
  static awaitable<void> ask(std::shared_ptr<Relay> relay,
                             std::shared_ptr<std::optional<std::string>> answer) {
    *answer = co_await relay->reload();
  }
  static awaitable<void> end(std::shared_ptr<Relay> relay, world::Duration bound) {
    co_await relay->shut_down(bound);
  }
  static awaitable<void> speak(world::World& world, sim::DialogueScript script,
                               std::shared_ptr<std::string> outcome) {
    *outcome = co_await sim::hold_dialogue(world, std::move(script));
  }
  sim::Host& stranger() {
    for (const auto& host : simulation.hosts())
      if (host->name == "stranger") return *host;
    throw std::logic_error("there is no stranger");
  }
};

const std::vector<std::string> kToOld{"EHLO a", "MAIL FROM:<a@b.example>",
                                      "RCPT TO:<c@old.example>", "QUIT"};
const std::vector<std::string> kToNew{"EHLO a", "MAIL FROM:<a@b.example>",
                                      "RCPT TO:<c@new.example>", "QUIT"};
const std::vector<std::string> kTaken{"220", "250", "250", "250", "221"};
const std::vector<std::string> kRefused{"220", "250", "250", "550", "221"};

TEST(Reload, NewSessionsObeyTheNewFile) {
  ReloadLab lab;
  EXPECT_EQ(lab.talk(kToOld, kTaken), "");
  EXPECT_EQ(lab.reload(relay_for("new.example", "listen on egress\n")), std::nullopt);
  EXPECT_EQ(lab.talk(kToNew, kTaken), "");
  EXPECT_EQ(lab.talk(kToOld, kRefused), "");
}

TEST(Reload, AFileWithMistakesChangesNothingAndTheOperatorHearsOfEach) {
  ReloadLab lab;
  EXPECT_THAT(lab.reload("listen on egress\nmatch from any for any action \"none\"\nnonsense\n"),
              Optional(AllOf(HasSubstr("smtpd.conf:2:"), HasSubstr("smtpd.conf:3:"))));
  EXPECT_EQ(lab.count_logs("the old configuration stays in force"), 1u);
  EXPECT_EQ(lab.talk(kToOld, kTaken), "");
}

TEST(Reload, AListenerThatCannotOpenChangesNothing) {
  ReloadLab lab;
  EXPECT_THAT(lab.reload(relay_for("new.example", "listen on 192.0.2.77\n")),
              Optional(HasSubstr("listen on 192.0.2.77: no such interface")));
  EXPECT_EQ(lab.talk(kToOld, kTaken), "") << "the rules are those of the old file as well";
}

TEST(Reload, ListenersComeAndGoAndTheSessionsThatAreThereStay) {
  ReloadLab lab;
  auto before = lab.begin_talk(
      {"EHLO a", "NOOP", "MAIL FROM:<a@b.example>", "RCPT TO:<c@old.example>", "QUIT"},
      {"220", "250", "250", "250", "250", "221"});
  lab.simulation.run_for(4ms);
  EXPECT_EQ(*before, "unfinished") << "the session is to be in its middle";
  EXPECT_EQ(lab.reload(relay_for("new.example", "listen on egress port 2525\n")), std::nullopt);
  lab.simulation.run_for(5s);
  EXPECT_EQ(*before, "") << "it keeps the rules with which it began";
  EXPECT_THAT(lab.talk({}, {"220"}), HasSubstr("refused")) << "nobody listens on port 25 any more";
  EXPECT_EQ(lab.reload(relay_for("new.example", "listen on egress port 2525\nlisten on egress\n")),
            std::nullopt);
  EXPECT_EQ(lab.talk(kToNew, kTaken), "");
}

TEST(Reload, APausedRelayStaysPausedOnItsNewSockets) {
  ReloadLab lab;
  lab.relay->desk().pause_smtp(true);
  EXPECT_EQ(lab.reload(relay_for("old.example", "listen on egress port 2525\n")), std::nullopt);
  EXPECT_EQ(lab.reload(relay_for("old.example", "listen on egress\n")), std::nullopt);
  EXPECT_EQ(lab.talk({}, {"silence"}, 5s), "");
  lab.relay->desk().pause_smtp(false);
  EXPECT_EQ(lab.talk(kToOld, kTaken), "");
}

TEST(ShutDown, NobodyNewIsMetAndARunningTransactionComesToItsEnd) {
  ReloadLab lab;
  auto running = lab.begin_talk({"EHLO a", "MAIL FROM:<a@b.example>", "RCPT TO:<c@old.example>",
                                 "DATA", "Subject: x\r\n\r\nx\r\n.\r\n", "QUIT"},
                                {"220", "250", "250", "250", "354", "250 2.0.0", "221 2.0.0"});
  lab.run_until_heard("MAIL FROM:<a@b.example>");
  lab.shut_down(30s);
  lab.simulation.run_for(1ms);
  EXPECT_EQ(*running, "unfinished") << "the session is to be in its middle";
  EXPECT_THAT(lab.talk({}, {"220"}), HasSubstr("refused"));
  lab.simulation.run_for(2s);
  EXPECT_EQ(*running, "");
  EXPECT_EQ(lab.counter("scheduler.envelope"), 1);
}

TEST(ShutDown, WhoIsIdleIsToldToComeBack) {
  ReloadLab lab;
  auto idle = lab.begin_talk({"EHLO a"}, {"220", "250", "421 4.3.2", "close"});
  lab.simulation.run_for(1s);
  lab.shut_down(30s);
  lab.simulation.run_for(1s);
  EXPECT_EQ(*idle, "") << "RFC 5321 3.8";
  EXPECT_EQ(lab.count_logs("mxrelayd ended"), 1u) << "nobody was left to wait for";
}

TEST(ShutDown, TheTransactionIsTheLastThingThatASessionMayEnd) {
  ReloadLab lab;
  auto talk = lab.begin_talk({"EHLO a", "MAIL FROM:<a@b.example>", "RCPT TO:<c@old.example>"},
                             {"220", "250", "250", "250", "421"});
  lab.simulation.run_for(1s);
  lab.shut_down(20s);
  lab.simulation.run_for(10s);
  EXPECT_EQ(*talk, "unfinished") << "a transaction has begun, and may still be ended";
}

TEST(ShutDown, ADeliveryThatRunsComesToItsEndAndNoOtherBegins) {
  RelayLab lab(relay_for("old.example", "listen on egress\nlisten on socket\n") +
               "match from socket for any action \"out\"\n");
  auto& peer = lab.add_peer("mail.old.example", 10);
  lab.zones.add("old.example", "MX 10 mail.old.example.");
  peer.manners.slow(2s);
  lab.boot_relay();
  lab.submit("a@b.example", {"c@old.example"});
  lab.run_until(lab.now() + 9);  // banner, EHLO, MAIL, RCPT and DATA are through
  lab.submit("a@b.example", {"d@old.example"});
  world::spawn(lab.machine->world(), [](std::shared_ptr<Relay> relay) -> awaitable<void> {
    co_await relay->shut_down(30s);
  }(lab.relay));
  lab.simulation.wake(*lab.machine);
  lab.run_until(lab.now() + 20);
  EXPECT_EQ(peer.mails(), 1u);
  EXPECT_EQ(lab.count_logs("result=\"Ok\""), 1u) << "and it is recorded: no second copy follows";
  EXPECT_EQ(lab.count_logs("mxrelayd ended"), 1u);
  lab.reboot_relay();
  peer.manners.reset();
  lab.run_until(lab.now() + 60);
  EXPECT_EQ(peer.mails(), 2u) << "what had not begun was kept in the queue";
}

TEST(ShutDown, WaitsForNobodyLongerThanItsBound) {
  ReloadLab lab;
  auto idle = lab.begin_talk({"EHLO a", "MAIL FROM:<a@b.example>"}, {"220", "250", "250", "close"});
  lab.simulation.run_for(1s);
  lab.shut_down(3s);
  lab.simulation.run_for(2s);
  EXPECT_EQ(*idle, "unfinished");
  lab.simulation.run_for(4s);
  EXPECT_EQ(lab.count_logs("mxrelayd ended"), 1u);
}

}  // namespace
}  // namespace mxlab::relay
