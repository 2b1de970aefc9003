#include "relay/password.hpp"

#include <crypt.h>
#include <memory>
#include <openssl/crypto.h>
#include <string_view>

namespace mxlab::relay {

const char* const kNobodysHash =
    "$6$mxrelaynobody$"
    "......................................................................................";

bool password_fits(const std::string& password, const std::string& hash) {
  const auto space = std::make_unique<crypt_data>();  // 32 KiB; all zero, as crypt_r(3) wants it
  const char* made = crypt_r(password.c_str(), hash.c_str(), space.get());
  const std::string_view result = made == nullptr ? "*" : made;
  const bool usable = !result.starts_with('*') && password.find('\0') == std::string::npos;
  const bool same =
      result.size() == hash.size() && CRYPTO_memcmp(result.data(), hash.data(), hash.size()) == 0;
  OPENSSL_cleanse(space.get(), sizeof(crypt_data));
  return usable && same;
}

}  // namespace mxlab::relay
