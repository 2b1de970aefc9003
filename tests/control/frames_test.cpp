// What travels over the local sockets, and what happens to those who send nonsense.
#include "relay/control/frames.hpp"

#include <asio/redirect_error.hpp>
#include <asio/write.hpp>
#include <gtest/gtest.h>

#include "relay/control/messages.hpp"
#include "relay/world/spawn.hpp"
#include "sim/world/simulation.hpp"

namespace mxlab::control {
namespace {
using namespace std::chrono_literals;

constexpr const char* kPath = "/run/test.sock";
using Side = std::function<awaitable<void>(world::World&, std::unique_ptr<world::Stream>)>;

awaitable<void> accept(world::World& world, Side side) {
  auto listener = world.network.listen_local(kPath, 0600);
  co_await side(world, co_await listener->accept());
}

awaitable<void> connect(world::World& world, Side side) {
  co_await side(world, co_await world.network.connect_local(kPath));
}

/// Both ends of a local socket on one simulated host.
class Frames : public testing::Test {
 protected:
  Frames() {
    host_ = &simulation_.add_host("host", {asio::ip::make_address("192.0.2.1")});
    simulation_.boot(*host_, [](world::World&) { return std::make_shared<int>(0); });
  }
  ~Frames() override { simulation_.stop(*host_); }
  void run(Side server, Side client) {
    world::spawn(host_->world(), accept(host_->world(), std::move(server)));
    simulation_.wake(*host_);
    simulation_.run_for(1s);
    world::spawn(host_->world(), connect(host_->world(), std::move(client)));
    simulation_.wake(*host_);
    simulation_.run_for(10min);
  }
  /// What a reader makes of these raw bytes; the writer leaves afterwards, or stays silent.
  std::string read_after(std::string bytes, bool stay = false) {
    std::string found = "nothing happened";
    run(
        [&](world::World& world, std::unique_ptr<world::Stream> stream) -> awaitable<void> {
          Channel channel(world, std::move(stream));
          try {
            auto line = co_await channel.read_line(1min);
            found = line ? "line " + *line : "end";
          } catch (const FrameError& error) {
            found = error.what();
          } catch (const std::system_error& error) {
            found = error.code() == std::errc::timed_out ? "timed out" : error.what();
          }
        },
        [&](world::World& world, std::unique_ptr<world::Stream> stream) -> awaitable<void> {
          std::error_code gone;
          co_await asio::async_write(*stream, asio::buffer(bytes),
                                     asio::redirect_error(asio::use_awaitable, gone));
          if (stay) co_await world.clock.sleep_for(5min);
        });
    return found;
  }

