// simulation_test.cpp - virtual time, determinism, and the death of hosts.
#include "sim/world/simulation.hpp"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <ctime>

#include "tests/world/labs.hpp"

namespace mxlab::test {
namespace {

using namespace std::chrono_literals;

awaitable<void> sleep_and_note(World& world, world::Duration span, std::vector<int>& order,
                               int number) {
  co_await world.clock.sleep_for(span);
  order.push_back(number);
}

TEST(Simulation, JumpsOverYearsInOrder) {
  SimLab lab;
  std::vector<int> order;
  lab.start(sleep_and_note(lab.client(), 24h * 365, order, 3));
  lab.start(sleep_and_note(lab.client(), 1ns, order, 1));
  lab.start(sleep_and_note(lab.client(), 400s, order, 2));
  auto begin = std::chrono::steady_clock::now();
  lab.simulation.run();
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(lab.simulation.elapsed(), 24h * 365);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
}

TEST(Simulation, RunUntilStopsInTimeAndScriptsRunBetweenHandlers) {
  SimLab lab;
  std::vector<world::Duration> seen;
  for (auto when : {20s, 10s, 30s})
    lab.simulation.at(when, [&] { seen.push_back(lab.simulation.elapsed()); });
  lab.simulation.run_until(25s);
  EXPECT_EQ(seen, (std::vector<world::Duration>{10s, 20s}));
  EXPECT_EQ(lab.simulation.elapsed(), 25s);
}

TEST(Simulation, SkewMovesTheWallClockAlone) {
  SimLab lab;
  auto steady = lab.client().clock.steady_now();
  lab.client_host->clock_skew = -1h;
  EXPECT_EQ(lab.client().clock.now(), sim::Simulation::kStart - 1h);
  EXPECT_EQ(lab.client().clock.steady_now(), steady);
  EXPECT_EQ(lab.server().clock.now(), sim::Simulation::kStart);
}

TEST(Simulation, LibcTellsVirtualTimeWhileASimulationLives) {
  std::time_t real = std::time(nullptr);
  {
    sim::Simulation simulation(1);
    simulation.run_for(1000s);
    EXPECT_EQ(std::time(nullptr), 1893456000 + 1000);
  }
  EXPECT_LT(std::time(nullptr) - real, 10);
}

awaitable<void> chatter(World& world, Endpoint peer, int lines) {
  auto stream = co_await world.network.connect(peer);
  for (int i = 0; i < lines; ++i) {
    co_await write_all(*stream, "NOOP " + std::to_string(world.random.next()) + "\r\n");
    co_await world.clock.sleep_for(std::chrono::microseconds(world.random.next() % 5000));
  }
}
awaitable<void> listen_to_all(World& world, Endpoint local) {
  auto listener = world.network.listen(local, 5);
  for (int i = 0; i < 3; ++i) co_await read_to_end(*co_await listener->accept());
}
std::uint64_t chatter_hash(std::uint64_t seed) {
  SimLab lab(seed);
  Endpoint peer{lab.server_address(), 25};
  asio::co_spawn(lab.server().executor, listen_to_all(lab.server(), peer), asio::detached);
  lab.simulation.run_for(1ms);
  for (int i = 0; i < 3; ++i) lab.start(chatter(lab.client(), peer, 20));
  lab.simulation.run();
  return lab.simulation.trace().hash();
}
TEST(Simulation, TheSameSeedIsTheSameRunAndAnotherIsAnother) {
  EXPECT_EQ(chatter_hash(1), chatter_hash(1));
  EXPECT_NE(chatter_hash(1), chatter_hash(2));
}

struct Counted {
  explicit Counted(std::string& log, std::string name) : log_(log), name_(std::move(name)) {}
  ~Counted() { log_ += name_; }
  std::string& log_;
  std::string name_;
};
awaitable<void> wait_for_ever(World& world, std::string& log) {
  Counted counted(log, "coroutine ");
  co_await world.clock.sleep_for(24h);
}
TEST(Simulation, CrashDestroysCoroutinesBeforeTheProgram) {
  SimLab lab;
  std::string log;
  sim::Host& host = lab.simulation.add_host("third", {});
  lab.simulation.boot(host, [&](World& world) {
    asio::co_spawn(world.executor, wait_for_ever(world, log), asio::detached);
    return std::make_shared<Counted>(log, "program");
  });
  lab.simulation.run_for(1s);
  EXPECT_EQ(log, "");
  lab.simulation.crash(host);
  EXPECT_EQ(log, "coroutine program");
  EXPECT_FALSE(host.up);
  lab.simulation.boot(host, nothing);
  EXPECT_EQ(host.life, 2u);
}

void write_file(world::Disk& disk, bool sync) {
  auto file = disk.open("/mail", world::OpenMode::kCreate);
  file->write(0, "kept");
  if (sync) file->sync(), disk.sync_directory("/");
}
TEST(Simulation, PowerCutForgetsWhatWasNotSyncedAndKillDoesNot) {
  bool forgotten = false;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SimLab lab(seed);
    sim::Host& host = *lab.client_host;
    write_file(host.disk(), false);
    lab.simulation.kill(host);
    ASSERT_EQ(host.disk().read_file("/mail"), "kept");
    lab.simulation.crash(host);
    forgotten |= !host.disk().exists("/mail") || host.disk().read_file("/mail") != "kept";
  }
  EXPECT_TRUE(forgotten) << "in 20 seeds no power cut lost anything";
}

awaitable<void> write_then_speak(World& world, world::DatagramSocket& socket, Endpoint peer,
                                 bool& after) {
  co_await on_storage(world, [&world] { write_file(world.disk, true); });
  after = true;
  socket.send({std::move(peer), "250 Ok"});
}
awaitable<void> run_with_socket(World& world, Endpoint peer, bool& after) {
  auto socket = world.network.open_datagrams({asio::ip::address_v4::any(), 0});
  co_await write_then_speak(world, *socket, std::move(peer), after);
}
TEST(Simulation, NothingLeavesAHostThatDiesInsideADiskCall) {
  SimLab lab;
  auto socket = lab.server().network.open_datagrams({lab.server_address(), 53});
  bool after = false;
  lab.client_host->disk().die_after(2);
  lab.start(run_with_socket(lab.client(), socket->local(), after));
  lab.simulation.run();
  EXPECT_FALSE(after) << "the process learnt of a job during which the current went";
  EXPECT_FALSE(lab.client_host->powered);
  lab.simulation.boot(*lab.client_host, nothing);
  EXPECT_FALSE(lab.client_host->disk().dead());
}

awaitable<void> speak(World& world, Endpoint peer, std::function<void()> before) {
  auto socket = world.network.open_datagrams({asio::ip::address_v4::any(), 0});
  before();
  socket->send({std::move(peer), "250 Ok"});
  world.journal.info("said it");
  co_await world.clock.sleep_for(1h);
}
TEST(Simulation, RequestedPowerCutSilencesTheRestOfTheHandler) {
  SimLab lab;
  auto socket = lab.server().network.open_datagrams({lab.server_address(), 53});
  lab.start(speak(lab.client(), socket->local(),
                  [&] { lab.simulation.request_power_cut(*lab.client_host); }));
  lab.simulation.run();
  for (const sim::Event& event : lab.simulation.trace().events()) {
    EXPECT_NE(event.kind, sim::EventKind::kDatagram);
    EXPECT_NE(event.kind, sim::EventKind::kLog);
  }
  EXPECT_EQ(lab.simulation.elapsed(), 0s) << "the host lived on";
  EXPECT_FALSE(lab.client_host->up);
}

TEST(Simulation, DatagramsAreLostAndDoubledAsTheWiresSay) {
  SimLab lab;
  sim::Quality quality;
  quality.loss = 0.5;
  quality.duplicate = 0.5;
  lab.simulation.wires().set_quality(quality);
  auto server = lab.server().network.open_datagrams({lab.server_address(), 53});
  auto client = lab.client().network.open_datagrams({asio::ip::address_v4::any(), 0});
  for (int i = 0; i < 200; ++i) client->send({server->local(), std::to_string(i)});
  lab.simulation.run();
  int arrived = 0, lost = 0;
  for (const sim::Event& event : lab.simulation.trace().events()) {
    arrived += event.kind == sim::EventKind::kDatagram;
    lost += event.kind == sim::EventKind::kDatagramLost;
  }
  EXPECT_NEAR(lost, 100, 40);
  EXPECT_GT(arrived, 200 - lost) << "none was doubled";
}

TEST(Timeline, KeepsOrderOfTimeAndArrivalAndForgetsTheCancelled) {
  sim::Timeline timeline;
  std::string order;
  auto add = [&](int second, char name) {
    return timeline.add(world::TimePoint(std::chrono::seconds(second)), 0,
                        sim::Action([&order, name] { order += name; }));
  };
  add(2, 'c'), add(1, 'a');
  auto cancelled = add(1, 'x');
  add(2, 'd'), add(1, 'b');
  EXPECT_TRUE(static_cast<bool>(timeline.cancel(cancelled)));
  EXPECT_FALSE(static_cast<bool>(timeline.cancel(cancelled)));
  while (!timeline.empty()) timeline.pop().first();
  EXPECT_EQ(order, "abcd");
}

}  // namespace
}  // namespace mxlab::test
