// world_contract_test.cpp - what both worlds promise alike: clock, signal, streams, listeners,
// datagrams, storage. The simulator's own behaviour is tested beside this.
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>

#include "tests/world/labs.hpp"

namespace mxlab::test {
namespace {

using namespace std::chrono_literals;
using world::Listener;
using world::Signal;
using world::Stream;
using StreamPtr = std::unique_ptr<Stream>;

class BothWorlds : public testing::TestWithParam<std::string> {
 protected:
  BothWorlds() {
    if (GetParam() == "real")
      lab_ = std::make_unique<RealLab>();
    else
      lab_ = std::make_unique<SimLab>();
  }
  Lab& lab() { return *lab_; }

 private:
  std::unique_ptr<Lab> lab_;
};

INSTANTIATE_TEST_SUITE_P(World, BothWorlds, testing::Values("real", "simulated"),
                         [](const auto& info) { return info.param; });

struct Pair {
  std::unique_ptr<Listener> listener;
  StreamPtr client, server;
};

awaitable<Pair> connected(Lab& lab) {
  Pair pair;
  pair.listener = lab.server().network.listen(lab.any_port(), 5);
  pair.client = co_await lab.client().network.connect(pair.listener->local());
  pair.server = co_await pair.listener->accept();
  co_return pair;
}

awaitable<void> close_after(World& world, Stream& stream, world::Duration span) {
  co_await world.clock.sleep_for(span);
  stream.close();
}

// --- clock, signal ---------------------------------------------------------------------------

awaitable<void> sleeps(World& world) {
  auto before = world.clock.steady_now();
  auto wall = world.clock.now();
  co_await world.clock.sleep_for(30ms);
  EXPECT_GE(world.clock.steady_now() - before, 30ms);
  EXPECT_GT(world.clock.now(), wall);
  co_await world.clock.sleep_until(before);  // the past: at once
}
TEST_P(BothWorlds, SleepLastsAtLeastAsLongAsAsked) { lab().run(sleeps(lab().client())); }

awaitable<void> cancels_waits(World& world) {
  world::error_code error;
  bool called = false;
  auto id =
      world.clock.start_wait(world::SteadyPoint::max(),
                             world::Wakeup([&](world::error_code e) { error = e, called = true; }));
  world.clock.cancel_wait(id);
  EXPECT_FALSE(called) << "a wake-up came inline";
  co_await world.clock.sleep_for(5ms);
  EXPECT_TRUE(called);
  EXPECT_EQ(error, asio::error::operation_aborted);
  world.clock.cancel_wait(id);  // finished: ignored
}
TEST_P(BothWorlds, CancelledWaitEndsWithOperationAborted) {
  lab().run(cancels_waits(lab().client()));
}

awaitable<void> notify_after(World& world, Signal& signal, world::Duration span) {
  co_await world.clock.sleep_for(span);
  signal.notify();
}
awaitable<void> signals(World& world) {
  Signal signal(world.clock);
  signal.notify();
  signal.notify();
  EXPECT_TRUE(co_await signal.wait_until(world.clock.steady_now() + 10s)) << "kept from before";
  EXPECT_FALSE(co_await signal.wait_until(world.clock.steady_now() + 5ms)) << "two count as one";
  asio::co_spawn(world.executor, notify_after(world, signal, 5ms), asio::detached);
  EXPECT_TRUE(co_await signal.wait_until(world.clock.steady_now() + 10s));
}
TEST_P(BothWorlds, SignalKeepsOneNotificationAndTimesOut) { lab().run(signals(lab().client())); }

// --- streams ---------------------------------------------------------------------------------

awaitable<void> talks(Lab& lab) {
  Pair pair = co_await connected(lab);
  EXPECT_EQ(pair.client->peer(), pair.listener->local());
  EXPECT_EQ(pair.server->peer(), pair.client->local());
  co_await write_all(*pair.client, "EHLO you\r\n");
  EXPECT_EQ(co_await read_exactly(*pair.server, 10), "EHLO you\r\n");
  co_await write_all(*pair.server, "250 me\r\n");
  pair.server->close();
  pair.server->close();
  EXPECT_EQ(co_await read_to_end(*pair.client), "250 me\r\n");
}
TEST_P(BothWorlds, StreamCarriesBytesBothWaysAndThenItsEnd) { lab().run(talks(lab())); }

awaitable<void> write_and_close(Stream& stream, std::string text) {
  co_await write_all(stream, std::move(text));
  stream.close();
}
awaitable<void> carries_much(Lab& lab) {
  Pair pair = co_await connected(lab);
  std::string text;
  for (int i = 0; i < 100000; ++i) text += std::to_string(i) + ' ';
  asio::co_spawn(lab.client().executor, write_and_close(*pair.client, text), asio::detached);
  EXPECT_EQ(co_await read_to_end(*pair.server), text);
}
TEST_P(BothWorlds, StreamKeepsTheOrderOfMuchMoreThanItsWindow) { lab().run(carries_much(lab())); }

awaitable<void> write_forever(Stream& stream, std::size_t& written) {
  for (;;) {
    co_await write_all(stream, std::string(10000, 'x'));
    written += 10000;
  }
}
awaitable<void> fills_window(Lab& lab) {
  Pair pair = co_await connected(lab);
  std::size_t written = 0;
  asio::co_spawn(lab.client().executor, write_forever(*pair.client, written), asio::detached);
  co_await lab.client().clock.sleep_for(300ms);
  std::size_t stuck_at = written;
  EXPECT_GT(stuck_at, 0u);
  co_await lab.client().clock.sleep_for(100ms);
  EXPECT_EQ(written, stuck_at) << "a writer goes on although nobody reads";
  pair.client->close();
  co_await lab.client().clock.sleep_for(5ms);
}
TEST_P(BothWorlds, WriterBlocksWhenThePeerDoesNotRead) { lab().run(fills_window(lab())); }

awaitable<void> cancels_read(Lab& lab) {
  Pair pair = co_await connected(lab);
  asio::co_spawn(lab.client().executor, close_after(lab.client(), *pair.client, 10ms),
                 asio::detached);
  std::string buffer(10, '\0');
  world::error_code error;
  try {
    co_await pair.client->async_read_some(asio::buffer(buffer), asio::use_awaitable);
  } catch (const std::system_error& e) {
    error = e.code();
  }
  EXPECT_EQ(error, asio::error::operation_aborted);
  EXPECT_EQ(co_await read_some(*pair.server), "") << "close says goodbye";
}
TEST_P(BothWorlds, CloseEndsASilentReadAndTellsThePeer) { lab().run(cancels_read(lab())); }

awaitable<void> write_until_broken(World& world, Stream& stream) {
  for (int i = 0; i < 100; ++i) {
    co_await write_all(stream, "250 anyone there?\r\n");
    co_await world.clock.sleep_for(5ms);
  }
}
awaitable<void> hears_reset(Lab& lab) {
  Pair pair = co_await connected(lab);
  pair.client->close();
  EXPECT_EQ(co_await read_some(*pair.server), "");
  auto error = co_await error_of(write_until_broken(lab.server(), *pair.server));
  EXPECT_EQ(error, asio::error::broken_pipe) << error.message();
}
TEST_P(BothWorlds, WritingToAPeerThatHasGoneBreaksThePipe) { lab().run(hears_reset(lab())); }

awaitable<void> read_until_error(Stream& stream) { co_await read_to_end(stream); }
awaitable<void> resets_unread(Lab& lab) {
  Pair pair = co_await connected(lab);
  co_await write_all(*pair.client, "DATA that nobody reads\r\n");
  co_await lab.client().clock.sleep_for(20ms);
  pair.server->close();
  auto error = co_await error_of(read_until_error(*pair.client));
  EXPECT_EQ(error, asio::error::connection_reset) << error.message();
}
TEST_P(BothWorlds, ClosingWithUnreadDataResetsTheConnection) { lab().run(resets_unread(lab())); }

// --- listeners -------------------------------------------------------------------------------

awaitable<void> is_refused(Lab& lab) {
  Endpoint gone;
  {
    auto listener = lab.server().network.listen(lab.any_port(), 5);
    gone = listener->local();
    listener->close();
  }
  auto error = co_await error_of(connect_and_drop(lab.client(), gone));
  EXPECT_EQ(error, asio::error::connection_refused) << error.message();
}
TEST_P(BothWorlds, ConnectingWhereNobodyListensIsRefused) { lab().run(is_refused(lab())); }

awaitable<void> rejects_second_listener(Lab& lab) {
  auto listener = lab.server().network.listen(lab.any_port(), 5);
  try {
    auto second = lab.server().network.listen(listener->local(), 5);
    ADD_FAILURE() << "two listeners share " << to_string(listener->local());
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), asio::error::address_in_use);
  }
  try {
    auto foreign = lab.server().network.listen({asio::ip::make_address("198.51.100.9"), 0}, 5);
    ADD_FAILURE() << "listens on an address of somebody else";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), world::error_code(EADDRNOTAVAIL, asio::error::get_system_category()));
  }
  co_return;
}
TEST_P(BothWorlds, ListeningTwiceOrElsewhereFails) { lab().run(rejects_second_listener(lab())); }

