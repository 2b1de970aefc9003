// Which hosts may be tried: the rule of `relay backup`, and where we rather keep the mail.
#include "relay/delivery/route.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mxlab::delivery {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

dns::Address address(const std::string& text) { return asio::ip::make_address(text); }

/// example.org as mx2.example.org (192.0.2.30) sees it.
class Facts : public RouteFacts {
 public:
  Facts() {
    domain = "example.org";
    mx.status = dns::Status::kNoData;
    own_name = server_name = "mx2.example.org";
    own_addresses = {address("192.0.2.30"), address("2001:db8::30")};
  }
  Facts& as_backup() {
    backup = true;
    return *this;
  }
  Facts& host(std::uint16_t preference, const std::string& name,
              const std::vector<std::string>& at) {
    return add(preference, name, at.empty() ? dns::Status::kNoData : dns::Status::kOk, at);
  }
  Facts& broken_host(std::uint16_t preference, const std::string& name) {
    return add(preference, name, dns::Status::kTemporaryFailure, {});
  }
  /// The domain's own address, when there is no MX.
  Facts& implicit(const std::vector<std::string>& at) {
    host(0, domain, at);
    mx = {dns::Status::kNoData, {}, {}};
    return *this;
  }

 private:
  Facts& add(std::uint16_t preference, const std::string& name, dns::Status status,
             const std::vector<std::string>& at) {
    mx.status = dns::Status::kOk;
    mx.records.push_back({preference, name});
    MxHost made{preference, name, {status, {}, {}}};
    for (const std::string& one : at) made.addresses.addresses.push_back(address(one));
    hosts.push_back(made);
    return *this;
  }
};

std::string story(const std::variant<Route, NoRoute>& decided) {
  if (auto* none = std::get_if<NoRoute>(&decided))
    return (none->permanent ? "never: " : "later: ") + none->failure.enhanced;
  std::string hops;
  for (const Hop& hop : std::get<Route>(decided))
    hops += (hops.empty() ? "" : " ") + hop.host + "/" + hop.address.to_string();
  return hops;
}

std::string text_of(const RouteFacts& facts) {
  auto decided = route(facts);
  auto* none = std::get_if<NoRoute>(&decided);
  return none == nullptr ? "" : none->failure.text;
}

struct Case {
  const char* name;
  Facts facts;
  const char* expected;
};

void check(const std::vector<Case>& cases) {
  for (const Case& c : cases) EXPECT_EQ(story(route(c.facts)), c.expected) << c.name;
}

// D30
TEST(Route, OfABackupHoldsOnlyStrictlyBetterHosts) {
  check({
      {"we are the second",
       Facts()
           .as_backup()
           .host(10, "mail", {"192.0.2.20"})
           .host(100, "mx2.example.org", {"192.0.2.30"}),
       "mail/192.0.2.20"},
      {"a third is worse than we",
       Facts()
           .as_backup()
           .host(10, "mail", {"192.0.2.20"})
           .host(100, "mx2.example.org", {"192.0.2.30"})
           .host(200, "mx3", {"192.0.2.40"}),
       "mail/192.0.2.20"},
      {"we are the third",
       Facts()
           .as_backup()
           .host(10, "mail", {"192.0.2.20"})
           .host(50, "mx1", {"192.0.2.40"})
           .host(100, "MX2.Example.ORG", {"192.0.2.30"}),
       "mail/192.0.2.20 mx1/192.0.2.40"},
      {"an equal one is not better",
       Facts()
           .as_backup()
           .host(10, "mail", {"192.0.2.20"})
           .host(10, "mx2.example.org", {"192.0.2.30"}),
       "later: 4.4.4"},
      {"we are the only one", Facts().as_backup().host(10, "mx2.example.org", {"192.0.2.30"}),
       "later: 4.4.4"},
      {"twice in the set: the better place counts",
       Facts()
           .as_backup()
           .host(5, "mail", {"192.0.2.20"})
           .host(10, "mx2.example.org", {"192.0.2.30"})
           .host(20, "mx1", {"192.0.2.40"})
           .host(100, "mx2.example.org", {"192.0.2.30"}),
       "mail/192.0.2.20"},
      {"the better host has no address",
       Facts().as_backup().host(10, "mail", {}).host(100, "mx2.example.org", {"192.0.2.30"}),
       "later: 4.4.4"},
      {"the better host's address cannot be looked up",
       Facts().as_backup().broken_host(10, "mail").host(100, "mx2.example.org", {"192.0.2.30"}),
       "later: 4.4.3"},
      {"one of two better hosts cannot be looked up",
       Facts()
           .as_backup()
           .broken_host(10, "mail")
           .host(20, "mx1", {"192.0.2.40"})
           .host(100, "mx2.example.org", {"192.0.2.30"}),
       "mx1/192.0.2.40"},
  });
}

