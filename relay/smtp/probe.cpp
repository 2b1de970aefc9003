#include "relay/smtp/probe.hpp"

#include "relay/smtp/client_session.hpp"
#include "relay/smtp/connection.hpp"
#include "relay/smtp/reply_reader.hpp"

namespace mxlab::smtp {
namespace {

using world::Duration;

/// The goodbye is for the peer's log; nobody waits for its answer.
constexpr Duration kGoodbye = std::chrono::seconds(5);

awaitable<Reply> read_banner(Connection& connection, Duration patience) {
  const auto until = connection.after(patience);
  ReplyReader reader;
  for (;;) {
    auto line = connection.next_line();
    if (!line) {
      co_await connection.fill(until);
      continue;
    }
    const auto status = reader.add(*line);
    if (status == ReplyReader::Status::kComplete) co_return reader.take();
    if (status == ReplyReader::Status::kMalformed)
      throw std::system_error(std::make_error_code(std::errc::bad_message));
  }
}

}  // namespace

awaitable<bool> answers(world::World& world, Probe probe) try {
  auto stream = co_await connect_within(world, probe.peer, probe.patience, probe.source);
  Connection connection(world, std::move(stream), {probe.session, kMaxReplyLine});
  const Reply banner = co_await read_banner(connection, probe.patience);
  if (banner.positive()) {
    connection.put_lines("QUIT\r\n");
    co_await connection.flush(connection.after(kGoodbye));
  }
  connection.close();
  co_return banner.positive();
} catch (const std::system_error&) {
  co_return false;
}

}  // namespace mxlab::smtp
