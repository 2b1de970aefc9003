#include "tests/smtp/canned_server.hpp"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>

#include "relay/smtp/ascii.hpp"
#include "relay/smtp/connection.hpp"

namespace mxlab::smtp {
namespace {

class CannedSession {
 public:
  CannedSession(World& world, std::unique_ptr<world::Stream> stream, CannedServer& canned)
      : connection_(world, std::move(stream), {"00000000000000aa"}), canned_(canned) {}

  awaitable<void> run() try {
    if (canned_.implicit_tls) co_await shake_hands();
    co_await say("220 canned\r\n");
    for (;;) {
      const std::string line = co_await hear();
      canned_.heard.push_back(line);
      const std::string verb = to_upper(line.substr(0, line.find(' ')));
      if (verb == "EHLO" || verb == "LHLO")
        co_await say(greeting());
      else if (verb == "STARTTLS")
        co_await go_secure();
      else if (verb == "DATA")
        co_await take_body();
      else
        co_await say(answer_to(verb));
    }
  } catch (const std::system_error&) {
    connection_.close();
  }

 private:
  std::string greeting() const {
    std::string text = canned_.offers.empty() ? "250 canned\r\n" : "250-canned\r\n";
    for (std::size_t i = 0; i < canned_.offers.size(); ++i)
      text += (i + 1 < canned_.offers.size() ? "250-" : "250 ") + canned_.offers[i] + "\r\n";
    return text;
  }
  std::string answer_to(const std::string& verb) const {
    auto at = canned_.answers.find(verb);
    return at == canned_.answers.end() ? "250 ok\r\n" : at->second;
  }
  awaitable<void> say(std::string wire) {
    connection_.put_lines(wire);
    co_await connection_.flush(connection_.after(60s));
  }
  awaitable<std::string> hear() {
    for (;;) {
      if (auto line = connection_.next_line()) co_return line->text;
      co_await connection_.fill(connection_.after(60s));
    }
  }
  awaitable<void> shake_hands() {
    co_await connection_.start_tls(canned_.tls, Connection::Role::kServer, connection_.after(60s));
  }
  awaitable<void> go_secure() {
    co_await say("220 go\r\n");
    co_await shake_hands();
  }
  awaitable<void> take_body() {
    co_await say("354 go\r\n");
    while (co_await hear() != ".") continue;
    co_await say(answer_to("."));
  }

  Connection connection_;
  CannedServer& canned_;
};

awaitable<void> serve_one(World& world, std::unique_ptr<world::Stream> stream,
                          CannedServer& canned) {
  CannedSession session(world, std::move(stream), canned);
  co_await session.run();
}

awaitable<void> accept_all(World& world, world::Endpoint endpoint, CannedServer& canned) {
  auto listener = world.network.listen(endpoint, 5);
  for (;;)
    asio::co_spawn(world.executor, serve_one(world, co_await listener->accept(), canned),
                   asio::detached);
}

}  // namespace

void boot_canned_server(Lab& lab, CannedServer& canned) {
  lab.simulation.boot(lab.server, [&](World& world) -> std::shared_ptr<void> {
    asio::co_spawn(world.executor, accept_all(world, lab.endpoint(), canned), asio::detached);
    return nullptr;
  });
  lab.simulation.run_for({});  // it listens before anybody comes
}

}  // namespace mxlab::smtp