awaitable<void> greet(Listener& listener, int& accepted) {
  for (;;) {
    auto stream = co_await listener.accept();
    ++accepted;
    co_await write_all(*stream, "220 hello\r\n");
  }
}
awaitable<void> pauses(Lab& lab) {
  auto listener = lab.server().network.listen(lab.any_port(), 5);
  int accepted = 0;
  asio::co_spawn(lab.server().executor, greet(*listener, accepted), asio::detached);
  co_await lab.client().clock.sleep_for(5ms);
  listener->pause();
  co_await lab.client().clock.sleep_for(5ms);
  auto client = co_await lab.client().network.connect(listener->local());
  co_await lab.client().clock.sleep_for(50ms);
  EXPECT_EQ(accepted, 0) << "accepted while paused";
  listener->resume();
  EXPECT_EQ(co_await read_exactly(*client, 11), "220 hello\r\n");
  EXPECT_EQ(accepted, 1);
  listener->close();
  co_await lab.client().clock.sleep_for(5ms);
}
TEST_P(BothWorlds, PausedListenerCompletesHandshakesAndServesThemOnResume) {
  lab().run(pauses(lab()));
}

awaitable<void> accept_once(Listener& listener) { co_await listener.accept(); }
awaitable<void> close_listener_after(World& world, Listener& listener, world::Duration span) {
  co_await world.clock.sleep_for(span);
  listener.close();
}
awaitable<void> closes_listener(Lab& lab) {
  for (bool paused : {false, true}) {
    auto listener =
        lab.client().network.listen({lab.client().network.interfaces()[0].address, 0}, 5);
    if (paused) listener->pause();
    asio::co_spawn(lab.client().executor, close_listener_after(lab.client(), *listener, 5ms),
                   asio::detached);
    EXPECT_EQ(co_await error_of(accept_once(*listener)), asio::error::operation_aborted);
    EXPECT_EQ(co_await error_of(accept_once(*listener)), asio::error::operation_aborted);
  }
}
TEST_P(BothWorlds, ClosedListenerAbortsItsAccept) { lab().run(closes_listener(lab())); }