TEST(Route, OfABackupIsNeverGuessed) {
  check({
      {"our name is not among them", Facts().as_backup().host(10, "mail", {"192.0.2.20"}),
       "later: 4.4.4"},
      {"nor is our address, as far as DNS tells",
       Facts().as_backup().host(10, "mail", {"192.0.2.20"}).broken_host(100, "alias"),
       "later: 4.4.3"},
      {"an alias of ourselves is ourselves",
       Facts()
           .as_backup()
           .host(10, "mail", {"192.0.2.20"})
           .host(100, "alias", {"192.0.2.30"})
           .host(200, "mx3", {"192.0.2.40"}),
       "mail/192.0.2.20"},
      {"by IPv6 too",
       Facts().as_backup().host(10, "mail", {"192.0.2.20"}).host(100, "alias", {"2001:db8::30"}),
       "mail/192.0.2.20"},
      {"no MX at all: who is the primary?", Facts().as_backup().implicit({"192.0.2.20"}),
       "later: 4.4.4"},
  });
  EXPECT_THAT(text_of(Facts().as_backup().host(10, "mail", {"192.0.2.20"})),
              HasSubstr("relay backup mx NAME"))
      << "a person must learn what to do";
}

TEST(Route, KnowsOurServerNameBesideTheListenersName) {
  Facts facts;
  facts.as_backup().own_name = "mx2.example.org";
  facts.server_name = "relay.isp.example";
  facts.host(10, "mail", {"192.0.2.20"})
      .host(20, "relay.isp.example", {"203.0.113.1"})
      .host(30, "mx1", {"192.0.2.40"})
      .host(100, "mx2.example.org", {"192.0.2.30"});
  EXPECT_EQ(story(route(facts)), "mail/192.0.2.20")
      << "behind address translation only the name tells that 20 is ourselves";
}

// D30
TEST(Route, OfAPlainRelayLeavesOutOurselvesAndAllThatIsWorse) {
  check({
      {"a stranger's domain", Facts().host(20, "b", {"192.0.2.41"}).host(10, "a", {"192.0.2.40"}),
       "a/192.0.2.40 b/192.0.2.41"},
      {"we are among them",
       Facts()
           .host(10, "a", {"192.0.2.40"})
           .host(20, "mx2.example.org", {"192.0.2.30"})
           .host(30, "c", {"192.0.2.42"}),
       "a/192.0.2.40"},
      {"we are the best: 5.4.6",
       Facts().host(10, "mx2.example.org", {"192.0.2.30"}).host(20, "b", {"192.0.2.41"}),
       "never: 5.4.6"},
      {"we are the best by address", Facts().host(10, "alias", {"192.0.2.30"}), "never: 5.4.6"},
      {"a better one exists and has no address: 4.4.4",
       Facts().host(10, "a", {}).host(20, "mx2.example.org", {"192.0.2.30"}), "later: 4.4.4"},
      {"a better one exists and cannot be looked up: 4.4.3",
       Facts().broken_host(10, "a").host(20, "mx2.example.org", {"192.0.2.30"}), "later: 4.4.3"},
      {"the domain itself is our address", Facts().implicit({"192.0.2.30"}), "never: 5.4.6"},
  });
}

// D26, D27, D33
TEST(Route, FollowsWhatDnsSaysOfTheDomain) {
  Facts failed, gone, null_mx, null_among_others, no_address;
  failed.mx.status = dns::Status::kTemporaryFailure;
  gone.mx.status = dns::Status::kNoSuchName;
  null_mx.mx = {dns::Status::kOk, {{0, "."}}, {}};
  null_among_others.host(10, "a", {"192.0.2.40"}).mx.records.push_back({0, "."});
  no_address.host(10, "a", {}).host(20, "b", {});
  check({
      {"SERVFAIL: later", failed, "later: 4.4.3"},
      {"NXDOMAIN: never", gone, "never: 5.1.2"},
      {"RFC 7505: a single null MX", null_mx, "never: 5.1.10"},
      {"'.' beside others is no host", null_among_others, "a/192.0.2.40"},
      {"MX hosts without addresses, and no falling back to A", no_address, "later: 4.4.4"},
      {"no MX: the domain itself", Facts().implicit({"192.0.2.40", "2001:db8::40"}),
       "example.org/192.0.2.40 example.org/2001:db8::40"},
      {"no MX and no address", Facts().implicit({}), "later: 4.4.4"},
  });
  for (Facts facts : {failed, gone, null_mx}) {
    Facts backup = facts;
    EXPECT_EQ(story(route(backup.as_backup())), story(route(facts))) << "a backup says the same";
  }
}

