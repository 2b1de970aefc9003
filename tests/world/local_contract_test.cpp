// local_contract_test.cpp - what both worlds promise of local sockets, and of connecting from one
// of one's own addresses.
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/world/labs.hpp"

namespace mxlab::test {
namespace {

using namespace std::chrono_literals;
using world::Listener;
using StreamPtr = std::unique_ptr<world::Stream>;

class LocalSockets : public testing::TestWithParam<std::string> {
 protected:
  LocalSockets() {
    if (GetParam() == "real")
      lab_ = std::make_unique<RealLab>();
    else
      lab_ = std::make_unique<SimLab>();
    std::string name = (std::filesystem::temp_directory_path() / "mxlab-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~LocalSockets() override { std::filesystem::remove_all(folder_); }
  Lab& lab() { return *lab_; }
  World& world() { return lab_->client(); }
  bool real() const { return GetParam() == "real"; }
  std::string path() const { return folder_ + "/control.sock"; }

 private:
  std::unique_ptr<Lab> lab_;
  std::string folder_;
};

INSTANTIATE_TEST_SUITE_P(World, LocalSockets, testing::Values("real", "simulated"),
                         [](const auto& info) { return info.param; });

awaitable<void> connect_local_and_drop(World& world, std::string path) {
  co_await world.network.connect_local(std::move(path));
}

awaitable<void> talks(World& world, std::string path) {
  auto listener = world.network.listen_local(path, 0600);
  EXPECT_EQ(listener->local(), Endpoint{}) << "a local socket has no endpoint";
  auto client = co_await world.network.connect_local(path);
  auto server = co_await listener->accept();
  co_await write_all(*client, "show queue\n");
  EXPECT_EQ(co_await read_exactly(*server, 11), "show queue\n");
  co_await write_all(*server, "nothing\n");
  server->close();
  EXPECT_EQ(co_await read_to_end(*client), "nothing\n");
}
TEST_P(LocalSockets, CarryBytesBothWaysAndThenTheirEnd) { lab().run(talks(world(), path())); }

awaitable<void> tells_credentials(World& world, std::string path, bool real) {
  auto listener = world.network.listen_local(path, 0600);
  auto client = co_await world.network.connect_local(path);
  auto server = co_await listener->accept();
  auto peer = server->credentials();
  if (!peer) throw std::runtime_error("the server does not know who its client is");
  EXPECT_EQ(peer->user, real ? ::getuid() : 0u);
  EXPECT_EQ(peer->group, real ? ::getgid() : 0u);
  EXPECT_EQ(peer->process, real ? ::getpid() : 1);
}
TEST_P(LocalSockets, TellWhoIsAtTheOtherEnd) {
  lab().run(tells_credentials(world(), path(), real()));
}

awaitable<void> tcp_has_none(Lab& lab) {
  auto listener = lab.server().network.listen(lab.any_port(), 5);
  auto client = co_await lab.client().network.connect(listener->local());
  auto server = co_await listener->accept();
  EXPECT_FALSE(server->credentials()) << "nobody vouches for who connects over the network";
}
TEST_P(LocalSockets, AloneHaveCredentials) { lab().run(tcp_has_none(lab())); }

awaitable<void> refuses_second(World& world, std::string path) {
  auto listener = world.network.listen_local(path, 0600);
  try {
    auto second = world.network.listen_local(path, 0600);
    ADD_FAILURE() << "a living socket was pushed aside";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::address_in_use) << error.what();
  }
  auto client = co_await world.network.connect_local(path);
  co_await write_all(*client, "still there?");
  std::string heard;
  for (int i = 0; i < 2 && heard.empty(); ++i)  // the second listener's question may be ahead
    heard = co_await read_some(*co_await listener->accept());
  EXPECT_EQ(heard, "still there?");
}
TEST_P(LocalSockets, LivingOneIsNotPushedAside) { lab().run(refuses_second(world(), path())); }

awaitable<void> comes_and_goes(World& world, std::string path) {
  EXPECT_EQ(co_await error_of(connect_local_and_drop(world, path)),
            std::errc::no_such_file_or_directory);
  for (int life = 0; life < 2; ++life) {
    auto listener = world.network.listen_local(path, 0600);
    co_await connect_local_and_drop(world, path);
    listener->close();
    EXPECT_EQ(co_await error_of(connect_local_and_drop(world, path)),
              std::errc::no_such_file_or_directory)
        << "close() removes the file";
  }
  std::string longest = path + std::string(108 - path.size(), 'x');
  EXPECT_EQ(co_await error_of(connect_local_and_drop(world, longest)),
            std::errc::filename_too_long);
  EXPECT_THROW(world.network.listen_local(longest, 0600), std::system_error);
}
TEST_P(LocalSockets, ExistFromListenToClose) { lab().run(comes_and_goes(world(), path())); }

awaitable<void> greet(Listener& listener, int& accepted) {
  for (;;) {
    auto stream = co_await listener.accept();
    ++accepted;
    co_await write_all(*stream, "hello\n");
  }
}
awaitable<void> pauses(World& world, std::string path) {
  auto listener = world.network.listen_local(path, 0600);
  int accepted = 0;
  asio::co_spawn(world.executor, greet(*listener, accepted), asio::detached);
  co_await world.clock.sleep_for(5ms);
  listener->pause();
  co_await world.clock.sleep_for(5ms);
  auto client = co_await world.network.connect_local(path);
  co_await world.clock.sleep_for(20ms);
  EXPECT_EQ(accepted, 0) << "accepted while paused";
  listener->resume();
  EXPECT_EQ(co_await read_exactly(*client, 6), "hello\n");
  listener->close();
  co_await world.clock.sleep_for(5ms);
}
TEST_P(LocalSockets, PausedListenerServesItsBacklogOnResume) { lab().run(pauses(world(), path())); }

awaitable<void> connect_many(World& world, std::string path, int& connected) {
  std::vector<StreamPtr> streams;
  for (int i = 0; i < world::kLocalBacklog + 10; ++i) {
    streams.push_back(co_await world.network.connect_local(path));
    ++connected;
  }
}
awaitable<void> waits_for_room(World& world, std::string path) {
  auto listener = world.network.listen_local(path, 0600);
  int connected = 0, accepted = 0;
  asio::co_spawn(world.executor, connect_many(world, path, connected), asio::detached);
  co_await world.clock.sleep_for(50ms);
  EXPECT_EQ(connected, world::kLocalBacklog + 1) << "one more than the backlog fits";
  asio::co_spawn(world.executor, greet(*listener, accepted), asio::detached);
  co_await world.clock.sleep_for(300ms);
  EXPECT_EQ(connected, world::kLocalBacklog + 10) << "those who waited get in";
  listener->close();
  co_await world.clock.sleep_for(5ms);
}
TEST_P(LocalSockets, FullBacklogMakesTheNextOneWait) { lab().run(waits_for_room(world(), path())); }

awaitable<void> drops_backlog(World& world, std::string path) {
  auto listener = world.network.listen_local(path, 0600);
  auto client = co_await world.network.connect_local(path);
  co_await write_all(*client, "anybody?\n");
  listener->close();
  auto error = co_await error_of([](StreamPtr stream) -> awaitable<void> {
    co_await read_to_end(*stream);
  }(std::move(client)));
  EXPECT_EQ(error, asio::error::connection_reset) << error.message();
}
TEST_P(LocalSockets, ClosedListenerResetsWhatItHasNotAccepted) {
  lab().run(drops_backlog(world(), path()));
}

// --- the file, in the real world -----------------------------------------------------------------

class RealLocalSockets : public LocalSockets {};
INSTANTIATE_TEST_SUITE_P(World, RealLocalSockets, testing::Values("real"),
                         [](const auto& info) { return info.param; });

mode_t mode_of(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

TEST_P(RealLocalSockets, HaveTheModeThatWasAskedForWhateverTheUmask) {
  const mode_t before = ::umask(0077);
  for (unsigned mode : {0600u, 0660u, 0666u}) {
    auto listener = world().network.listen_local(path(), mode);
    EXPECT_EQ(mode_of(path()), mode);
  }
  ::umask(before);
}

TEST_P(RealLocalSockets, ReplaceTheFileOfAProcessThatWasKilled) {
  const std::string aside = path() + ".aside";
  {
    auto killed = world().network.listen_local(path(), 0600);
    std::filesystem::rename(path(), aside);  // so that its end does not find it
  }
  std::filesystem::rename(aside, path());
  lab().run([](World& world, std::string at) -> awaitable<void> {
    EXPECT_EQ(co_await error_of(connect_local_and_drop(world, at)), std::errc::connection_refused);
    auto heir = world.network.listen_local(at, 0600);
    co_await connect_local_and_drop(world, at);
  }(world(), path()));
}

TEST_P(RealLocalSockets, LeaveAloneWhatIsNotTheirs) {
  std::filesystem::create_directory(path());
  EXPECT_THROW(world().network.listen_local(path(), 0600), std::system_error);
  EXPECT_TRUE(std::filesystem::exists(path())) << "something that is no socket was removed";
  std::filesystem::remove(path());
  auto first = world().network.listen_local(path(), 0600);
  std::filesystem::remove(path());
  auto second = world().network.listen_local(path(), 0600);
  first->close();
  EXPECT_TRUE(std::filesystem::exists(path())) << "the first listener removed its heir's file";
}

// --- the file, in the simulated world ------------------------------------------------------------

awaitable<void> listen_forever(World& world, std::string path) {
  auto listener = world.network.listen_local(path, 0600);
  co_await world.clock.sleep_for(24h);
}
awaitable<void> expect_error(World& world, std::string path, std::errc expected) {
  EXPECT_EQ(co_await error_of(connect_local_and_drop(world, path)), expected);
}
TEST(SimulatedLocalSockets, AKilledProcessLeavesADeadFileAndAPowerCutLeavesNone) {
  SimLab lab;
  for (bool power_cut : {false, true}) {
    lab.start(listen_forever(lab.client(), "/run/x.sock"));
    lab.run(connect_local_and_drop(lab.client(), "/run/x.sock"));
    if (power_cut)
      lab.simulation.crash(*lab.client_host);
    else
      lab.simulation.kill(*lab.client_host);
    lab.simulation.boot(*lab.client_host, nothing);
    lab.run(expect_error(
        lab.client(), "/run/x.sock",
        power_cut ? std::errc::no_such_file_or_directory : std::errc::connection_refused));
  }
}

TEST(SimulatedLocalSockets, AreReachedFromTheirOwnHostOnly) {
  SimLab lab;
  lab.start(listen_forever(lab.client(), "/run/x.sock"));
  lab.run(connect_local_and_drop(lab.client(), "/run/x.sock"));
  lab.simulation.run_for(1ms);
  asio::co_spawn(lab.server().executor,
                 expect_error(lab.server(), "/run/x.sock", std::errc::no_such_file_or_directory),
                 asio::detached);
  lab.simulation.run_for(1ms);
}

// --- one of one's own addresses ------------------------------------------------------------------

class ConnectFrom : public LocalSockets {};
INSTANTIATE_TEST_SUITE_P(World, ConnectFrom, testing::Values("real", "simulated"),
                         [](const auto& info) { return info.param; });

awaitable<void> connects_from(Lab& lab, world::Address source) {
  auto listener = lab.server().network.listen(lab.any_port(), 5);
  auto client = co_await lab.client().network.connect_from(source, listener->local());
  auto server = co_await listener->accept();
  EXPECT_EQ(client->local().address, source);
  EXPECT_NE(client->local().port, 0);
  EXPECT_EQ(server->peer(), client->local());
}
TEST_P(ConnectFrom, TheServerSeesThatAddress) {
  // The whole of 127/8 is every machine's own.
  lab().run(connects_from(lab(), asio::ip::make_address(real() ? "127.0.0.3" : "192.0.2.1")));
}

awaitable<void> connect_from_and_drop(World& world, world::Address source, Endpoint peer) {
  co_await world.network.connect_from(std::move(source), std::move(peer));
}
awaitable<void> refuses_foreign(Lab& lab) {
  auto listener = lab.server().network.listen(lab.any_port(), 5);
  auto from = [&](const char* source) {
    return error_of(
        connect_from_and_drop(lab.client(), asio::ip::make_address(source), listener->local()));
  };
  EXPECT_EQ(co_await from("198.51.100.9"),
            world::error_code(EADDRNOTAVAIL, asio::error::get_system_category()));
  EXPECT_EQ(co_await from("::1"), asio::error::address_family_not_supported);
}
TEST_P(ConnectFrom, AnAddressThatIsNotOursFails) { lab().run(refuses_foreign(lab())); }

}  // namespace
}  // namespace mxlab::test