awaitable<void> serves_dead(Lab& lab) {
  auto listener = lab.server().network.listen(lab.any_port(), 5);
  auto client = co_await lab.client().network.connect(listener->local());
  co_await write_all(*client, "QUIT\r\n");
  client->close();
  co_await lab.client().clock.sleep_for(20ms);
  auto server = co_await listener->accept();
  EXPECT_EQ(co_await read_to_end(*server), "QUIT\r\n");
}
TEST_P(BothWorlds, ConnectionWhoseClientHasGoneIsAcceptedWithWhatItSent) {
  lab().run(serves_dead(lab()));
}

// --- datagrams, storage, the rest --------------------------------------------------------------

awaitable<void> exchanges(Lab& lab) {
  auto server = lab.server().network.open_datagrams(lab.any_port());
  auto client = lab.client().network.open_datagrams(
      {lab.server_address().is_loopback() ? lab.server_address() : asio::ip::address_v4::any(), 0});
  EXPECT_NE(client->local().port, 0);
  client->send({server->local(), "who is mx1?"});
  auto question = co_await server->receive();
  EXPECT_EQ(question.payload, "who is mx1?");
  EXPECT_EQ(question.peer.port, client->local().port);
  server->send({question.peer, std::string("\0me", 3)});
  auto answer = co_await client->receive();
  EXPECT_EQ(answer.payload, std::string("\0me", 3));
  EXPECT_EQ(answer.peer, server->local());
}
TEST_P(BothWorlds, DatagramsArriveWithTheirSender) { lab().run(exchanges(lab())); }

