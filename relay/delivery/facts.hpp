// facts.hpp - what DNS and the configuration say of a way, gathered for route() to decide.
#pragma once
#include "relay/delivery/route.hpp"
#include "relay/delivery/way.hpp"

namespace mxlab::delivery {

/// Asks the resolver for the MX and their addresses, or for the hosts that are given.
awaitable<RouteFacts> gather_facts(Context& context, Way way);

}  // namespace mxlab::delivery
