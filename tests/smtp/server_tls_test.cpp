// What a listener demands under TLS, and which certificate it shows.
#include "relay/smtp/server_tls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "tests/smtp/raw_client.hpp"

namespace mxlab::smtp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

/// A certificate for the names ("DNS:a.test,DNS:*.b.test"), signed by itself, or by an issuer.
struct Party {
  explicit Party(const std::string& names, const Party* issuer = nullptr)
      : key(EVP_EC_gen("P-256")), certificate(X509_new()) {
    static long serial = 100;
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate), "20200101000000Z");
    ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate), "20490101000000Z");
    X509_set_pubkey(certificate, key);
    X509_NAME* subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(names.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name((issuer ? issuer : this)->certificate));
    add(NID_subject_alt_name, names);
    if (issuer == nullptr) add(NID_basic_constraints, "critical,CA:TRUE");
    X509_sign(certificate, issuer ? issuer->key : key, EVP_sha256());
  }
  Party(const Party&) = delete;
  Party& operator=(const Party&) = delete;
  ~Party() {
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  void add(int kind, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  std::string chain() const {
    BIO* out = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(out, certificate);
    return text(out);
  }
  std::string secret() const {
    BIO* out = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    return text(out);
  }
  std::string locked_secret() const {
    BIO* out = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(out, key, EVP_aes_128_cbc(), nullptr, 0, nullptr,
                             const_cast<char*>("passphrase"));
    return text(out);
  }
  static std::string text(BIO* out) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(out, &data);
    std::string copy(data, static_cast<std::size_t>(size));
    BIO_free(out);
    return copy;
  }
  Identity identity(const std::string& name) const { return {name, chain(), secret(), false}; }

  EVP_PKEY* key;
  X509* certificate;
};

/// The name that the server's certificate was made out to, for a client that asks for this host.
std::string shown_to(Lab& lab, const std::string& host) {
  // A client that verifies by name hears which names fit.
  std::string trouble;
  lab.run_client([&](World& world) -> awaitable<void> {
    RawClient client(world, co_await world.network.connect(lab.endpoint()));
    co_await client.reply();
    co_await client.ask("EHLO x\r\n");
    co_await client.ask("STARTTLS\r\n");
    co_await client.handshake(lab.client_options.tls, host);
    trouble = (co_await client.ask("EHLO x\r\n")).substr(0, 3);
  });
  return trouble.empty() ? "refused" : trouble;
}

TEST(ServerTls, ShowsTheCertificateThatTheClientAsksFor) {
  const Party first("DNS:mx.test"), exact("DNS:mail.example.org"), wild("DNS:*.example.net");
  Lab lab;
  lab.server_options.tls =
      make_server_tls({{first.identity("first"), exact.identity("exact"), wild.identity("wild")}});
  lab.boot_server();
  const auto trusts = [&](const Party& party) {
    ClientTls client;
    client.verify = true;
    client.trusted = party.chain();
    lab.client_options.tls = TlsContext::client(client);
  };
  trusts(exact);
  EXPECT_EQ(shown_to(lab, "mail.example.org"), "250") << "the exact name";
  EXPECT_EQ(shown_to(lab, "MAIL.example.org"), "250") << "in any case";
  EXPECT_EQ(shown_to(lab, "mx.test"), "refused") << "another's certificate";
  trusts(wild);
  EXPECT_EQ(shown_to(lab, "a.example.net"), "250") << "one label under the wildcard";
  EXPECT_EQ(shown_to(lab, "a.b.example.net"), "refused") << "not two (RFC 6125 6.4.3)";
  trusts(first);
  EXPECT_EQ(shown_to(lab, "mx.test"), "250");
}

TEST(ServerTls, AHostThatWeDoNotKnowSeesTheFirstCertificate) {
  const Party first("DNS:mx.test"), second("DNS:mail.example.org");
  Lab lab;
  lab.server_options.tls = make_server_tls({{first.identity("first"), second.identity("second")}});
  lab.client_options.tls = TlsContext::opportunistic_client();
  lab.boot_server();
  EXPECT_EQ(shown_to(lab, "elsewhere.test"), "250") << "no reason to part";
  EXPECT_EQ(shown_to(lab, ""), "250");
}

TEST(ServerTls, AClientWithoutACertificateThatWeTrustIsRefused) {
  const Party ours("DNS:mx.test"), second("DNS:mail.example.org"), authority("DNS:ca.test");
  const Party member("DNS:client.test", &authority), stranger("DNS:stranger.test");
  Lab lab;
  lab.server_options.tls = make_server_tls(
      {{ours.identity("ours"), second.identity("second")}, true, authority.chain()});
  lab.boot_server();
  const auto as = [&](const Party* party) {
    ClientTls client;
    if (party != nullptr) client.certificate = party->chain(), client.private_key = party->secret();
    lab.client_options.tls = TlsContext::client(client);
  };
  as(&member);
  EXPECT_EQ(shown_to(lab, "mx.test"), "250");
  EXPECT_EQ(shown_to(lab, "mail.example.org"), "250") << "under each of our certificates";
  as(&stranger);
  EXPECT_EQ(shown_to(lab, "mx.test"), "refused");
  EXPECT_EQ(shown_to(lab, "mail.example.org"), "refused");
  as(nullptr);
  EXPECT_EQ(shown_to(lab, "mx.test"), "refused");
}

