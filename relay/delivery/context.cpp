#include "relay/delivery/context.hpp"

#include <cctype>
#include <fmt/format.h>

namespace mxlab::delivery {

std::optional<config::Action> find_action(const config::Config& config, const std::string& name) {
  if (name.empty()) return config::Action{};
  auto at = config.actions.find(name);
  if (at == config.actions.end()) return std::nullopt;
  return at->second;
}

std::string draw_session_id(world::Random& random) { return fmt::format("{:016x}", random.next()); }

std::string domain_of(const std::string& mailbox) {
  auto at = mailbox.rfind('@');
  std::string domain = at == std::string::npos ? std::string() : mailbox.substr(at + 1);
  for (char& c : domain) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return domain;
}

}  // namespace mxlab::delivery
