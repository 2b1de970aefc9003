// sim_bench.cpp - how fast the simulated world turns: network events, timers and TLS sessions a
// second of real time.
#include <asio/ssl.hpp>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "bench/echo.hpp"

namespace {

using namespace mxlab;
using world::awaitable;
using world::World;
using Tls = asio::ssl::stream<world::Stream&>;

using bench::kServer;
using Bench = bench::TwoHosts;

void print(const char* what, double count, double seconds) {
  fmt::print("{:<28} {:>12.0f} /s   ({:.0f} in {:.2f} s)\n", what, count / seconds, count, seconds);
}

void bench_network() {
  const auto echo = bench::run_echo(50, 20000);
  print("network events (echo)", echo.network_events, echo.seconds);
  print("handlers (echo)", echo.handlers, echo.seconds);
}

awaitable<void> sleep_often(World& world, int times) {
  for (int i = 0; i < times; ++i)
    co_await world.clock.sleep_for(world::Duration(1 + world.random.next() % 1'000'000'000));
}

void bench_timers() {
  constexpr int kSleepers = 1000, kTimes = 1000;
  Bench bench;
  for (int i = 0; i < kSleepers; ++i)
    asio::co_spawn(bench.client.world().executor, sleep_often(bench.client.world(), kTimes),
                   asio::detached);
  print("timers", 1.0 * kSleepers * kTimes, bench.run());
}

void certify(asio::ssl::context& context) {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  std::unique_ptr<X509, decltype(&X509_free)> cert(X509_new(), X509_free);
  X509_gmtime_adj(X509_getm_notBefore(cert.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(cert.get()), 86400);
  X509_set_pubkey(cert.get(), key.get());
  X509_sign(cert.get(), key.get(), EVP_sha256());
  SSL_CTX_use_certificate(context.native_handle(), cert.get());
  SSL_CTX_use_PrivateKey(context.native_handle(), key.get());
}

awaitable<void> shake(std::unique_ptr<world::Stream> stream, asio::ssl::context& context,
                      asio::ssl::stream_base::handshake_type side) {
  Tls tls(*stream, context);
  co_await tls.async_handshake(side, asio::use_awaitable);
  std::array<char, 64> line{};
  if (side == asio::ssl::stream_base::client)
    co_await tls.async_write_some(asio::buffer(line), asio::use_awaitable);
  else
    co_await tls.async_read_some(asio::buffer(line), asio::use_awaitable);
}
awaitable<void> serve_tls(World& world, asio::ssl::context& context, int sessions) {
  auto listener = world.network.listen(kServer, 100);
  for (int i = 0; i < sessions; ++i)
    co_await shake(co_await listener->accept(), context, asio::ssl::stream_base::server);
}
awaitable<void> ask_tls(World& world, asio::ssl::context& context, int sessions) {
  for (int i = 0; i < sessions; ++i)
    co_await shake(co_await world.network.connect(kServer), context,
                   asio::ssl::stream_base::client);
}

void bench_tls() {
  constexpr int kSessions = 2000;
  Bench bench;
  asio::ssl::context server(asio::ssl::context::tls), client(asio::ssl::context::tls);
  certify(server);
  client.set_verify_mode(asio::ssl::verify_none);
  asio::co_spawn(bench.server.world().executor, serve_tls(bench.server.world(), server, kSessions),
                 asio::detached);
  asio::co_spawn(bench.client.world().executor, ask_tls(bench.client.world(), client, kSessions),
                 asio::detached);
  print("TLS sessions", kSessions, bench.run());
  fmt::print("trace hash of the TLS sessions {:016x} (the same in every run)\n",
             bench.simulation.trace().hash());
}

}  // namespace

int main() {
  bench_network();
  bench_timers();
  bench_tls();
}