TEST(ServerTls, SaysWhichPkiIsWrong) {
  const Party one("DNS:one.test"), other("DNS:other.test");
  auto fault = [](const ServerTls& settings) -> std::string {
    try {
      make_server_tls(settings);
    } catch (const std::system_error& error) {
      return error.what();
    }
    return "none";
  };
  EXPECT_THAT(fault({}), HasSubstr("needs a pki"));
  EXPECT_THAT(fault({{one.identity("one"), {"two", "x", "y"}}}),
              StartsWith("pki two: certificate: there is none in the file"));
  EXPECT_THAT(fault({{{"bare", one.chain(), "no key", false}}}),
              StartsWith("pki bare: private key: there is none in the file"));
  EXPECT_THAT(fault({{{"locked", one.chain(), one.locked_secret(), false}}}),
              StartsWith("pki locked: private key: it is encrypted"));
  EXPECT_THAT(fault({{{"mixed", one.chain(), other.secret(), false}}}),
              StartsWith("pki mixed: certificate and private key do not belong together"));
  EXPECT_THAT(fault({{one.identity("one")}, true, "no PEM"}),
              HasSubstr("certificates of the authorities"));
}

// RFC 3207 4
TEST(ServerTls, WhereTlsIsDemandedNothingElseComesFirst) {
  Lab lab;
  lab.use_tls();
  lab.server_options.require_tls = true;
  lab.server_options.auth = AuthPolicy::kOptional;
  lab.boot_server();
  const auto under_tls = lab.client_options.tls;
  lab.client_options.tls = nullptr;
  const std::string first = "530 5.7.0 Must issue a STARTTLS command first";
  EXPECT_THAT(replies_to(lab, {"MAIL FROM:<a@x.test>", "HELO x", "VRFY b", "RSET", "HELP", "DATA",
                               "AUTH PLAIN AGEAYg==", "NOOP", "QUIT"}),
              ElementsAre(first, first, first, first, first, first, first, "250 2.0.0 Ok",
                          "221 2.0.0 Bye"));
  lab.client_options.tls = under_tls;
  EXPECT_THAT(replies_to(lab, {"MAIL FROM:<a@x.test>"}), ElementsAre("250 2.0.0 Ok"));
}

TEST(ServerTls, ImplicitTlsGreetsUnderTls) {
  Lab lab;
  lab.use_tls();
  lab.server_options.implicit_tls = true;
  lab.boot_server();
  std::string banner, hello;
  lab.run_client([&](World& world) -> awaitable<void> {
    RawClient client(world, co_await world.network.connect(lab.endpoint()));
    co_await client.handshake(lab.client_options.tls);
    banner = co_await client.reply();
    hello = co_await client.ask("STARTTLS\r\n");
  });
  EXPECT_EQ(banner, "220 mx.test ESMTP");
  EXPECT_EQ(hello, "503 5.5.1 Invalid command: Channel already secured");
  EXPECT_THAT(lab.inbox.tls, StartsWith("TLSv1.3:"));
}

TEST(ServerTls, WhoSpeaksInTheClearToImplicitTlsIsHeardByNobody) {
  Lab lab;
  lab.use_tls();
  lab.server_options.implicit_tls = true;
  lab.boot_server();
  const Seen seen = lab.talk({say("EHLO x\r\nMAIL FROM:<a@x.test>\r\n")});
  EXPECT_TRUE(seen.closed);
  EXPECT_EQ(seen.text.find("220"), std::string::npos);
  EXPECT_TRUE(lab.inbox.senders.empty());
  ASSERT_EQ(lab.inbox.ends.size(), 1u);
  EXPECT_THAT(lab.inbox.ends[0], StartsWith("io-error: "));
}

TEST(ServerTls, ASilentHandshakeEndsInTime) {
  Lab lab;
  lab.use_tls();
  lab.server_options.implicit_tls = true;
  lab.boot_server();
  const Seen seen = lab.talk({});
  EXPECT_EQ(std::chrono::floor<std::chrono::seconds>(seen.at), 300s);
  EXPECT_EQ(seen.text, "") << "there is nobody to whom 421 could be said";
  EXPECT_THAT(lab.inbox.ends, ElementsAre("timeout"));
}

TEST(ServerTls, AFullHouseClosesAnImplicitTlsDoorWithoutAHandshake) {
  Lab lab;
  lab.use_tls();
  lab.server_options.implicit_tls = true;
  lab.inbox.at_arrival = Refusal{Reply(421, "4.3.2", "full"), true};
  lab.boot_server();
  const Seen seen = lab.talk({});
  EXPECT_TRUE(seen.closed);
  EXPECT_EQ(seen.text, "");
  EXPECT_LT(seen.at, 1s);
}

}  // namespace
}  // namespace mxlab::smtp
