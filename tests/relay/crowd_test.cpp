// Crowds: thousands who connect and say nothing, or hardly anything, hold no honest client out.
#include <asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/world/spawn.hpp"
#include "tests/relay/talker.hpp"

namespace mxlab::relay {
namespace {

using namespace std::chrono_literals;
using testing::StartsWith;

struct Crowd {
  int networks = 1;           // addresses from which it comes
  int each = 1;               // connections that each keeps trying to have
  std::string drip{};         // what each says every second; empty: nothing
  world::Duration again{1s};  // after being sent away
};

struct Seen {
  std::int64_t most_sessions = 0;
  std::size_t told_to_come_again = 0;
};

/// Connects, listens, drips, and comes again when it has been sent away.
awaitable<void> pester(world::World& world, world::Address from, Crowd crowd,
                       std::shared_ptr<Seen> seen) {
  const world::Endpoint to{asio::ip::make_address("192.0.2.30"), 25};
  for (;;) {
    try {
      auto stream = co_await world.network.connect_from(from, to);
      char buffer[512];
      std::size_t count =
          co_await stream->async_read_some(asio::buffer(buffer), asio::use_awaitable);
      if (std::string_view(buffer, count).starts_with("421")) ++seen->told_to_come_again;
      while (!crowd.drip.empty()) {
        co_await asio::async_write(*stream, asio::buffer(crowd.drip), asio::use_awaitable);
        co_await world.clock.sleep_for(1s);
      }
      for (;;) co_await stream->async_read_some(asio::buffer(buffer), asio::use_awaitable);
    } catch (const std::system_error&) {
      // Sent away.
    }
    co_await world.clock.sleep_for(crowd.again);
  }
}

std::vector<world::Address> addresses(int count) {
  std::vector<world::Address> found;
  for (int i = 0; i < count; ++i)
    found.push_back(asio::ip::make_address("10.7." + std::to_string(i / 250) + "." +
                                           std::to_string(1 + i % 250)));
  return found;
}

struct Besieged : RelayLab {
  explicit Besieged(Crowd crowd) {
    simulation.trace().keep(sim::Keep::kNothing);
    options.backlog = 4096;  // else most of the crowd would never get in
    boot_relay();
    auto& attacker = simulation.add_host("crowd", addresses(crowd.networks));
    simulation.boot(attacker, [&](world::World& world) {
      for (const world::Address& from : addresses(crowd.networks))
        for (int i = 0; i < crowd.each; ++i) world::spawn(world, pester(world, from, crowd, seen));
      return std::make_shared<int>(0);
    });
  }
  /// An honest client: the banner's time, or -1 when there was none.
  double banner() {
    const double begun = now();
    const auto heard = talk_to(*this, {"QUIT"}, {.keep_banner = true});
    seen->most_sessions = std::max(seen->most_sessions, counter("smtp.session"));
    return heard.front().starts_with("220 ") ? now() - begun : -1;
  }
  std::shared_ptr<Seen> seen = std::make_shared<Seen>();
};

void expect_service(Besieged& lab, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    lab.run_until(lab.now() + 3.7);
    const double waited = lab.banner();
    EXPECT_GE(waited, 0) << "turned away at " << lab.now() << " s";
    EXPECT_LT(waited, 1) << "at " << lab.now() << " s";
  }
  EXPECT_LE(lab.seen->most_sessions, 1000);
}

// R16
TEST(Crowd, TwoThousandThatDripAByteASecondHoldNobodyOut) {
  Besieged lab({.networks = 40, .each = 50, .drip = "N"});
  expect_service(lab, 20);
  EXPECT_GT(lab.seen->most_sessions, 900) << "the house was full indeed";
}

TEST(Crowd, TenThousandThatSayNothingAreBoundedAndHoldNobodyOut) {
  Besieged lab({.networks = 200, .each = 50, .again = 5s});
  expect_service(lab, 8);
  EXPECT_GT(lab.seen->most_sessions, 900);
  EXPECT_GT(lab.seen->told_to_come_again, 1000u);
}

TEST(Crowd, OneNetworkHasItsShareOnly) {
  Besieged lab({.networks = 1, .each = 500});
  expect_service(lab, 3);
  EXPECT_LE(lab.seen->most_sessions, 101);
}

TEST(Crowd, AThousandInDataAreNoBetter) {
  Besieged lab({.networks = 20,
                .each = 60,
                .drip = "HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@example.org>\r\nDATA\r\n"});
  expect_service(lab, 8);
}

}  // namespace
}  // namespace mxlab::relay
