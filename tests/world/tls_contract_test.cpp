// tls_contract_test.cpp - OpenSSL over the seam: the same handshake in both worlds, the same bytes
// in every simulation with the same seed, and no way for a silent peer to hang it.
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/read.hpp>
#include <asio/ssl.hpp>
#include <asio/write.hpp>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "tests/world/labs.hpp"

namespace mxlab::test {
namespace {

using namespace std::chrono_literals;
using Tls = asio::ssl::stream<world::Stream&>;
using StreamBase = asio::ssl::stream_base;

struct Certified {
  asio::ssl::context server{asio::ssl::context::tls};
  asio::ssl::context client{asio::ssl::context::tls};
};

/// Self-signed, trusted by the client, valid around the given years only.
std::shared_ptr<Certified> certified(const char* from, const char* to) {
  auto both = std::make_shared<Certified>();
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  std::unique_ptr<X509, decltype(&X509_free)> cert(X509_new(), X509_free);
  X509_set_version(cert.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), 1);
  ASN1_TIME_set_string_X509(X509_getm_notBefore(cert.get()), from);
  ASN1_TIME_set_string_X509(X509_getm_notAfter(cert.get()), to);
  X509_set_pubkey(cert.get(), key.get());
  X509_NAME* name = X509_get_subject_name(cert.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("mx.test"), -1, -1, 0);
  X509_set_issuer_name(cert.get(), name);
  X509_sign(cert.get(), key.get(), EVP_sha256());
  SSL_CTX_use_certificate(both->server.native_handle(), cert.get());
  SSL_CTX_use_PrivateKey(both->server.native_handle(), key.get());
  both->client.set_verify_mode(asio::ssl::verify_peer);
  X509_STORE_add_cert(SSL_CTX_get_cert_store(both->client.native_handle()), cert.get());
  return both;
}

awaitable<void> serve(std::unique_ptr<world::Listener> listener, std::shared_ptr<Certified> keys) {
  auto stream = co_await listener->accept();
  Tls tls(*stream, keys->server);
  try {
    co_await tls.async_handshake(StreamBase::server, asio::use_awaitable);
    std::string text(100000, '\0');
    co_await asio::async_read(tls, asio::buffer(text), asio::use_awaitable);
    co_await asio::async_write(tls, asio::buffer(text), asio::use_awaitable);
  } catch (const std::system_error&) {  // the client turned away
  }
}

awaitable<void> send_all(Tls& tls, const std::string& text) {
  co_await asio::async_write(tls, asio::buffer(text), asio::use_awaitable);
}

awaitable<void> talk(Lab& lab, std::shared_ptr<Certified> keys) {
  auto listener = lab.server().network.listen(lab.any_port(), 5);
  Endpoint peer = listener->local();
  asio::co_spawn(lab.server().executor, serve(std::move(listener), keys), asio::detached);
  auto stream = co_await lab.client().network.connect(peer);
  Tls tls(*stream, keys->client);
  co_await tls.async_handshake(StreamBase::client, asio::use_awaitable);
  std::string text(100000, 'm'), back(100000, '\0');
  asio::co_spawn(lab.client().executor, send_all(tls, text), asio::detached);
  co_await asio::async_read(tls, asio::buffer(back), asio::use_awaitable);
  EXPECT_EQ(back, text);
}

class TlsInBothWorlds : public testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<Lab> make_lab() {
    if (GetParam() == "real") return std::make_unique<RealLab>();
    return std::make_unique<SimLab>();
  }
};
INSTANTIATE_TEST_SUITE_P(World, TlsInBothWorlds, testing::Values("real", "simulated"),
                         [](const auto& info) { return info.param; });

TEST_P(TlsInBothWorlds, HandshakeAndFullDuplexTransfer) {
  auto lab = make_lab();
  lab->run(talk(*lab, certified("20200101000000Z", "20490101000000Z")));
}

awaitable<void> close_after(World& world, world::Stream& stream, world::Duration span) {
  co_await world.clock.sleep_for(span);
  stream.close();
}
awaitable<void> handshake(Tls& tls) {
  co_await tls.async_handshake(StreamBase::client, asio::use_awaitable);
}
awaitable<void> meets_silence(Lab& lab, std::shared_ptr<Certified> keys) {
  auto listener = lab.server().network.listen(lab.any_port(), 5);
  auto stream = co_await lab.client().network.connect(listener->local());
  Tls tls(*stream, keys->client);
  asio::co_spawn(lab.client().executor, close_after(lab.client(), *stream, 40ms), asio::detached);
  auto error = co_await error_of(handshake(tls));
  EXPECT_EQ(error, asio::error::operation_aborted) << error.message();
}
TEST_P(TlsInBothWorlds, DeadlineEndsAHandshakeWithASilentPeer) {
  auto lab = make_lab();
  lab->run(meets_silence(*lab, certified("20200101000000Z", "20490101000000Z")));
}

awaitable<void> judge_certificate(SimLab& lab, std::shared_ptr<Certified> keys, bool& trusted) {
  trusted = !co_await error_of(talk(lab, keys));
}
TEST(SimulatedTls, CertificatesAreJudgedByVirtualTime) {
  for (bool current : {true, false}) {
    SimLab lab;
    auto keys = current ? certified("20291201000000Z", "20300301000000Z")
                        : certified("20200101000000Z", "20290101000000Z");
    bool trusted = !current;
    lab.run(judge_certificate(lab, keys, trusted));
    EXPECT_EQ(trusted, current);
  }
}

std::uint64_t hash_with(std::uint64_t seed) {
  SimLab lab(seed);
  lab.run(talk(lab, certified("20200101000000Z", "20490101000000Z")));
  return lab.simulation.trace().hash();
}
TEST(SimulatedTls, TheSameSeedGivesTheSameBytes) {
  std::uint64_t first = hash_with(7);
  EXPECT_EQ(first, hash_with(7)) << "TLS draws from something else than the seed";
  EXPECT_NE(first, hash_with(8));
}

}  // namespace
}  // namespace mxlab::test