  sim::Simulation simulation_{1};
  sim::Host* host_ = nullptr;
};

TEST_F(Frames, CarryLinesOneByOne) {
  EXPECT_EQ(read_after("{\"command\":\"digest\"}\nmore\n"), "line {\"command\":\"digest\"}");
}

TEST_F(Frames, EndBetweenTwoLinesAndNowhereElse) {
  EXPECT_EQ(read_after(""), "end");
  EXPECT_EQ(read_after("{\"comm"), "the connection ended in the middle of a line");
}

TEST_F(Frames, AreNotWaitedForLongerThanThePatienceGiven) {
  EXPECT_EQ(read_after("{\"half", true), "timed out");
}

TEST_F(Frames, HaveALongestLineAndRememberNoMore) {
  EXPECT_EQ(read_after(std::string(10 * kMaxLine, 'x'), true), "a line has at most 262144 bytes");
  EXPECT_EQ(read_after(std::string(kMaxLine, 'x') + "\n"), "line " + std::string(kMaxLine, 'x'));
  EXPECT_EQ(read_after(std::string(kMaxLine + 1, 'x') + "\n"), "a line has at most 262144 bytes");
}

TEST_F(Frames, CarryABodyOfAnyBytesInBoundedRuns) {
  std::string body;
  for (int i = 0; i < 200'000; ++i) body += static_cast<char>(i * 7);
  std::string heard;
  std::size_t longest = 0;
  run(
      [&](world::World& world, std::unique_ptr<world::Stream> stream) -> awaitable<void> {
        Channel channel(world, std::move(stream));
        while (auto piece = co_await channel.read_body(1min)) {
          longest = std::max(longest, piece->size());
          heard += *piece;
        }
      },
      [&](world::World& world, std::unique_ptr<world::Stream> stream) -> awaitable<void> {
        Channel channel(world, std::move(stream));
        co_await channel.write_body(body, 1min);
        co_await channel.write_body("", 1min);
        co_await channel.end_body(1min);
      });
  EXPECT_EQ(heard, body);
  EXPECT_EQ(longest, kMaxRun);
}

TEST_F(Frames, OfABodyThatBreaksTheRulesAreRefused) {
  auto read_body = [this](std::string bytes) {
    std::string found = "taken";
    run(
        [&](world::World& world, std::unique_ptr<world::Stream> stream) -> awaitable<void> {
          Channel channel(world, std::move(stream));
          try {
            while (co_await channel.read_body(1min)) {
            }
          } catch (const FrameError& error) {
            found = error.what();
          }
        },
        [&](world::World&, std::unique_ptr<world::Stream> stream) -> awaitable<void> {
          co_await asio::async_write(*stream, asio::buffer(bytes), asio::use_awaitable);
        });
    return found;
  };
  EXPECT_EQ(read_body("{\"bytes\":3}\nabc{\"end\":true}\n"), "taken");
  EXPECT_EQ(read_body("{\"bytes\":3}\nab"), "the connection ended in the middle of a body");
  EXPECT_EQ(read_body("{\"bytes\":65537}\n"), "a run has at most 65536 bytes");
  EXPECT_EQ(read_body("{\"bytes\":-1}\n"), "a run has at most 65536 bytes");
  EXPECT_EQ(read_body("{\"bytes\":0}\n"), "neither bytes nor the end of a body");
  EXPECT_EQ(read_body("DATA\n"), "neither bytes nor the end of a body");
}

std::string refusal(const std::string& line) {
  try {
    decode_request(line);
    return "taken";
  } catch (const FrameError& error) {
    return error.what();
  }
}

TEST(Messages, OfNonsenseAreRefusedInWords) {
  EXPECT_EQ(refusal("GET / HTTP/1.1"), "a line is one JSON object");
  EXPECT_EQ(refusal(""), "a line is one JSON object");
  EXPECT_EQ(refusal("[1]"), "a line is one JSON object");
  EXPECT_EQ(refusal(std::string(100'000, '[')), "a line is one JSON object");
  EXPECT_EQ(refusal("{}"), "\"command\" is missing");
  EXPECT_EQ(refusal(R"({"command":7})"), "\"command\" is a text");
  EXPECT_EQ(refusal(R"({"command":"x","arguments":"y"})"), "\"arguments\" is a list of texts");
  EXPECT_EQ(refusal(R"({"command":"x","arguments":[1]})"), "\"arguments\" is a list of texts");
  EXPECT_EQ(refusal(R"({"command":"x","json":1})"), "\"json\" is true or false");
  std::string many = R"({"command":"x","arguments":["")";
  for (std::size_t i = 0; i < kMaxArguments; ++i) many += R"(,"")";
  EXPECT_EQ(refusal(many + "]}"), "\"arguments\" holds at most 64");
}

TEST(Messages, SurviveTheWayThereAndBack) {
  const auto request =
      std::get<Request>(decode_request(encode(Request{"show queue", {"0e236aa4"}, true})));
  EXPECT_EQ(request.command, "show queue");
  EXPECT_EQ(request.arguments, std::vector<std::string>{"0e236aa4"});
  EXPECT_TRUE(request.json);
  const auto letter = std::get<SubmitRequest>(decode_request(
      encode(SubmitRequest{"a@example.net", {"b@example.org", "c"}, "NEVER", "HDRS", "Q1"})));
  EXPECT_EQ(letter.sender, "a@example.net");
  EXPECT_EQ(letter.recipients, (std::vector<std::string>{"b@example.org", "c"}));
  EXPECT_EQ(letter.dsn_notify + letter.dsn_ret + letter.dsn_envid, "NEVERHDRSQ1");
  const auto text = std::get<TextRecord>(decode_answer(encode(TextRecord{"550 \"no\"\n\xff|"})));
  EXPECT_EQ(text.text, "550 \"no\"\n\xef\xbf\xbd|") << "what is no UTF-8 does not break a line";
  const auto last = std::get<LastRecord>(decode_answer(encode(LastRecord{1, "why"})));
  EXPECT_EQ(last.status, 1);
  EXPECT_EQ(last.error, "why");
  const auto record = std::get<JsonRecord>(decode_answer(encode(JsonRecord{R"({"z":1,"a":2})"})));
  EXPECT_EQ(record.json, R"({"z":1,"a":2})") << "keys keep their order";
  EXPECT_EQ(decode_submitted(encode(Submitted{250, "2.0.0 Ok"})).code, 250);
}

}  // namespace
}  // namespace mxlab::control
