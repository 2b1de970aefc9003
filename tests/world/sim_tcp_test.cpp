// sim_tcp_test.cpp - the simulated TCP against what was captured on Linux: SYN schedules, backlog,
// unreachable hosts, black holes, partitions.
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>

#include "tests/world/labs.hpp"

namespace mxlab::test {
namespace {

using namespace std::chrono_literals;
using sim::EventKind;
using sim::Verdict;

const Endpoint kServer{asio::ip::make_address("192.0.2.2"), 25};

struct Outcome {
  bool done = false;
  double at = -1;
  world::error_code error;
};

awaitable<void> try_connect(SimLab& lab, Endpoint peer, Outcome& outcome) {
  outcome.error = co_await error_of(connect_and_drop(lab.client(), peer));
  outcome.done = true;
  outcome.at = lab.seconds();
}

std::vector<int> syn_seconds(SimLab& lab) {
  std::vector<int> seconds;
  for (const sim::Event& event : lab.simulation.trace().events())
    if (event.kind == EventKind::kSyn)
      seconds.push_back(static_cast<int>(
          std::chrono::duration_cast<std::chrono::seconds>(event.at - sim::Simulation::kStart)
              .count()));
  return seconds;
}

Outcome connect_through(Verdict verdict, Endpoint peer = kServer) {
  SimLab lab;
  lab.simulation.wires().rule({nullptr, lab.server_host, 25}, verdict);
  Outcome outcome;
  lab.run(try_connect(lab, peer, outcome));
  if (verdict == Verdict::kDrop)
    EXPECT_EQ(syn_seconds(lab), (std::vector<int>{0, 1, 2, 3, 4, 5, 7, 11, 19, 36, 69}));
  return outcome;
}

TEST(SimulatedTcp, BlackHoleTakesElevenSynsUntilItTimesOut) {
  Outcome outcome = connect_through(Verdict::kDrop);
  EXPECT_EQ(outcome.error, asio::error::timed_out);
  EXPECT_DOUBLE_EQ(outcome.at, 134.7);
}

TEST(SimulatedTcp, HostGoneFromTheLanIsUnreachableAfterThreeSeconds) {
  Outcome outcome = connect_through(Verdict::kUnreachable);
  EXPECT_EQ(outcome.error, asio::error::host_unreachable);
  EXPECT_DOUBLE_EQ(outcome.at, 3.1);
  Outcome nobody = connect_through(Verdict::kPass, {asio::ip::make_address("192.0.2.77"), 25});
  EXPECT_EQ(nobody.error, asio::error::host_unreachable);
  EXPECT_DOUBLE_EQ(nobody.at, 3.1);
}

TEST(SimulatedTcp, ProhibitedAndRejectedFailWithinARoundTrip) {
  Outcome prohibited = connect_through(Verdict::kProhibit);
  EXPECT_EQ(prohibited.error, asio::error::host_unreachable);
  EXPECT_LT(prohibited.at, 0.005);
  Outcome rejected = connect_through(Verdict::kReject);
  EXPECT_EQ(rejected.error, asio::error::connection_refused);
  EXPECT_LT(rejected.at, 0.005);
}

TEST(SimulatedTcp, NoRouteForAnAddressFamilyWithoutAnAddress) {
  Outcome outcome = connect_through(Verdict::kPass, {asio::ip::make_address("2001:db8::1"), 25});
  EXPECT_EQ(outcome.error, asio::error::network_unreachable);
}

TEST(SimulatedTcp, TheNextSynGetsThroughWhenABlackHoleHeals) {
  SimLab lab;
  auto listener = lab.server().network.listen(kServer, 5);
  lab.simulation.wires().blackhole(*lab.server_host, 25);
  lab.simulation.at(20s, [&] { lab.simulation.wires().heal(*lab.server_host); });
  Outcome outcome;
  lab.run(try_connect(lab, kServer, outcome));
  EXPECT_FALSE(outcome.error);
  EXPECT_NEAR(outcome.at, 36, 0.01) << "SYNs go at 19 s and 36 s";
}

awaitable<void> connect_and_hold(SimLab& lab, Outcome& outcome) {
  auto stream = co_await lab.client().network.connect(kServer);
  outcome.done = true;
  outcome.at = lab.seconds();
  co_await lab.client().clock.sleep_for(24h);
}

TEST(SimulatedTcp, BacklogOfFiveHoldsSixAndTheSeventhRetriesItsSyn) {
  SimLab lab;
  auto listener = lab.server().network.listen(kServer, 5);
  listener->pause();
  std::vector<Outcome> outcomes(7);
  for (Outcome& outcome : outcomes) {
    lab.start(connect_and_hold(lab, outcome));
    lab.simulation.run_for(10ms);
  }
  lab.simulation.run_for(500ms);
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(outcomes[static_cast<std::size_t>(i)].done) << i;
  EXPECT_FALSE(outcomes[6].done) << "a seventh fits into a backlog of five";
  lab.simulation.run_for(1s);
  EXPECT_FALSE(outcomes[6].done);
  int dropped = 0;
  for (const sim::Event& event : lab.simulation.trace().events())
    dropped += event.kind == EventKind::kBacklogFull;
  EXPECT_EQ(dropped, 2);
  listener->close();
}

awaitable<void> send_line(SimLab& lab, world::error_code& error) {
  auto stream = co_await lab.client().network.connect(kServer);
  co_await lab.client().clock.sleep_for(1s);
  co_await write_all(*stream, "EHLO client\r\n");
  try {
    co_await read_some(*stream);
  } catch (const std::system_error& e) {
    error = e.code();
  }
}
awaitable<void> read_line(World& world, std::string& line, double& at, SimLab& lab) {
  auto listener = world.network.listen(kServer, 5);
  auto stream = co_await listener->accept();
  line = co_await read_exactly(*stream, 13);
  at = lab.seconds();
  co_await world.clock.sleep_for(24h);
}

struct Dialogue {
  SimLab lab;
  std::string line;
  double at = -1;
  world::error_code error;
  Dialogue() {
    asio::co_spawn(lab.server().executor, read_line(lab.server(), line, at, lab), asio::detached);
    lab.start(send_line(lab, error));
    lab.simulation.run_for(500ms);
  }
};

TEST(SimulatedTcp, EstablishedConnectionSurvivesABlackHole) {
  Dialogue d;
  d.lab.simulation.wires().blackhole(*d.lab.server_host);
  d.lab.simulation.run_for(60s);
  EXPECT_EQ(d.line, "");
  d.lab.simulation.wires().heal();
  d.lab.simulation.run_for(120s);
  EXPECT_EQ(d.line, "EHLO client\r\n") << "the bytes were lost in the black hole";
  EXPECT_GT(d.at, 60);
  EXPECT_FALSE(d.error);
}

TEST(SimulatedTcp, EstablishedConnectionFailsAfterFifteenMinutesOfBlackHole) {
  Dialogue d;
  d.lab.simulation.wires().blackhole(*d.lab.server_host);
  d.lab.simulation.run_until(925s);
  EXPECT_FALSE(d.error);
  d.lab.simulation.run_until(926s);
  EXPECT_EQ(d.error, asio::error::timed_out);
}

TEST(SimulatedTcp, AsymmetricPartitionDeliversOneWayAndStillTimesOut) {
  Dialogue d;
  d.lab.simulation.wires().rule({d.lab.server_host, d.lab.client_host, 0}, Verdict::kDrop);
  d.lab.simulation.run_for(10s);
  EXPECT_EQ(d.line, "EHLO client\r\n");
  d.lab.simulation.run_until(930s);
  EXPECT_EQ(d.error, asio::error::timed_out) << "nothing acknowledged the client's data";
}

TEST(SimulatedTcp, PowerCutTellsThePeerNothingUntilTheHostIsBack) {
  Dialogue d;
  d.lab.simulation.crash(*d.lab.server_host);
  d.lab.simulation.run_for(60s);
  EXPECT_FALSE(d.error) << d.error.message();
  d.lab.simulation.boot(*d.lab.server_host, nothing);
  d.lab.simulation.run_for(120s);
  EXPECT_EQ(d.error, asio::error::connection_reset) << "a new kernel knows no old connection";
}

bool happened(SimLab& lab, EventKind kind) {
  for (const sim::Event& event : lab.simulation.trace().events())
    if (event.kind == kind) return true;
  return false;
}
TEST(SimulatedTcp, KernelSaysGoodbyeForAKilledProcessAndThenKnowsItNoMore) {
  Dialogue d;
  d.lab.simulation.kill(*d.lab.server_host);
  d.lab.simulation.run_for(100ms);
  EXPECT_TRUE(happened(d.lab, EventKind::kFin));
  EXPECT_FALSE(happened(d.lab, EventKind::kReset));
  d.lab.simulation.run_for(2s);
  EXPECT_TRUE(happened(d.lab, EventKind::kReset)) << "the client's line to nobody got no RST";
  Outcome outcome;
  d.lab.run(try_connect(d.lab, kServer, outcome));
  EXPECT_EQ(outcome.error, asio::error::connection_refused);
}

TEST(SimulatedTcp, ConnectingToAHostWithoutPowerIsUnreachable) {
  SimLab lab;
  lab.simulation.crash(*lab.server_host);
  Outcome outcome;
  lab.run(try_connect(lab, kServer, outcome));
  EXPECT_EQ(outcome.error, asio::error::host_unreachable);
}

}  // namespace
}  // namespace mxlab::test
