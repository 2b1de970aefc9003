// connection.hpp - to whom a relay connects, read from its log.
#pragma once
#include <optional>
#include <string_view>

#include "relay/world/address.hpp"

namespace mxlab::sim::live {

/// "… mta connecting address=smtp://192.0.2.11:25 host=…": that endpoint. Nothing for other lines.
std::optional<world::Endpoint> connection_in(std::string_view log_line);

}  // namespace mxlab::sim::live
