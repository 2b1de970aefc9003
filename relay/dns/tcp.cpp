#include "relay/dns/tcp.hpp"

#include <array>
#include <asio/read.hpp>
#include <asio/write.hpp>

namespace mxlab::dns {

world::awaitable<std::string> read_message(world::Stream& stream) {
  std::array<std::uint8_t, 2> length{};
  co_await asio::async_read(stream, asio::buffer(length), asio::use_awaitable);
  std::string message(static_cast<std::size_t>(length[0] << 8 | length[1]), '\0');
  co_await asio::async_read(stream, asio::buffer(message), asio::use_awaitable);
  co_return message;
}

world::awaitable<void> write_message(world::Stream& stream, std::string message) {
  if (message.size() > 0xffff) throw std::system_error(asio::error::message_size);
  // One write for both: some servers close when the length comes alone (RFC 7766 8).
  auto size = message.size();
  message.insert(0, {static_cast<char>(size >> 8), static_cast<char>(size & 0xff)});
  co_await asio::async_write(stream, asio::buffer(message), asio::use_awaitable);
}

}  // namespace mxlab::dns
