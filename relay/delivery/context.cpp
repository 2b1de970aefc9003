#include "relay/delivery/context.hpp"

#include <fmt/format.h>

namespace mxlab::delivery {

std::optional<config::Action> find_action(const config::Config& config, const std::string& name) {
  if (name.empty()) return config::Action{};
  auto at = config.actions.find(name);
  if (at == config.actions.end()) return std::nullopt;
  return at->second;
}

std::string draw_session_id(world::Random& random) { return fmt::format("{:016x}", random.next()); }

}  // namespace mxlab::delivery
