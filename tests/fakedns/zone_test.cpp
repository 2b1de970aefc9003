#include "fakedns/zone.hpp"

#include <gmock/gmock.h>

namespace mxlab::fakedns {
namespace {

using testing::HasSubstr;

template <class Action>
std::string complaint_of(Action action) {
  try {
    action();
  } catch (const ZoneError& error) {
    return error.what();
  }
  return "no complaint";
}

constexpr const char* kZone = R"(; the tutorial's zone
$ORIGIN example.org.
$TTL 1h
@        IN SOA  ns hostmaster ( 2024010101 ; serial
                  3600 600
                  604800 60 )
         IN NS   ns
         IN MX   10 mail
         IN MX   20 mx2
mail     IN A    192.0.2.10
         IN AAAA 2001:db8::10
mx2  300 IN A    192.0.2.20
www      IN CNAME mail
@        IN TXT  "v=spf1 mx -all" "second"
_25._tcp.mail IN TLSA 3 1 1 0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF
_smtp._tcp IN SRV 0 5 25 mail
*.lists  IN MX   10 mail
)";

TEST(ZoneFile, ReadsOriginTtlParenthesesCommentsAndRepeatedOwners) {
  Zone zone = parse_zone_file(kZone, "example.org.zone");
  EXPECT_EQ(zone.origin(), "example.org");
  EXPECT_EQ(zone.soa().ttl, 3600U);
  auto top = zone.find("example.org");
  ASSERT_EQ(top.records.size(), 5U);  // SOA, NS, MX, MX, TXT
  auto mail = zone.find("mail.example.org");
  ASSERT_EQ(mail.records.size(), 2U);
  EXPECT_EQ(mail.records[0].ttl, 3600U);
  EXPECT_EQ(zone.find("mx2.example.org").records.at(0).ttl, 300U);
  EXPECT_EQ(zone.find("www.example.org").records.at(0).target, "mail.example.org");
  EXPECT_EQ(zone.find("_25._tcp.mail.example.org").records.size(), 1U);
  EXPECT_TRUE(zone.find("x.lists.example.org").wildcard);
}

TEST(ZoneFile, TakesRelativeNamesFromTheGivenOrigin) {
  auto zone = parse_zone_file("@ 60 IN SOA ns h 1 2 3 4 5\nwww 60 IN A 192.0.2.1\n", "z", "a.org");
  EXPECT_EQ(zone.origin(), "a.org");
  EXPECT_TRUE(zone.find("www.a.org").exists);
}

TEST(ZoneFile, SaysInWhichLineItsErrorIs) {
  const std::string head = "$ORIGIN a.org.\n@ 60 IN SOA ns h (\n 1 2 3\n 4 5 )\n";
  auto complaint = [&](const std::string& rest) {
    return complaint_of([&] { parse_zone_file(head + rest, "a.zone"); });
  };
  EXPECT_THAT(complaint("www 60 IN A 192.0.2.999\n"), HasSubstr("a.zone:5: "));
  EXPECT_THAT(complaint("\n; comment\nwww 60 IN A\n"), HasSubstr("a.zone:7: "));
  EXPECT_THAT(complaint("www 60 IN A 192.0.2.1\n\nwww 60 IN CNAME mail\n"),
              HasSubstr("a.zone:7: www.a.org has a CNAME"));
  EXPECT_THAT(complaint("www.b.org. 60 IN A 192.0.2.1\n"),
              HasSubstr("a.zone:5: www.b.org is outside the zone a.org"));
  EXPECT_THAT(complaint("www 60 CH A 192.0.2.1\n"), HasSubstr("a.zone:5: "));
  EXPECT_THAT(complaint("$INCLUDE other\n"), HasSubstr("a.zone:5: $INCLUDE is not supported"));
  EXPECT_THAT(complaint("@ 60 IN SOA ns h 1 2 3 4 5\n"), HasSubstr("a.zone:5: a second SOA"));
}

TEST(ZoneFile, WantsASoa) {
  EXPECT_EQ(complaint_of([] { parse_zone_file("a.org. 60 IN A 192.0.2.1\n", "a.zone"); }),
            "a.zone:1: the zone has no SOA record");
  EXPECT_EQ(complaint_of([] { parse_zone_file("", "a.zone"); }), "a.zone:1: the file is empty");
}

class ZoneSetTest : public testing::Test {
 protected:
  std::vector<std::string> owners_at(const std::string& name) {
    std::vector<std::string> result;
    for (auto& record : zones.zone_of(name)->find(name).records)
      result.push_back(type_name(record.type));
    return result;
  }
  ZoneSet zones;
};

TEST_F(ZoneSetTest, BeginsAZoneWhereNoneHoldsTheName) {
  zones.add("example.org", "MX 10 mail.example.org");
  zones.add("mail.example.org", "A 192.0.2.10");
  ASSERT_NE(zones.zone_of("example.org"), nullptr);
  EXPECT_EQ(zones.zone_of("mail.example.org"), zones.zone_of("example.org"));
  EXPECT_EQ(zones.zone_of("example.com"), nullptr);
  EXPECT_THAT(owners_at("example.org"), testing::ElementsAre("SOA", "MX"));
}

TEST_F(ZoneSetTest, BeginsZonesForAliasesAndWildcardsOneLabelAbove) {
  zones.add("www.example.org", "CNAME mail.example.org");
  EXPECT_EQ(zones.zone_of("www.example.org")->origin(), "example.org");
  zones.add("*.example.net.", "A 192.0.2.1");
  EXPECT_EQ(zones.zone_of("x.example.net")->origin(), "example.net");
}

TEST_F(ZoneSetTest, AllowsNothingBesideAnAlias) {
  zones.add("www.example.org", "CNAME mail");
  EXPECT_EQ(complaint_of([&] { zones.add("www.example.org", "MX 10 mail"); }),
            "www.example.org has a CNAME record, and so cannot have any other");
}

TEST_F(ZoneSetTest, TakesNamesWithADotAsAbsolute) {
  zones.add_zone("example.org");
  zones.add("a.example.org", "CNAME www");
  zones.add("b.example.org", "CNAME www.example.org");
  zones.add("c.example.org", "CNAME www.example.org.");
  zones.add("d.example.org", "CNAME @");
  auto target = [&](const std::string& name) {
    return zones.zone_of(name)->find(name).records.at(0).target;
  };
  EXPECT_EQ(target("a.example.org"), "www.example.org");
  EXPECT_EQ(target("b.example.org"), "www.example.org");
  EXPECT_EQ(target("c.example.org"), "www.example.org");
  EXPECT_EQ(target("d.example.org"), "example.org");
}

TEST_F(ZoneSetTest, TakesAnAddressForItsReverseName) {
  zones.add("192.0.2.10", "PTR mail.example.org");
  zones.add("2001:db8::1", "PTR mail.example.org");
  EXPECT_NE(zones.zone_of("10.2.0.192.in-addr.arpa"), nullptr);
  EXPECT_EQ(zones.remove("192.0.2.10", "PTR"), 1U);
}

TEST_F(ZoneSetTest, ChangesWhileItIsUsed) {
  zones.add_zone("example.org");
  zones.add("example.org", "MX 10 a.example.org");
  zones.add("example.org", "MX 20 b.example.org");
  zones.add("example.org", "TXT \"keep me\"");
  zones.replace("example.org", {"MX 5 c.example.org"});
  EXPECT_THAT(owners_at("example.org"), testing::ElementsAre("SOA", "TXT", "MX"));
  EXPECT_EQ(zones.remove("example.org", "MX"), 1U);
  EXPECT_EQ(zones.remove("example.org"), 1U);
  EXPECT_EQ(zones.remove("nobody.example.org"), 0U);
  EXPECT_THAT(owners_at("example.org"), testing::ElementsAre("SOA"));
}

TEST_F(ZoneSetTest, DoesNotDoubleARecord) {
  zones.add("example.org", "MX 10 a.example.org");
  zones.add("example.org", "MX 10 A.example.org");
  EXPECT_THAT(owners_at("example.org"), testing::ElementsAre("SOA", "MX"));
}

TEST_F(ZoneSetTest, ExplainsWhatIsNoRecord) {
  auto complaint = [&](const std::string& text) {
    return complaint_of([&] { zones.add("example.org", text); });
  };
  EXPECT_EQ(complaint("MXX 10 a"), "\"MXX\" is not a record type");
  EXPECT_THAT(complaint("MX ten a"), HasSubstr("\"MX ten a\" is not a record: "));
  EXPECT_THAT(complaint("A 192.0.2"), HasSubstr("is not a record: "));
  EXPECT_THAT(complaint("MX 10"), HasSubstr("is not a record: "));
  EXPECT_THAT(complaint(""), HasSubstr("\"\" is not a record type"));
  EXPECT_EQ(complaint_of([&] { zones.add("a..b", "A 192.0.2.1"); }),
            "\"a..b\" is not a domain name");
}

TEST_F(ZoneSetTest, FindsTheClosestZone) {
  zones.add_zone(".");
  zones.add_zone("example.org");
  EXPECT_EQ(zones.zone_of("a.b.example.org")->origin(), "example.org");
  EXPECT_EQ(zones.zone_of("badexample.org")->origin(), ".");
}

// The example of RFC 4592 2.2.1.
class Wildcard : public ZoneSetTest {
 protected:
  Wildcard() {
    zones.add_zone("example");
    zones.add("*.example", "TXT \"this is a wildcard\"");
    zones.add("*.example", "MX 10 host1.example");
    zones.add("sub.*.example", "TXT \"this is not a wildcard\"");
    zones.add("host1.example", "A 192.0.2.1");
    zones.add("_ssh._tcp.host1.example", "SRV 0 0 22 host1.example");
  }
  Node find(const std::string& name) { return zones.zone_of(name)->find(name); }
};

TEST_F(Wildcard, StandsForNamesThatDoNotExist) {
  EXPECT_TRUE(find("host3.example").wildcard);
  EXPECT_TRUE(find("foo.bar.example").wildcard);
  EXPECT_EQ(find("host3.example").records.size(), 2U);
}

TEST_F(Wildcard, DoesNotStandForNamesThatExistOrLieBelowOnes) {
  EXPECT_FALSE(find("host1.example").wildcard);
  EXPECT_FALSE(find("sub.*.example").wildcard);
  EXPECT_FALSE(find("_telnet._tcp.host1.example").exists);
  EXPECT_FALSE(find("ghost.*.example").exists);
}

TEST_F(Wildcard, DoesNotStandForNamesThatOnlyHaveNamesBelowThem) {
  auto tcp = find("_tcp.host1.example");
  EXPECT_TRUE(tcp.exists);
  EXPECT_TRUE(tcp.records.empty());
}

}  // namespace
}  // namespace mxlab::fakedns
