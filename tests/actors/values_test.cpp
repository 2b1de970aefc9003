// The actors' pure parts: schedules, the MX walk, certificates.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/smtp/tls.hpp"
#include "sim/actors/certificate.hpp"
#include "sim/actors/mx_walk.hpp"
#include "sim/world/seeded_openssl.hpp"

namespace mxlab::sim {
namespace {

const TimePoint kCreation{std::chrono::sys_days(std::chrono::year(2030) / 1 / 1)};

TEST(Profile, SkipsQuadraticAttemptsThatArePast) {
  const RetrySchedule schedule = opensmtpd().retry;
  EXPECT_EQ(next_retry(schedule, kCreation, 1, kCreation + 11s).at, kCreation + 400s);
  const Retry late = next_retry(schedule, kCreation, 1, kCreation + 5000s);
  EXPECT_EQ(late.at, kCreation + 6400s);
  EXPECT_EQ(late.failures, 4u);
}

TEST(Profile, CountsListsAndDoublingFromTheFailedAttempt) {
  const RetrySchedule list{RetryKind::kList, {}, {60s, 300s}, {}};
  EXPECT_EQ(next_retry(list, kCreation, 1, kCreation + 5s).at, kCreation + 65s);
  EXPECT_EQ(next_retry(list, kCreation, 2, kCreation + 65s).at, kCreation + 365s);
  EXPECT_EQ(next_retry(list, kCreation, 9, kCreation + 1000s).at, kCreation + 1300s);
  const RetrySchedule doubling{RetryKind::kDoubling, 64s, {}, 200s};
  EXPECT_EQ(next_retry(doubling, kCreation, 1, kCreation).at, kCreation + 64s);
  EXPECT_EQ(next_retry(doubling, kCreation, 2, kCreation).at, kCreation + 128s);
  EXPECT_EQ(next_retry(doubling, kCreation, 3, kCreation).at, kCreation + 200s);
}

TEST(Profile, IsFoundByItsName) {
  EXPECT_TRUE(find_profile("opensmtpd"));
  EXPECT_FALSE(find_profile("no such system"));
}

TEST(HostNotes, ShunsLongerEachTimeAndForgivesStepByStep) {
  const SenderProfile profile = opensmtpd();
  HostNotes notes(profile);
  const Address host = asio::ip::make_address("192.0.2.20");
  const SteadyPoint start{1h};
  EXPECT_EQ(notes.shun(host, start), 15s);
  EXPECT_EQ(notes.shunned_until(host, start + 14s), start + 15s);
  EXPECT_EQ(notes.shunned_until(host, start + 15s), std::nullopt);
  EXPECT_EQ(notes.shun(host, start + 5s), 60s) << "again while shunned";
  EXPECT_EQ(notes.shun(host, start + 5s + 60s + 1s), 60s) << "one point was forgiven";
  EXPECT_EQ(notes.shun(host, start + 24h), 15s) << "all were";
}

struct Walking {
  SenderProfile profile = opensmtpd();
  HostNotes notes{profile};
  HostUses uses;
  SteadyPoint now{1h};
  MailHost first{10, "mx1", asio::ip::make_address("192.0.2.1")};
  MailHost second{20, "mx2", asio::ip::make_address("192.0.2.2")};
  WalkStep step() { return walk({first, second}, uses, notes, now); }
};

TEST(Walk, WaitsForTheBetterHostWhileItIsBeingTried) {
  Walking w;
  EXPECT_EQ(std::get<Connect>(w.step()).host.name, "mx1");
  w.uses[w.first.address].connecting = true;
  EXPECT_EQ(std::get<Wait>(w.step()).forgiven_at, SteadyPoint::max());
}

TEST(Walk, LeavesALevelOnlyWhenItsHostsAreShunned) {
  Walking w;
  w.notes.shun(w.first.address, w.now);
  EXPECT_EQ(std::get<Connect>(w.step()).host.name, "mx2");
  w.uses[w.second.address].connecting = true;
  EXPECT_EQ(std::get<Wait>(w.step()).forgiven_at, w.now + 15s) << "the better one comes back";
  w.notes.shun(w.second.address, w.now);
  EXPECT_TRUE(std::holds_alternative<AllShunned>(w.step()));
}

class CountingRandom final : public world::Random {
 public:
  std::uint64_t next() override { return ++draws; }
  std::uint64_t draws = 0;
};

TEST(Certificate, FollowsFromTheNameAndDrawsNothing) {
  CountingRandom random;
  seed_openssl(&random);
  const Certificate one = make_certificate("mail.example.org");
  const Certificate again = make_certificate("mail.example.org");
  const Certificate other = make_certificate("mx2.example.org");
  seed_openssl(nullptr);
  EXPECT_EQ(random.draws, 0u);
  EXPECT_EQ(one.chain, again.chain);
  EXPECT_EQ(one.key, again.key);
  EXPECT_NE(one.key, other.key);
  EXPECT_NO_THROW(smtp::TlsContext::server(one.chain, one.key));
  EXPECT_ANY_THROW(smtp::TlsContext::server(one.chain, other.key));
}

}  // namespace
}  // namespace mxlab::sim
