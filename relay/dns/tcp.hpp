// tcp.hpp - DNS messages on a stream: two bytes of length, then the message (RFC 1035 4.2.2).
#pragma once
#include <string>

#include "relay/world/stream.hpp"
#include "relay/world/world.hpp"

namespace mxlab::dns {

/// The next message. Throws std::system_error; asio::error::eof when the peer has closed.
world::awaitable<std::string> read_message(world::Stream& stream);

/// Throws std::system_error; message_size when it is longer than two bytes can say.
world::awaitable<void> write_message(world::Stream& stream, std::string message);

}  // namespace mxlab::dns
