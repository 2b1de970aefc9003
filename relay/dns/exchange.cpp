#include "relay/dns/exchange.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "relay/dns/deadline.hpp"
#include "relay/dns/tcp.hpp"
#include "relay/world/spawn.hpp"

namespace mxlab::dns {
namespace {

using world::SteadyPoint;
using world::Stream;
using world::World;

// A server that floods us with things that answer nothing is given up.
constexpr int kMaxStrangeDatagrams = 100;
constexpr int kMaxStrangeMessages = 4;

struct Try {
  Endpoint server;
  Question question;
  Duration limit;
  bool edns = true;
};

std::uint16_t draw_id(World& world) { return static_cast<std::uint16_t>(world.random.next()); }

std::string query_of(std::uint16_t id, const Try& what) {
  auto query = make_query(id, what.question, what.edns);
  if (!query) throw std::invalid_argument("not a canonical name: " + what.question.name);
  return *query;
}

std::string silence_of(const Try& what) {
  using Seconds = std::chrono::duration<double>;
  return fmt::format("no answer from {} within {:g} s", server_name(what.server),
                     std::chrono::duration_cast<Seconds>(what.limit).count());
}

// Nothing when the message is not for us; else the outcome, be it "malformed".
std::optional<Exchanged> judge(std::string_view wire, std::uint16_t id, const Try& what) {
  if (message_id(wire) != id) return std::nullopt;
  auto reply = parse_reply(wire);
  if (!reply) return Exchanged{{}, "malformed answer from " + server_name(what.server)};
  if (!answers(*reply, what.question)) return std::nullopt;
  return Exchanged{std::move(reply), {}};
}

awaitable<Exchanged> converse(world::DatagramSocket& socket, Try what, std::uint16_t id) {
  socket.send({what.server, query_of(id, what)});
  for (int i = 0; i < kMaxStrangeDatagrams; ++i) {
    auto datagram = co_await socket.receive();
    if (datagram.peer != what.server) continue;
    if (auto outcome = judge(datagram.payload, id, what)) co_return *outcome;
  }
  co_return Exchanged{{}, "nothing but strange answers from " + server_name(what.server)};
}

awaitable<Exchanged> converse(Stream& stream, Try what, std::uint16_t id) {
  co_await write_message(stream, query_of(id, what));
  for (int i = 0; i < kMaxStrangeMessages; ++i) {
    auto message = co_await read_message(stream);
    if (auto outcome = judge(message, id, what)) co_return *outcome;
  }
  co_return Exchanged{{}, "nothing but strange answers from " + server_name(what.server)};
}

// A conversation on a socket or stream, ended by the deadline; I/O errors become the failure.
template <class Transport>
awaitable<Exchanged> converse_until(World& world, SteadyPoint until, Transport& transport,
                                    Try what) {
  Deadline deadline(world.clock, until, transport);
  std::string failure;
  try {
    co_return co_await converse(transport, what, draw_id(world));
  } catch (const std::system_error& error) {
    failure = deadline.passed() ? silence_of(what)
                                : error.code().message() + ", " + server_name(what.server);
  }
  co_return Exchanged{{}, failure};
}

awaitable<Exchanged> ask_over_udp(World& world, Try what) {
  Address any = what.server.address.is_v6() ? Address(asio::ip::address_v6::any())
                                            : Address(asio::ip::address_v4::any());
  std::unique_ptr<world::DatagramSocket> socket;
  try {
    socket = world.network.open_datagrams({any, 0});
  } catch (const std::system_error& error) {
    co_return Exchanged{{}, "cannot open a socket: " + error.code().message()};
  }
  co_return co_await converse_until(world, world.clock.steady_now() + what.limit, *socket, what);
}

// Connecting has no limit of its own but the kernel's, and cannot be called off: it goes on alone
// when its time is up, and what it then brings is dropped.
struct Connecting {
  explicit Connecting(world::Clock& clock) : done(clock) {}
  world::Signal done;
  std::unique_ptr<Stream> stream;
  std::string failure;
};

awaitable<void> connect(World& world, Endpoint server, std::weak_ptr<Connecting> wanted) {
  std::unique_ptr<Stream> stream;
  std::string failure;
  try {
    stream = co_await world.network.connect(server);
  } catch (const std::system_error& error) {
    failure = error.code().message();
  }
  if (auto connecting = wanted.lock()) {
    connecting->stream = std::move(stream);
    connecting->failure = failure;
    connecting->done.notify();
  }
}

awaitable<Exchanged> ask_over_tcp(World& world, Try what) {
  auto until = world.clock.steady_now() + what.limit;
  auto connecting = std::make_shared<Connecting>(world.clock);
  world::spawn(world, connect(world, what.server, connecting));
  if (!co_await connecting->done.wait_until(until)) co_return Exchanged{{}, silence_of(what)};
  if (!connecting->stream)
    co_return Exchanged{{}, connecting->failure + ", " + server_name(what.server) + " over TCP"};
  auto stream = std::move(connecting->stream);
  co_return co_await converse_until(world, until, *stream, what);
}

}  // namespace

awaitable<Exchanged> exchange(World& world, Endpoint server, Question question, Duration limit) {
  Try what{server, std::move(question), limit};
  auto outcome = co_await ask_over_udp(world, what);
  // RFC 6891 7: a server older than EDNS says so in one of these two ways.
  if (outcome.reply &&
      (outcome.reply->rcode == Rcode::kFormErr || outcome.reply->rcode == Rcode::kNotImp)) {
    what.edns = false;
    outcome = co_await ask_over_udp(world, what);
  }
  // RFC 7766 5: what was cut short is thrown away and asked for again over TCP.
  if (outcome.reply && outcome.reply->truncated) outcome = co_await ask_over_tcp(world, what);
  if (outcome.reply && outcome.reply->truncated)
    co_return Exchanged{{}, "truncated even over TCP, " + server_name(server)};
  co_return outcome;
}

std::string server_name(const Endpoint& server) {
  constexpr std::uint16_t kPort = 53;
  return server.port == kPort ? server.address.to_string() : world::to_string(server);
}

}  // namespace mxlab::dns
