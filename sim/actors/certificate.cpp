#include "sim/actors/certificate.hpp"

#include <array>
#include <memory>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdexcept>

namespace mxlab::sim {
namespace {

template <class T, void (*free_it)(T*)>
struct Free {
  void operator()(T* object) const { free_it(object); }
};
template <class T, void (*free_it)(T*)>
using Owned = std::unique_ptr<T, Free<T, free_it>>;
using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

template <class T>
T* require(T* made) {
  if (made == nullptr) throw std::runtime_error("OpenSSL cannot make the lab's certificate");
  return made;
}
void require(int success) {
  if (success != 1) throw std::runtime_error("OpenSSL cannot make the lab's certificate");
}

Digest digest_of(const std::string& text) {
  Digest digest;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return digest;
}

/// The public point of a private number, uncompressed.
std::string public_point(const BIGNUM* secret) {
  Owned<EC_GROUP, EC_GROUP_free> group(require(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1)));
  Owned<EC_POINT, EC_POINT_free> point(require(EC_POINT_new(group.get())));
  require(EC_POINT_mul(group.get(), point.get(), secret, nullptr, nullptr, nullptr));
  std::array<unsigned char, 65> bytes;
  const std::size_t size = EC_POINT_point2oct(
      group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, bytes.data(), bytes.size(), nullptr);
  return {reinterpret_cast<const char*>(bytes.data()), size};
}

/// Half of a hash is below the curve's order, whatever it is, and never zero in practice.
Key key_of(const std::string& name) {
  const Digest digest = digest_of("mxlab key of " + name);
  Owned<BIGNUM, BN_free> secret(require(BN_bin2bn(digest.data(), 31, nullptr)));
  const std::string point = public_point(secret.get());
  Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(require(OSSL_PARAM_BLD_new()));
  require(OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0));
  require(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, secret.get()));
  require(OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                           point.size()));
  Owned<OSSL_PARAM, OSSL_PARAM_free> params(require(OSSL_PARAM_BLD_to_param(builder.get())));
  Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(
      require(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr)));
  require(EVP_PKEY_fromdata_init(context.get()));
  EVP_PKEY* key = nullptr;
  require(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params.get()));
  return Key(key);
}

/// The authority signs with Ed25519, whose signatures need no chance.
Key authority() {
  const Digest seed = digest_of("mxlab authority");
  return Key(
      require(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size())));
}

void set_name(X509_NAME* name, const std::string& text) {
  require(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()), -1, 0));
}

std::string take(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

Certificate make_certificate(const std::string& name, bool expired) {
  constexpr std::size_t kLongestCommonName = 64;  // RFC 5280 A.1
  const Key key = key_of(name);
  Owned<X509, X509_free> certificate(require(X509_new()));
  X509* x509 = certificate.get();
  require(X509_set_version(x509, 2));
  require(ASN1_INTEGER_set(X509_get_serialNumber(x509), 1));
  require(ASN1_TIME_set_string_X509(X509_getm_notBefore(x509), "20200101000000Z"));
  const char* end = expired ? "20201231235959Z" : "20491231235959Z";
  require(ASN1_TIME_set_string_X509(X509_getm_notAfter(x509), end));
  require(X509_set_pubkey(x509, key.get()));
  set_name(X509_get_subject_name(x509), name.substr(0, kLongestCommonName));
  set_name(X509_get_issuer_name(x509), "mxlab");
  if (X509_sign(x509, authority().get(), nullptr) == 0) require(0);
  Owned<BIO, BIO_free_all> chain(require(BIO_new(BIO_s_mem())));
  require(PEM_write_bio_X509(chain.get(), x509));
  Owned<BIO, BIO_free_all> secret(require(BIO_new(BIO_s_mem())));
  require(PEM_write_bio_PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr));
  return {take(chain.get()), take(secret.get())};
}

}  // namespace mxlab::sim
