// Between the final dot and its answer nothing is waited for but the disk: who waits longer than
// its sender's patience makes a duplicate.
#include <gtest/gtest.h>

#include "relay/smtp/connection.hpp"
#include "tests/relay/lab.hpp"

namespace mxlab::relay {
namespace {

using namespace std::chrono_literals;

/// Speaks one mail and tells how long the reply to its final dot took.
class Watch {
 public:
  Watch(world::World& world, std::unique_ptr<world::Stream> stream)
      : world_(world), connection_(world, std::move(stream), {"00000000000000d9", 2048}) {}

  awaitable<void> run(world::Duration& took, std::string& answer) {
    co_await reply();
    for (const char* line : {"EHLO stranger", "MAIL FROM:<a@example.net>",
                             "RCPT TO:<b@example.org>", "DATA", "Subject: x\r\n\r\ntext"}) {
      co_await send(line);
      if (std::string_view(line).starts_with("Subject")) break;
      answer = co_await reply();
    }
    const auto dot = world_.clock.steady_now();
    co_await send(".");
    answer = co_await reply();
    took = world_.clock.steady_now() - dot;
  }

 private:
  awaitable<void> send(std::string line) {
    connection_.put_body(line + "\r\n");
    co_await connection_.flush(connection_.after(60s));
  }
  awaitable<std::string> reply() {
    for (;;) {
      auto line = connection_.next_line();
      if (!line)
        co_await connection_.fill(connection_.after(300s));
      else if (line->text.size() < 4 || line->text[3] != '-')
        co_return line->text;
    }
  }

  world::World& world_;
  smtp::Connection connection_;
};

// D9
TEST(Dot, IsAnsweredAtOnceThoughNoNameServerAnswersAndThePrimaryIsSilent) {
  RelayLab lab;
  lab.lies.set("*", "", fakedns::parse_lie("silence"));
  lab.boot_relay();
  ASSERT_EQ(lab.fault, "");
  world::Duration took{};
  std::string answer;
  lab.as_stranger([&](world::World& world) -> awaitable<void> {
    auto address = asio::ip::make_address("192.0.2.30");
    Watch watch(world, co_await world.network.connect({address, 25}));
    co_await watch.run(took, answer);
  });
  EXPECT_TRUE(answer.starts_with("250")) << answer;
  EXPECT_LT(took, 1s) << "ms: " << took / 1ms;
}

}  // namespace
}  // namespace mxlab::relay
