// adopted_sockets_test.cpp - sockets that were bound before the process began, as systemd hands
// them over.
#include <asio/co_spawn.hpp>
#include <cstring>
#include <filesystem>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/world/labs.hpp"

namespace mxlab::test {
namespace {

using world::Listener;

struct Silence final : world::Journal {
  void record(const world::Fact&) override {}
};

class AdoptedSockets : public testing::Test {
 protected:
  World& world() { return real_.world(); }
  world::RealWorld& real() { return real_; }
  world::Network& network() { return world().network; }
  void run(awaitable<void> main) {
    asio::co_spawn(real_.io(), std::move(main), [this](std::exception_ptr error) {
      real_.stop();
      if (error) std::rethrow_exception(error);
    });
    real_.run();
  }

 private:
  world::RealDisk disk_;
  Silence journal_;
  world::RealWorld real_{disk_, journal_};
};

Endpoint bound_to(int descriptor) {
  sockaddr_in name{};
  socklen_t size = sizeof name;
  EXPECT_EQ(::getsockname(descriptor, reinterpret_cast<sockaddr*>(&name), &size), 0);
  return {asio::ip::make_address("127.0.0.1"), ntohs(name.sin_port)};
}

/// A TCP socket on a port that the kernel chose.
int bound() {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  EXPECT_EQ(::bind(descriptor, reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
  return descriptor;
}

int listening() {
  const int descriptor = bound();
  EXPECT_EQ(::listen(descriptor, 5), 0);
  return descriptor;
}

awaitable<void> serves_one(World& world, Listener& listener, std::string words) {
  auto client = co_await world.network.connect(listener.local());
  co_await write_all(*client, words);
  client->close();
  EXPECT_EQ(co_await read_to_end(*co_await listener.accept()), words);
}

TEST_F(AdoptedSockets, AreUsedForTheirAddressAgainAndAgain) {
  const int descriptor = listening();
  const Endpoint address = bound_to(descriptor);
  EXPECT_THROW(network().listen(address, 5), std::system_error) << "somebody else's, so far";
  real().adopt(descriptor);
  for (std::string words : {"first life", "second life"}) {
    auto listener = network().listen(address, 5);
    EXPECT_EQ(listener->local(), address);
    EXPECT_THROW(network().listen(address, 5), std::system_error) << "two listeners share it";
    run(serves_one(world(), *listener, words));
    listener->close();
  }
}

/// "waits" for a banner, or is "refused".
std::string fate_of_a_client(const Endpoint& address) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  name.sin_port = htons(address.port);
  const int client = ::socket(AF_INET, SOCK_STREAM, 0);
  const bool connected = ::connect(client, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0;
  ::close(client);
  return connected ? "waits" : "refused";
}

TEST_F(AdoptedSockets, OfOurOwnRefuseClientsWhileNobodyListens) {
  const int descriptor = bound();
  const Endpoint address = bound_to(descriptor);
  real().adopt(descriptor);
  EXPECT_EQ(fate_of_a_client(address), "refused") << "before the first listener";
  for (std::string words : {"first life", "second life"}) {
    auto listener = network().listen(address, 5);
    run(serves_one(world(), *listener, words));
    listener->close();
    EXPECT_EQ(fate_of_a_client(address), "refused") << "after " << words;
  }
}

TEST_F(AdoptedSockets, ThatListenedWhenTheyCameGoOnListening) {
  const int descriptor = listening();
  const Endpoint address = bound_to(descriptor);
  real().adopt(descriptor);
  network().listen(address, 5)->close();
  EXPECT_EQ(fate_of_a_client(address), "waits") << "systemd holds the port between two lives";
}

awaitable<void> serves_early(World& world, Endpoint address, int descriptor,
                             world::RealWorld& real) {
  auto early = co_await world.network.connect(address);
  real.adopt(descriptor);
  auto listener = world.network.listen(address, 5);
  EXPECT_EQ((co_await listener->accept())->peer(), early->local());
}
TEST_F(AdoptedSockets, WhoConnectedBeforeTheProcessBeganIsServed) {
  const int descriptor = listening();
  run(serves_early(world(), bound_to(descriptor), descriptor, real()));
}

std::string refusal(world::RealWorld& real, int descriptor) {
  try {
    real.adopt(descriptor);
    return "adopted";
  } catch (const std::system_error& error) {
    ::close(descriptor);
    return error.what();
  }
}

TEST_F(AdoptedSockets, ThatCannotServeAreRefusedWithAReason) {
  EXPECT_THAT(refusal(real(), ::socket(AF_INET, SOCK_DGRAM, 0)),
              testing::HasSubstr("not a stream socket"));
  EXPECT_THAT(refusal(real(), ::socket(AF_UNIX, SOCK_STREAM, 0)), testing::HasSubstr("no path"));
  EXPECT_THAT(refusal(real(), -1), testing::HasSubstr("Bad file descriptor"));
  const int both = ::socket(AF_INET6, SOCK_STREAM, 0);
  if (both >= 0)
    EXPECT_THAT(refusal(real(), both), testing::HasSubstr("BindIPv6Only=ipv6-only"))
        << "its peers would look like IPv6";
  const int first = listening();
  real().adopt(first);
  EXPECT_THAT(refusal(real(), ::dup(first)), testing::HasSubstr("came twice"));
}

awaitable<void> serves_local(World& world, std::string path) {
  auto listener = world.network.listen_local(path, 0600);
  auto client = co_await world.network.connect_local(path);
  co_await write_all(*client, "show stats\n");
  auto server = co_await listener->accept();
  EXPECT_EQ(co_await read_exactly(*server, 11), "show stats\n");
  listener->close();
  EXPECT_TRUE(std::filesystem::exists(path)) << "the file of an adopted socket is not ours";
}

TEST_F(AdoptedSockets, LocalOnesKeepTheirFile) {
  std::string folder = (std::filesystem::temp_directory_path() / "mxlab-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::strncpy(name.sun_path, (folder + "/s").c_str(), sizeof name.sun_path - 1);
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::bind(descriptor, reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
  ASSERT_EQ(::listen(descriptor, 5), 0);
  real().adopt(descriptor);
  run(serves_local(world(), folder + "/s"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace mxlab::test
