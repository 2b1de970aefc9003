// probe.hpp - is an SMTP server there, and does it want mail? A connection, its banner, QUIT.
#pragma once
#include "relay/world/world.hpp"

namespace mxlab::smtp {

struct Probe {
  world::Endpoint peer;
  world::Address source{};                              // unspecified: the system's choice
  world::Duration patience = std::chrono::seconds(30);  // for the connection, and for the banner
  std::string session;                                  // 16 hex digits for logs
};

/// True when it greets with 2yz. Never throws for what the network or the peer does.
world::awaitable<bool> answers(world::World& world, Probe probe);

}  // namespace mxlab::smtp