TEST(Route, KeepsEqualPreferencesInTheOrderOfTheFacts) {
  auto decided = route(Facts()
                           .host(10, "b", {"192.0.2.41", "2001:db8::41"})
                           .host(10, "a", {"192.0.2.40"})
                           .host(5, "c", {"192.0.2.42"}));
  EXPECT_EQ(story(decided), "c/192.0.2.42 b/192.0.2.41 b/2001:db8::41 a/192.0.2.40");
}

GivenHost given(const std::string& url, std::vector<dns::Address> addresses) {
  const bool found = !addresses.empty();
  return {std::get<config::RelayUrl>(config::parse_relay_url(url)),
          {found ? dns::Status::kOk : dns::Status::kNoSuchName, std::move(addresses), {}}};
}

dns::Address at(const char* text) { return asio::ip::make_address(text); }

TEST(Route, OfGivenHostsIsThemselvesAllEqualAndNoMx) {
  RouteFacts facts;
  facts.given = {given("smtp+tls://joe@one.test:587", {at("192.0.2.1"), at("2001:db8::1")}),
                 given("lmtp://two.test:24", {at("192.0.2.2")})};
  const auto hops = std::get<Route>(route(facts));
  ASSERT_EQ(hops.size(), 3u);
  EXPECT_EQ(hops[0].port, 587);
  EXPECT_EQ(hops[0].label, "joe");
  EXPECT_EQ(hops[0].tls, config::RelayTls::kVerified);
  EXPECT_EQ(hops[1].address, at("2001:db8::1"));
  EXPECT_EQ(hops[2].protocol, config::RelayProtocol::kLmtp);
  for (const Hop& hop : hops) EXPECT_EQ(hop.preference, 0);
}

TEST(Route, WhatTheActionAsksOfTlsGoesBeforeTheUrl) {
  RouteFacts facts;
  facts.given = {given("smtp://one.test", {at("192.0.2.1")})};
  facts.tls = config::RelayTls::kRequired;
  EXPECT_EQ(std::get<Route>(route(facts)).front().tls, config::RelayTls::kRequired);
}

TEST(Route, AGivenHostThatIsUnknownMakesMailWaitForAPerson) {
  RouteFacts facts;
  facts.given = {given("smtp://typo.test", {})};
  const auto none = std::get<NoRoute>(route(facts));
  EXPECT_FALSE(none.permanent);
  EXPECT_EQ(none.failure.text, "No address found for relay host typo.test");
}

TEST(Route, GoesFromEachOfOurAddressesThatFitsTheFamily) {
  RouteFacts facts;
  facts.given = {given("smtp://one.test", {at("192.0.2.1"), at("2001:db8::1")})};
  facts.sources = {at("192.0.2.98"), at("192.0.2.99")};
  const auto hops = std::get<Route>(route(facts));
  ASSERT_EQ(hops.size(), 2u) << "no source of ours reaches IPv6";
  EXPECT_EQ(hops[0].source, at("192.0.2.98"));
  EXPECT_EQ(hops[1].source, at("192.0.2.99"));
  facts.sources = {at("2001:db8::99")};
  facts.only_ipv6 = false;
  EXPECT_EQ(std::get<NoRoute>(route(facts)).failure.text,
            "Address family mismatch on destination MXs");
}

// D32
TEST(Route, OneFamilyAloneIsLeftWhereTheLimitsSaySo) {
  RouteFacts facts;
  facts.given = {given("smtp://one.test", {at("192.0.2.1"), at("2001:db8::1")})};
  facts.only_ipv6 = true;
  const auto hops = std::get<Route>(route(facts));
  ASSERT_EQ(hops.size(), 1u);
  EXPECT_EQ(hops[0].address, at("2001:db8::1"));
}

}  // namespace
}  // namespace mxlab::delivery