awaitable<void> receive_once(world::DatagramSocket& socket) { co_await socket.receive(); }
awaitable<void> datagram_refused(Lab& lab) {
  auto server = lab.server().network.open_datagrams(lab.any_port());
  Endpoint gone = server->local();
  server->close();
  EXPECT_EQ(co_await error_of(receive_once(*server)), asio::error::operation_aborted);
  auto client = lab.client().network.open_datagrams(
      {lab.server_address().is_loopback() ? lab.server_address() : asio::ip::address_v4::any(), 0});
  for (int round = 0; round < 2; ++round) {
    client->send({gone, "who is mx1?"});
    auto error = co_await error_of(receive_once(*client));
    EXPECT_EQ(error, asio::error::connection_refused) << error.message();
  }
  auto other = lab.server().network.open_datagrams(lab.any_port());
  client->send({gone, "nobody"});
  co_await lab.client().clock.sleep_for(20ms);
  client->send({other->local(), "somebody"});
  EXPECT_EQ((co_await other->receive()).payload, "somebody") << "the error swallowed a datagram";
  EXPECT_EQ(co_await error_of(receive_once(*client)), asio::error::connection_refused);
}
TEST_P(BothWorlds, DatagramToNobodyIsRefusedInReceive) { lab().run(datagram_refused(lab())); }

awaitable<void> append(World& world, std::vector<int>& order, int number) {
  co_await on_storage(world, [&order, number] { order.push_back(number); });
}
awaitable<void> fail_on_storage(World& world) {
  co_await on_storage(world, [] { throw std::system_error(make_error_code(std::errc::io_error)); });
}
awaitable<void> stores(World& world) {
  std::vector<int> order;
  for (int i = 0; i < 20; ++i)
    asio::co_spawn(world.executor, append(world, order, i), asio::detached);
  co_await world.clock.sleep_for(1ms);
  EXPECT_EQ(co_await on_storage(world, [] { return 42; }), 42);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  EXPECT_EQ(order.size(), 20u);
  EXPECT_EQ(co_await error_of(fail_on_storage(world)), std::errc::io_error);
}
TEST_P(BothWorlds, StorageRunsJobsInOrderAndReturnsWhatTheyThrow) {
  lab().run(stores(lab().client()));
}

TEST_P(BothWorlds, InterfacesIncludeLoopback) {
  auto all = lab().client().network.interfaces();
  EXPECT_TRUE(std::any_of(all.begin(), all.end(), [](const world::InterfaceAddress& i) {
    return i.interface == "lo" && i.address == asio::ip::make_address("127.0.0.1") && !i.egress;
  }));
}

struct Counted {
  explicit Counted(int& count) : count_(count) { ++count_; }
  ~Counted() { --count_; }
  int& count_;
};
awaitable<void> suspended(World& world, int& alive, int kind) {
  Counted counted(alive);
  auto listener = world.network.listen({asio::ip::make_address("127.0.0.1"), 0}, 5);
  auto socket = world.network.open_datagrams({asio::ip::make_address("127.0.0.1"), 0});
  Signal signal(world.clock);
  auto stream = co_await world.network.connect(listener->local());
  if (kind == 0) co_await world.clock.sleep_for(24h);
  if (kind == 1) co_await listener->accept(), co_await listener->accept();
  if (kind == 2) co_await read_some(*stream);
  if (kind == 3) co_await signal.wait();
  if (kind == 4) co_await socket->receive();
}
TEST_P(BothWorlds, DeathOfTheWorldDestroysEverySuspendedCoroutine) {
  int alive = 0;
  {
    std::unique_ptr<Lab> mortal;
    if (GetParam() == "real") mortal = std::make_unique<RealLab>();
    Lab& victim = mortal ? *mortal : lab();
    for (int kind = 0; kind < 5; ++kind)
      asio::co_spawn(victim.client().executor, suspended(victim.client(), alive, kind),
                     asio::detached);
    victim.run(victim.client().clock.sleep_for(50ms));
    EXPECT_EQ(alive, 5);
    if (auto* simulated = dynamic_cast<SimLab*>(&victim))
      simulated->simulation.crash(*simulated->client_host);
  }
  EXPECT_EQ(alive, 0);
}

}  // namespace
}  // namespace mxlab::test
