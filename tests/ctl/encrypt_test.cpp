#include "relay/ctl/encrypt.hpp"

#include <crypt.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>

namespace mxlab::ctl {
namespace {

std::string hash_with(const std::string& password, const std::string& setting) {
  auto data = std::make_unique<crypt_data>();
  return crypt_r(password.c_str(), setting.c_str(), data.get());
}

TEST(Encrypt, MakesAYescryptHashThatCryptRecognises) {
  const std::string hash = encrypt("correct horse");
  EXPECT_THAT(hash, testing::StartsWith("$y$"));
  EXPECT_EQ(hash_with("correct horse", hash), hash);
  EXPECT_NE(hash_with("wrong horse", hash), hash);
}

TEST(Encrypt, SaltsEachTimeAnew) { EXPECT_NE(encrypt("x"), encrypt("x")); }

}  // namespace
}  // namespace mxlab::ctl
