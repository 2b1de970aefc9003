#include "sim/actors/spool.hpp"

#include <fmt/format.h>

namespace mxlab::sim {

void SenderSpool::finish(std::uint64_t id) {
  envelopes.erase(id);
  const auto message = static_cast<std::uint32_t>(id >> 32);
  auto other = envelopes.lower_bound(std::uint64_t{message} << 32);
  if (other == envelopes.end() || other->second.message() != message) messages.erase(message);
}

std::string SenderSpool::hex(std::uint64_t id) { return fmt::format("{:016x}", id); }

}  // namespace mxlab::sim
