#include "relay/queue/envelope.hpp"

#include <fmt/format.h>

namespace mxlab::queue {

std::string to_hex(MessageId id) { return fmt::format("{:08x}", id); }
std::string to_hex(EnvelopeId id) { return fmt::format("{:016x}", id.value); }

}  // namespace mxlab::queue
