// server.hpp - fakedns on a network: UDP and TCP at one address and port.
//
// What is said is decided when the question arrives; a delay only holds it back. On TCP, questions
// may be pipelined and are answered in their order (RFC 7766 6.2.1.1 leaves that to us).
#pragma once
#include <functional>

#include "fakedns/remembered.hpp"
#include "relay/world/world.hpp"

namespace mxlab::fakedns {

/// One question, and what was (or will be, after its delay) answered.
struct Answered {
  world::Endpoint asker;
  Transport transport = Transport::kUdp;
  std::string name;  // canonical; empty when the query could not be read
  std::uint16_t type = 0;
  std::string summary;  // see Answer
};

/// Lives as long as the coroutines that start() begins, that is as long as the world's executor
/// runs. Zones and lies may change between two questions.
class Server {
 public:
  Server(world::World& world, const ZoneSet& zones, const Lies& lies);

  /// Called for every question, before the reply leaves.
  std::function<void(const Answered&)> on_question;

  /// Begins to serve, and returns where: port 0 draws a free one. Throws std::system_error when the
  /// address cannot be bound. May be called for several addresses.
  world::Endpoint start(world::Endpoint local);

 private:
  struct Planned {
    std::string wire;  // empty: nothing is sent
    world::Duration delay{};
  };
  Planned plan(std::string_view query, world::Endpoint asker, Transport transport);
  void tell(const Answer& reply, const world::Endpoint& asker, Transport transport) const;
  world::awaitable<void> serve_datagrams(std::shared_ptr<world::DatagramSocket> socket);
  world::awaitable<void> send_later(std::shared_ptr<world::DatagramSocket> socket,
                                    world::Datagram reply, world::Duration delay);
  world::awaitable<void> accept_loop(std::unique_ptr<world::Listener> listener);
  world::awaitable<void> serve_stream(std::unique_ptr<world::Stream> stream);
  world::awaitable<void> converse(world::Stream& stream);
  world::awaitable<std::string> read_within_limit(world::Stream& stream);

  world::World& world_;
  const ZoneSet& zones_;
  const Lies& lies_;
  RememberedAnswers remembered_;
  int delayed_ = 0;
  int connections_ = 0;
};

}  // namespace mxlab::fakedns
