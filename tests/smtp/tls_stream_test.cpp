// tls_stream_test.cpp - our TLS over simulated wires: against itself, against Asio's, and against
// peers that break it off.
#include "relay/smtp/tls_stream.hpp"

#include <asio/redirect_error.hpp>
#include <asio/ssl.hpp>
#include <asio/write.hpp>
#include <gtest/gtest.h>

#include "relay/world/spawn.hpp"
#include "tests/smtp/lab.hpp"

namespace mxlab::smtp {
namespace {

using StreamPtr = std::unique_ptr<world::Stream>;
using Role = TlsStream::Role;

const world::Endpoint kServer{asio::ip::make_address("192.0.2.2"), 25};

/// What one side of a connection does with its stream.
using Part = std::function<awaitable<void>(World&, StreamPtr)>;

class TlsStreams : public testing::Test {
 protected:
  TlsStreams() {
    for (sim::Host* host : {&client_, &server_})
      simulation_.boot(*host, [](World&) { return std::shared_ptr<void>(); });
  }
  SSL_CTX* server_context() { return server_tls_->native().native_handle(); }
  SSL_CTX* client_context() { return client_tls_->native().native_handle(); }
  /// Plays both parts to their ends.
  void play(Part client, Part server) {
    world::spawn(server_.world(), serve(server_.world(), std::move(server)));
    world::spawn(client_.world(), call(client_.world(), std::move(client)));
    simulation_.run();
    EXPECT_EQ(ended_, 2) << "somebody waits for ever";
  }

 private:
  awaitable<void> serve(World& world, Part part) {
    auto listener = world.network.listen(kServer, 5);
    co_await part(world, co_await listener->accept());
    ++ended_;
  }
  awaitable<void> call(World& world, Part part) {
    co_await part(world, co_await world.network.connect(kServer));
    ++ended_;
  }

  sim::Simulation simulation_{1};
  sim::Host& client_ = simulation_.add_host("client", {asio::ip::make_address("192.0.2.1")});
  sim::Host& server_ = simulation_.add_host("server", {kServer.address});
  std::shared_ptr<TlsContext> server_tls_ =
      TlsContext::server(test_certificate().chain, test_certificate().key);
  std::shared_ptr<TlsContext> client_tls_ = TlsContext::client({});
  int ended_ = 0;
};

awaitable<std::string> read_to_end(TlsStream& tls, std::error_code& error) {
  std::string all, room(5000, '\0');
  while (!error) {
    const auto count = co_await tls.read_some(asio::buffer(room), error);
    all.append(room, 0, count);
  }
  co_return all;
}

std::string much() {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += std::to_string(i) + ' ';
  return text;
}

Part say_and_close(SSL_CTX* context, std::string text) {
  return [=](World&, StreamPtr below) -> awaitable<void> {
    std::error_code error;
    TlsStream tls(*below, context);
    co_await tls.handshake(Role::kClient, error);
    co_await tls.write(text, error);
    EXPECT_FALSE(error) << error.message();
    below->close();
  };
}

Part hear(SSL_CTX* context, std::string expected, std::error_code end) {
  return [=](World&, StreamPtr below) -> awaitable<void> {
    std::error_code error;
    TlsStream tls(*below, context);
    co_await tls.handshake(Role::kServer, error);
    EXPECT_TRUE(co_await read_to_end(tls, error) == expected);
    EXPECT_EQ(error, end) << error.message();
  };
}

TEST_F(TlsStreams, CarryMuchMoreThanAnyBufferHolds) {
  play(say_and_close(client_context(), much()),
       hear(server_context(), much(), asio::ssl::error::stream_truncated));
}

Part asio_client(SSL_CTX* context, std::string text) {
  return [=](World&, StreamPtr below) -> awaitable<void> {
    SSL_CTX_up_ref(context);
    asio::ssl::context shared(context);
    asio::ssl::stream<world::Stream&> tls(*below, shared);
    co_await tls.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
    co_await asio::async_write(tls, asio::buffer(text), asio::use_awaitable);
    std::error_code goodbye;
    co_await tls.async_shutdown(asio::redirect_error(asio::use_awaitable, goodbye));
  };
}

TEST_F(TlsStreams, UnderstandAsiosAndHearItsGoodbye) {
  play(asio_client(client_context(), much()), hear(server_context(), much(), asio::error::eof));
}

Part fail_in(TlsStream::Role role, SSL_CTX* context) {
  return [=](World&, StreamPtr below) -> awaitable<void> {
    std::error_code error;
    TlsStream tls(*below, context);
    co_await tls.handshake(role, error);
    std::string room(100, '\0');
    if (!error) co_await tls.read_some(asio::buffer(room), error);
    EXPECT_EQ(error.category(), asio::error::get_ssl_category()) << error.message();
  };
}

TEST_F(TlsStreams, SayWhatIsWrongWithAPeerThatSpeaksNoTls) {
  auto chatter = [](World& world, StreamPtr below) -> awaitable<void> {
    co_await asio::async_write(*below, asio::buffer("EHLO in the clear\r\n", 19),
                               asio::use_awaitable);
    co_await world.clock.sleep_for(1s);
  };
  play(chatter, fail_in(Role::kServer, server_context()));
}

TEST_F(TlsStreams, WhoRefusesACertificateTellsThePeerSo) {
  auto strict = TlsContext::client({.verify = true});
  play(fail_in(Role::kClient, strict->native().native_handle()),
       fail_in(Role::kServer, server_context()));
}

TEST_F(TlsStreams, APeerThatLeavesDuringTheHandshakeIsTruncated) {
  auto leave = [](World& world, StreamPtr below) -> awaitable<void> {
    below->close();
    co_await world.clock.sleep_for(1s);
  };
  play(leave, [context = server_context()](World&, StreamPtr below) -> awaitable<void> {
    std::error_code error;
    TlsStream tls(*below, context);
    co_await tls.handshake(Role::kServer, error);
    EXPECT_EQ(error, asio::ssl::error::stream_truncated) << error.message();
  });
}

}  // namespace
}  // namespace mxlab::smtp
