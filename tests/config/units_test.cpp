// Times, sizes, names, networks, patterns, guesses.
#include "relay/config/units.hpp"

#include <array>
#include <gtest/gtest.h>

#include "relay/config/pattern.hpp"
#include "relay/config/words.hpp"

namespace mxlab::config {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

TEST(Units, TimesHaveOneUnit) {
  EXPECT_EQ(parse_duration("30s"), Duration(30s));
  EXPECT_EQ(parse_duration("2m"), Duration(2min));
  EXPECT_EQ(parse_duration("6h"), Duration(6h));
  EXPECT_EQ(parse_duration("24855d"), Duration(24855 * 24h));
  for (const char* bad :
       {"", "4", "d", "0s", "-1s", "4 d", "1h30m", "4w", "24856d", "4.5h", "99999999999999999999d"})
    EXPECT_FALSE(parse_duration(bad)) << bad;
}

TEST(Units, SizesHaveScanScaledsUnits) {
  EXPECT_EQ(parse_size("4096"), 4096u);
  EXPECT_EQ(parse_size("35M"), 35u << 20);
  EXPECT_EQ(parse_size("1.5k"), 1024u + 510u);
  EXPECT_EQ(parse_size("7B"), 7u);
  for (const char* bad :
       {"", "M", "35MB", "-1", "1.M", ".5M", "1.x5M", "9E", "3X", "99999999999999999999"})
    EXPECT_FALSE(parse_size(bad)) << bad;
}

TEST(Units, HostNamesAreNames) {
  for (const char* ok : {"a", "mx2.example.org", "mx2.example.org.", "_a.b-c.org"})
    EXPECT_TRUE(valid_host_name(ok)) << ok;
  for (const char* bad : {"", ".", "a..b", "-a.org", "a-.org", "a b", "a@b"})
    EXPECT_FALSE(valid_host_name(bad)) << bad;
  EXPECT_FALSE(valid_host_name(std::string(64, 'a')));
}

TEST(Units, NetworksContainTheirAddresses) {
  const auto in = [](const char* network, const char* address) {
    return contains(*parse_network(network), asio::ip::make_address(address));
  };
  EXPECT_TRUE(in("192.0.2.0/25", "192.0.2.127"));
  EXPECT_FALSE(in("192.0.2.0/25", "192.0.2.128"));
  EXPECT_TRUE(in("0.0.0.0/0", "203.0.113.9"));
  EXPECT_TRUE(in("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(in("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(in("[IPv6:2001:db8::1]", "2001:db8::1"));
  EXPECT_FALSE(in("0.0.0.0/0", "::1"));
  for (const char* bad : {"", "192.0.2.300", "192.0.2.0/33", "192.0.2.0/", "2001:db8::/129", "x"})
    EXPECT_FALSE(parse_network(bad)) << bad;
}

TEST(Units, ReplyTextsBeginWithARefusal) {
  EXPECT_EQ(reply_text_fault("550 no"), "");
  EXPECT_EQ(reply_text_fault("421 later"), "");
  for (const char* bad : {"", "no", "250 ok", "55 no", "550", "550no", "550 ", "550 a\tb", "550 é"})
    EXPECT_NE(reply_text_fault(bad), "") << bad;
}

TEST(Patterns, FaultsAreFoundWhereTheyAre) {
  EXPECT_EQ(pattern_fault(".*\\.dyn\\..*").message, "");
  const PatternFault star = pattern_fault("*.dyn");
  EXPECT_EQ(star.offset, 0u);
  EXPECT_EQ(star.width, 1u);
  const PatternFault escape = pattern_fault("host-\\d+\\.");
  EXPECT_EQ(escape.offset, 5u);
  EXPECT_EQ(escape.width, 2u);
  EXPECT_NE(pattern_fault("(?i)a(").message, "");
  EXPECT_EQ(pattern_fault("(?i)a").message, "");
}

TEST(Patterns, WildcardsTakeAsMuchAsTheyNeed) {
  EXPECT_TRUE(wildcard_match("*.example.org", "a.b.EXAMPLE.org"));
  EXPECT_TRUE(wildcard_match("a*b*c", "aXbbXc"));
  EXPECT_TRUE(wildcard_match("*", ""));
  EXPECT_FALSE(wildcard_match("*.example.org", "example.org"));
  EXPECT_FALSE(wildcard_match("a*b", "aXbX"));
}

TEST(Words, TheNearestWordIsGuessedOnlyWhenItIsNear) {
  constexpr std::array kWords{"listen"sv, "match"sv, "table"sv, "tls"sv};
  EXPECT_EQ(nearest("lisen", kWords), "listen");
  EXPECT_EQ(nearest("mathc", kWords), "match");
  EXPECT_EQ(nearest("tsl", kWords), "tls");
  EXPECT_EQ(nearest("Table", kWords), "table");
  EXPECT_EQ(nearest("frobnicate", kWords), "");
  EXPECT_EQ(nearest(std::string(10'000, 'x'), kWords), "");
}

}  // namespace
}  // namespace mxlab::config
