#include "relay/ctl/encrypt.hpp"

#include <cerrno>
#include <crypt.h>
#include <memory>
#include <system_error>

namespace mxlab::ctl {

std::string encrypt(const std::string& password) {
  struct Data {
    char salt[CRYPT_GENSALT_OUTPUT_SIZE];
    crypt_data work;
  };
  auto data = std::make_unique<Data>();
  auto fail = [](const char* what) -> std::string {
    throw std::system_error(std::error_code(errno, std::generic_category()), what);
  };
  // Random bytes and the cost are the library's own choice.
  if (crypt_gensalt_rn("$y$", 0, nullptr, 0, data->salt, sizeof data->salt) == nullptr)
    return fail("crypt_gensalt");
  const char* hash = crypt_r(password.c_str(), data->salt, &data->work);
  // "*0" and "*1" are how crypt(3) says no.
  if (hash == nullptr || hash[0] == '*') return fail("crypt");
  return hash;
}

}  // namespace mxlab::ctl
