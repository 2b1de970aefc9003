#include "tests/relay/talker.hpp"

#include "relay/smtp/connection.hpp"
#include "sim/actors/certificate.hpp"

namespace mxlab::relay {
namespace {

using namespace std::chrono_literals;
using smtp::Connection;

class Talker {
 public:
  Talker(world::World& world, std::unique_ptr<world::Stream> stream)
      : connection_(world, std::move(stream), {"00000000000000c1", 2048}) {}

  awaitable<void> run(const std::vector<std::string>& lines, const Talk& talk,
                      std::vector<std::string>& heard) {
    co_await send(talk.opening);
    if (talk.implicit) co_await handshake();
    std::string banner = co_await reply();
    if (talk.keep_banner) heard.push_back(banner);
    co_await ask("EHLO stranger");
    if (talk.tls && !talk.implicit) {
      co_await ask("STARTTLS");
      co_await handshake();
      co_await ask("EHLO stranger");
    }
    for (const std::string& line : lines) heard.push_back(co_await ask(line));
  }

 private:
  awaitable<void> handshake() {
    co_await connection_.start_tls(smtp::TlsContext::opportunistic_client(),
                                   Connection::Role::kClient, connection_.after(60s));
  }
  awaitable<void> send(const std::string& bytes) {
    connection_.put_body(bytes);
    co_await connection_.flush(connection_.after(60s));
  }
  awaitable<std::string> reply() {
    for (;;) {
      auto line = connection_.next_line();
      if (!line)
        co_await connection_.fill(connection_.after(300s));
      else if (line->text.size() < 4 || line->text[3] != '-')
        co_return line->text;
    }
  }
  awaitable<std::string> ask(const std::string& line) {
    co_await send(line + "\r\n");
    co_return co_await reply();
  }

  Connection connection_;
};

}  // namespace

const TalkerCertificate& talker_certificate() {
  static const TalkerCertificate made = [] {
    const auto certificate = sim::make_certificate("mx2.example.org");
    return TalkerCertificate{certificate.chain, certificate.key};
  }();
  return made;
}

std::vector<std::string> talk_to(RelayLab& lab, std::vector<std::string> lines, Talk talk) {
  std::vector<std::string> heard;
  lab.as_stranger([&](world::World& world) -> awaitable<void> {
    try {
      Talker talker(world, co_await world.network.connect({lab.machine->addresses.front(), 25}));
      co_await talker.run(lines, talk, heard);
    } catch (const std::system_error&) {
      heard.push_back("closed");
    }
  });
  return heard;
}

}  // namespace mxlab::relay
