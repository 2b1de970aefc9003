// raw_client.hpp - a client that says exactly the bytes it likes, for tests of what servers make of
// them.
#pragma once
#include <memory>
#include <string>

#include "relay/smtp/connection.hpp"
#include "tests/smtp/lab.hpp"

namespace mxlab::smtp {

/// A client that speaks TLS (or not) and sends exactly the bytes, in exactly the pieces, it likes.
class RawClient {
 public:
  RawClient(World& world, std::unique_ptr<world::Stream> stream)
      : world_(world), connection_(world, std::move(stream), {"00000000000000c1", 2048}) {}

  awaitable<std::string> reply() {
    for (;;) {
      auto line = connection_.next_line();
      if (!line)
        co_await connection_.fill(connection_.after(60s));
      else if (line->text.size() < 4 || line->text[3] != '-')
        co_return line->text;
    }
  }
  awaitable<void> send(std::string bytes) {
    connection_.put_body(bytes);
    co_await connection_.flush(connection_.after(60s));
  }
  awaitable<std::string> ask(std::string bytes) {
    co_await send(std::move(bytes));
    co_return co_await reply();
  }
  /// A greeting, TLS if there is a context, another greeting; the last reply.
  awaitable<std::string> open(std::shared_ptr<TlsContext> tls) {
    co_await reply();
    const std::string plain = co_await ask("EHLO x\r\n");
    if (!tls) co_return plain;
    co_await ask("STARTTLS\r\n");
    co_await handshake(tls);
    co_return co_await ask("EHLO x\r\n");
  }
  awaitable<void> handshake(std::shared_ptr<TlsContext> tls, std::string name = {}) {
    co_await connection_.start_tls(tls, Connection::Role::kClient, connection_.after(60s), name);
  }
  Connection& connection() { return connection_; }
  /// Sends the bytes as two segments and gives the first the time to arrive alone.
  awaitable<void> send_cut(std::string bytes, std::size_t cut) {
    co_await send(bytes.substr(0, cut));
    co_await world_.clock.sleep_for(10ms);
    co_await send(bytes.substr(cut));
  }

 private:
  World& world_;
  Connection connection_;
};

using Replies = std::vector<std::string>;

inline awaitable<void> converse(World& world, Lab& lab, std::vector<std::string> says,
                                Replies& replies) try {
  RawClient client(world, co_await world.network.connect(lab.endpoint()));
  co_await client.open(lab.client_options.tls);
  for (const std::string& line : says) replies.push_back(co_await client.ask(line + "\r\n"));
} catch (const std::system_error&) {
  replies.push_back("closed");
}

/// Greets (under TLS if the lab has certificates), says each line and waits for its reply; the last
/// lines of the replies, "closed" where the server had left.
inline Replies replies_to(Lab& lab, std::vector<std::string> says) {
  Replies replies;
  lab.run_client([&](World& world) { return converse(world, lab, says, replies); });
  return replies;
}

}  // namespace mxlab::smtp
