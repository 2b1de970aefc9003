// sendmail at the relay's submit socket: what travels, and what every end of it means.
#include "relay/sendmail/hand_in.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/world/spawn.hpp"
#include "sim/world/simulation.hpp"

namespace mxlab::sendmail {
namespace {
using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kSocket = "/run/mxrelay/submit.sock";

/// What the relay hears, and what it does.
struct Relay {
  std::string answer = R"({"code":250,"text":"2.0.0 1a2b3c4d Message accepted for delivery"})";
  bool hears_the_body = true;
  std::string envelope, body;
};

world::awaitable<void> serve(world::World& world, Relay& relay) try {
  auto listener = world.network.listen_local(kSocket, 0666);
  control::Channel channel(world, co_await listener->accept());
  relay.envelope = (co_await channel.read_line(1min)).value_or("");
  while (relay.hears_the_body) {
    auto piece = co_await channel.read_body(1min);
    if (!piece) break;
    relay.body += *piece;
  }
  if (!relay.answer.empty()) co_await channel.write_line(relay.answer, 1min);
} catch (const std::exception&) {
}

class HandIn : public testing::Test {
 protected:
  HandIn() {
    host_ = &simulation_.add_host("host", {asio::ip::make_address("192.0.2.1")});
    simulation_.boot(*host_, [](world::World&) { return std::make_shared<int>(0); });
  }
  ~HandIn() override {
    if (host_->up) simulation_.stop(*host_);
  }
  void start_relay() {
    world::spawn(host_->world(), serve(host_->world(), relay_));
    simulation_.wake(*host_);
    simulation_.run_for(1s);
  }
  Outcome hand_in(const std::string& body = "a line\n.\nanother\n") {
    Outcome outcome{-1, "never came to an end"};
    std::size_t at = 0;
    Letter letter(
        [&](std::size_t most) {
          std::string piece = body.substr(std::min(at, body.size()), most);
          at += piece.size();
          return piece;
        },
        false);
    auto run = [](world::World& world, Letter& l, Outcome& o) -> awaitable<void> {
      Parcel parcel{{"joe", {"alice", "b@x.example"}, "never", "", ""}, "Subject: x\n\n", l};
      o = co_await sendmail::hand_in(world, kSocket, std::move(parcel));
    };
    world::spawn(host_->world(), run(host_->world(), letter, outcome));
    simulation_.wake(*host_);
    simulation_.run_for(20min);
    return outcome;
  }

  sim::Simulation simulation_{1};
  sim::Host* host_ = nullptr;
  Relay relay_;
};

TEST_F(HandIn, GivesTheEnvelopeAndThenTheLetterInPieces) {
  start_relay();
  const std::string body(300'000, 'x');
  const Outcome outcome = hand_in(body);
  EXPECT_EQ(outcome.exit, kOk);
  EXPECT_THAT(outcome.text, HasSubstr("1a2b3c4d"));
  EXPECT_THAT(relay_.envelope,
              AllOf(HasSubstr(R"("sender":"joe")"), HasSubstr(R"(["alice","b@x.example"])"),
                    HasSubstr(R"("notify":"never")")));
  EXPECT_EQ(relay_.body, "Subject: x\n\n" + body);
}

TEST_F(HandIn, ARelayThatIsNotThereIsATemporaryFailureInWords) {
  const Outcome outcome = hand_in();
  EXPECT_EQ(outcome.exit, kTemporary);
  EXPECT_THAT(outcome.text, AllOf(HasSubstr("mxrelayd doesn't seem to be running"),
                                  HasSubstr(kSocket), HasSubstr("was not sent")));
}

TEST_F(HandIn, ARefusalThatComesBeforeTheBodyIsHeard) {
  relay_.hears_the_body = false;
  relay_.answer = R"({"code":550,"text":"5.1.1 Invalid recipient: <alice@host>"})";
  start_relay();
  const Outcome outcome = hand_in(std::string(3'000'000, 'x'));
  EXPECT_EQ(outcome.exit, kNoUser);
  EXPECT_THAT(outcome.text, HasSubstr("Invalid recipient"));
}

TEST_F(HandIn, NoAnswerIsNeverASuccess) {
  relay_.answer.clear();
  start_relay();
  EXPECT_EQ(hand_in().exit, kTemporary);
}

TEST_F(HandIn, AnAnswerThatMakesNoSenseIsNeverASuccess) {
  relay_.answer = "250 fine";
  start_relay();
  EXPECT_EQ(hand_in().exit, kTemporary);
}

TEST_F(HandIn, ARelayThatDiesIsATemporaryFailure) {
  relay_.hears_the_body = false;
  relay_.answer.clear();
  start_relay();
  EXPECT_EQ(hand_in(std::string(3'000'000, 'x')).exit, kTemporary);
}

}  // namespace
}  // namespace mxlab::sendmail
