// context.hpp - what all parts of delivery share.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "relay/config/config.hpp"
#include "relay/control/counters.hpp"
#include "relay/delivery/client_tls.hpp"
#include "relay/delivery/host_memory.hpp"
#include "relay/dns/resolver.hpp"
#include "relay/queue/queue.hpp"
#include "relay/world/world.hpp"

namespace mxlab::delivery {

using world::awaitable;

struct Context {
  world::World& world;
  queue::Queue& queue;
  dns::Resolver& resolver;
  control::Counters& counters;
  HostMemory& hosts;
  std::shared_ptr<const config::Config> config;
  std::string server_name;  // EHLO, Received, Reporting-MTA
  std::vector<world::Address> own_addresses;
  std::shared_ptr<const ClientTlsContexts> client_tls;
};

/// The action of an envelope as the configuration stands now. The empty name is our own reports'
/// way out when no rule takes them: a plain relay. Nothing when the action is gone.
std::optional<config::Action> find_action(const config::Config& config, const std::string& name);

/// 16 hex digits that name a session in log lines.
std::string draw_session_id(world::Random& random);

}  // namespace mxlab::delivery
