#include "fakedns/remembered.hpp"

#include <gtest/gtest.h>

#include "relay/dns/ldns.hpp"
#include "relay/dns/message.hpp"

namespace mxlab::fakedns {
namespace {

class Remembered : public testing::Test {
 protected:
  Remembered() { zones.add("mail.example.org", "A 192.0.2.10"); }

  std::string query(std::uint16_t id, const std::string& name = "mail.example.org") {
    return *dns::make_query(id, {name, dns::Type::kA});
  }

  ZoneSet zones;
  RememberedAnswers remembered{zones};
};

TEST_F(Remembered, GivesEachAskerItsOwnId) {
  const auto first = wire_for(query(1), remembered.answer(query(1), Transport::kUdp));
  const auto second = wire_for(query(2), remembered.answer(query(2), Transport::kUdp));
  EXPECT_EQ(first, answer(query(1), zones, Transport::kUdp).wire);
  EXPECT_EQ(second, answer(query(2), zones, Transport::kUdp).wire);
}

TEST_F(Remembered, ForgetsWhenTheZonesChange) {
  EXPECT_EQ(remembered.answer(query(1), Transport::kUdp).summary, "NOERROR 1");
  zones.add("mail.example.org", "A 192.0.2.11");
  EXPECT_EQ(remembered.answer(query(1), Transport::kUdp).summary, "NOERROR 2");
  zones.remove("mail.example.org");
  EXPECT_EQ(remembered.answer(query(1), Transport::kUdp).summary, "NOERROR 0");
  zones.add("other.example.org", "A 192.0.2.12");
  EXPECT_EQ(remembered.answer(query(1, "other.example.org"), Transport::kUdp).summary, "NOERROR 1");
  EXPECT_EQ(remembered.answer(query(1, "gone.example.org"), Transport::kUdp).summary, "REFUSED");
  zones.add_zone("example.org");
  EXPECT_EQ(remembered.answer(query(1, "gone.example.org"), Transport::kUdp).summary, "NXDOMAIN");
}

TEST_F(Remembered, KeepsWhatFitsOneTransportFromTheOther) {
  for (int i = 1; i <= 90; ++i) zones.add("big.example.org", "A 192.0.2." + std::to_string(i));
  const auto asked = query(1, "big.example.org");
  EXPECT_EQ(remembered.answer(asked, Transport::kTcp).summary, "NOERROR 90");
  EXPECT_EQ(remembered.answer(asked, Transport::kUdp).summary, "NOERROR truncated");
}

TEST_F(Remembered, SurvivesMoreQuestionsThanItKeeps) {
  constexpr int kMany = 20'000;
  for (int i = 0; i < kMany; ++i) {
    const auto asked = query(7, "n" + std::to_string(i) + ".mail.example.org");
    ASSERT_EQ(remembered.answer(asked, Transport::kUdp).summary, "NXDOMAIN");
  }
  EXPECT_EQ(remembered.answer(query(1), Transport::kUdp).summary, "NOERROR 1");
}

TEST_F(Remembered, SaysNothingToWhatIsNoQuery) {
  EXPECT_EQ(remembered.answer("", Transport::kUdp).wire, "");
  EXPECT_EQ(remembered.answer("x", Transport::kUdp).wire, "");
  EXPECT_EQ(remembered.answer(std::string(600, '\xff'), Transport::kUdp).wire, "");
}

}  // namespace
}  // namespace mxlab::fakedns
