#include "relay/dns/cache.hpp"

#include <gtest/gtest.h>

namespace mxlab::dns {
namespace {

using std::chrono::seconds;
using world::SteadyPoint;

constexpr SteadyPoint kNow{std::chrono::hours(5)};

Question question(int n) { return {"n" + std::to_string(n) + ".org", Type::kA}; }

Found found(Status status, std::uint32_t ttl) { return {status, {}, ttl, {}}; }

TEST(DnsCache, ForgetsAtTheEndOfTheTtl) {
  Cache cache;
  cache.put(question(1), found(Status::kOk, 60), kNow);
  EXPECT_NE(cache.get(question(1), kNow + seconds(59)), nullptr);
  EXPECT_EQ(cache.get(question(1), kNow + seconds(60)), nullptr);
}

TEST(DnsCache, RemembersDenialsAndKeepsTypesApart) {
  Cache cache;
  cache.put({"a.org", Type::kA}, found(Status::kNoData, 60), kNow);
  ASSERT_NE(cache.get({"a.org", Type::kA}, kNow), nullptr);
  EXPECT_EQ(cache.get({"a.org", Type::kA}, kNow)->status, Status::kNoData);
  EXPECT_EQ(cache.get({"a.org", Type::kAaaa}, kNow), nullptr);
}

TEST(DnsCache, NeverRemembersFailuresOrATtlOfZero) {
  Cache cache;
  cache.put(question(1), found(Status::kTemporaryFailure, 60), kNow);
  cache.put(question(2), found(Status::kOk, 0), kNow);
  EXPECT_EQ(cache.size(), 0U);
}

TEST(DnsCache, CapsAbsurdTtls) {
  Cache cache;
  cache.put(question(1), found(Status::kOk, 0x7fffffff), kNow);
  cache.put(question(2), found(Status::kNoSuchName, 0x7fffffff), kNow);
  EXPECT_NE(cache.get(question(1), kNow + seconds(kMaxTtl - 1)), nullptr);
  EXPECT_EQ(cache.get(question(1), kNow + seconds(kMaxTtl)), nullptr);
  EXPECT_EQ(cache.get(question(2), kNow + seconds(kMaxNegativeTtl)), nullptr);
}

TEST(DnsCache, DropsWhatWouldExpireFirstWhenFull) {
  Cache cache(2);
  cache.put(question(1), found(Status::kOk, 100), kNow);
  cache.put(question(2), found(Status::kOk, 50), kNow);
  cache.put(question(3), found(Status::kOk, 70), kNow);
  EXPECT_EQ(cache.size(), 2U);
  EXPECT_EQ(cache.get(question(2), kNow), nullptr);
  EXPECT_NE(cache.get(question(1), kNow), nullptr);
}

TEST(DnsCache, ReplacesWhatItKnew) {
  Cache cache(1);
  cache.put(question(1), found(Status::kOk, 100), kNow);
  cache.put(question(1), found(Status::kNoData, 10), kNow);
  ASSERT_NE(cache.get(question(1), kNow), nullptr);
  EXPECT_EQ(cache.get(question(1), kNow)->status, Status::kNoData);
  EXPECT_EQ(cache.size(), 1U);
}

TEST(ResolvConf, ListsTheFirstThreeServers) {
  auto servers = parse_resolv_conf(
      "# nameserver 1.1.1.1\nsearch example.org\nnameserver 192.0.2.53\n"
      "nameserver not-an-address\nnameserver 2001:db8::53\nnameserver 10.0.0.1\n"
      "nameserver 10.0.0.2\n");
  ASSERT_EQ(servers.size(), 3U);
  EXPECT_EQ(world::to_string(servers[0]), "192.0.2.53:53");
  EXPECT_EQ(world::to_string(servers[1]), "[2001:db8::53]:53");
  EXPECT_EQ(world::to_string(servers[2]), "10.0.0.1:53");
}

TEST(ResolvConf, MeansTheLocalMachineWhenItNamesNoServer) {
  auto servers = parse_resolv_conf("");
  ASSERT_EQ(servers.size(), 1U);
  EXPECT_EQ(world::to_string(servers[0]), "127.0.0.1:53");
}

}  // namespace
}  // namespace mxlab::dns
