// Replies from signed zones, judged by ldns' validator: what is there is signed, and what is not
// there is proved not to be.
#include <algorithm>
#include <gtest/gtest.h>

#include "fakedns/answer.hpp"
#include "relay/dns/message.hpp"
#include "tests/fakedns/signer.hpp"

namespace mxlab::fakedns {
namespace {

constexpr const char* kZone = R"($ORIGIN example.org.
$TTL 300
@ SOA ns hostmaster 1 3600 600 604800 60
@ NS ns
@ MX 10 mail
@ MX 20 mail-b
ns A 192.0.2.53
mail A 192.0.2.10
mail-b A 192.0.2.11
deep.below.mail A 192.0.2.12
*.lists MX 10 mail
www CNAME mail
safe NS ns.safe
ns.safe A 192.0.2.60
safe DS 12345 13 2 aaaaaaaabbbbbbbbccccccccddddddddaaaaaaaabbbbbbbbccccccccdddddddd
plain NS ns.plain
ns.plain A 192.0.2.61
)";

class SignedZone : public testing::TestWithParam<Denials> {
 protected:
  SignedZone() { zones_.add_zone(parse_zone_file(signer_.sign(kZone, GetParam()), "signed.zone")); }

  dns::PacketPtr ask(const std::string& name, ldns_rr_type type, LieKind lie = {}) {
    constexpr std::uint16_t kLarge = 4096;
    dns::PacketPtr query(
        ldns_pkt_query_new(dns::dname_of(name).release(), type, LDNS_RR_CLASS_IN, LDNS_RD));
    ldns_pkt_set_edns_udp_size(query.get(), kLarge);
    ldns_pkt_set_edns_do(query.get(), dnssec_);
    auto reply = dns::packet_of(answer(dns::wire_of(*query), zones_, Transport::kTcp, lie).wire);
    if (!reply) throw std::runtime_error("the reply cannot be read");
    return reply;
  }

  static std::size_t count(const ldns_rr_list* section, ldns_rr_type type) {
    std::size_t found = 0;
    for (std::size_t i = 0; i < ldns_rr_list_rr_count(section); ++i)
      found += ldns_rr_get_type(ldns_rr_list_rr(section, i)) == type ? 1 : 0;
    return found;
  }

  void expect_denied(const std::string& name, ldns_rr_type type, ldns_pkt_rcode rcode) {
    SCOPED_TRACE(name);
    const auto reply = ask(name, type);
    EXPECT_EQ(ldns_pkt_get_rcode(reply.get()), rcode);
    EXPECT_EQ(count(ldns_pkt_authority(reply.get()), LDNS_RR_TYPE_SOA), 1U);
    EXPECT_TRUE(signer_.is_signed(*ldns_pkt_authority(reply.get())));
    EXPECT_TRUE(Signer::proves_denial(*reply));
  }

  Signer signer_{"example.org"};
  ZoneSet zones_;
  bool dnssec_ = true;
};

INSTANTIATE_TEST_SUITE_P(All, SignedZone,
                         testing::Values(Denials::kNsec, Denials::kNsec3, Denials::kNsec3OptOut));

TEST_P(SignedZone, SignsWhatItSays) {
  for (const auto type : {LDNS_RR_TYPE_MX, LDNS_RR_TYPE_DNSKEY, LDNS_RR_TYPE_SOA}) {
    const auto reply = ask("example.org", type);
    EXPECT_TRUE(signer_.is_signed(*ldns_pkt_answer(reply.get())));
    EXPECT_TRUE(ldns_pkt_aa(reply.get()));
    EXPECT_TRUE(ldns_pkt_edns_do(reply.get())) << "RFC 3225 3";
    EXPECT_FALSE(ldns_pkt_ad(reply.get())) << "RFC 4035 3.1.6: that is the validator's word";
  }
  const auto alias = ask("www.example.org", LDNS_RR_TYPE_A);
  EXPECT_EQ(count(ldns_pkt_answer(alias.get()), LDNS_RR_TYPE_RRSIG), 2U);
  EXPECT_TRUE(signer_.is_signed(*ldns_pkt_answer(alias.get())));
}

TEST_P(SignedZone, KeepsSignaturesFromWhoeverDoesNotAskForThem) {
  dnssec_ = false;
  const auto found = ask("example.org", LDNS_RR_TYPE_MX);
  EXPECT_EQ(ldns_pkt_ancount(found.get()), 2U);
  const auto denied = ask("nobody.example.org", LDNS_RR_TYPE_MX);
  EXPECT_EQ(ldns_pkt_nscount(denied.get()), 1U);
  EXPECT_FALSE(ldns_pkt_edns_do(denied.get()));
  EXPECT_GT(ldns_pkt_ancount(ask("example.org", LDNS_RR_TYPE_RRSIG).get()), 0U)
      << "unless they are what is asked for";
}

TEST_P(SignedZone, ProvesThatThereIsNoSuchName) {
  for (const char* name : {"nobody.example.org", "a.example.org", "zzz.example.org",
                           "x.mail-b.example.org", "mail-a.example.org", "x.y.z.example.org"})
    expect_denied(name, LDNS_RR_TYPE_MX, LDNS_RCODE_NXDOMAIN);
}

TEST_P(SignedZone, ProvesThatANameHasNothingOfTheType) {
  expect_denied("mail.example.org", LDNS_RR_TYPE_MX, LDNS_RCODE_NOERROR);
  expect_denied("example.org", LDNS_RR_TYPE_TXT, LDNS_RCODE_NOERROR);
}

TEST_P(SignedZone, KnowsANameThatOnlyHasNamesBelowIt) {
  const auto reply = ask("below.mail.example.org", LDNS_RR_TYPE_A);
  EXPECT_EQ(ldns_pkt_get_rcode(reply.get()), LDNS_RCODE_NOERROR);
  EXPECT_TRUE(signer_.is_signed(*ldns_pkt_authority(reply.get())));
}

TEST_P(SignedZone, ShowsThatAWildcardWasTheClosestName) {
  const auto reply = ask("dev.lists.example.org", LDNS_RR_TYPE_MX);
  EXPECT_TRUE(signer_.is_signed(*ldns_pkt_answer(reply.get())));
  EXPECT_TRUE(signer_.is_signed(*ldns_pkt_authority(reply.get())));
  EXPECT_EQ(count(ldns_pkt_authority(reply.get()), LDNS_RR_TYPE_SOA), 0U);
}

TEST_P(SignedZone, RefersToADelegationWithItsDs) {
  const auto reply = ask("mail.safe.example.org", LDNS_RR_TYPE_A);
  EXPECT_FALSE(ldns_pkt_aa(reply.get()));
  EXPECT_EQ(ldns_pkt_ancount(reply.get()), 0U);
  EXPECT_EQ(count(ldns_pkt_authority(reply.get()), LDNS_RR_TYPE_NS), 1U);
  EXPECT_EQ(count(ldns_pkt_authority(reply.get()), LDNS_RR_TYPE_DS), 1U);
  EXPECT_EQ(count(ldns_pkt_authority(reply.get()), LDNS_RR_TYPE_RRSIG), 1U);
  EXPECT_EQ(count(ldns_pkt_additional(reply.get()), LDNS_RR_TYPE_A), 1U) << "glue";
}

TEST_P(SignedZone, ProvesThatADelegationHasNoDs) {
  const auto proof = GetParam() == Denials::kNsec ? LDNS_RR_TYPE_NSEC : LDNS_RR_TYPE_NSEC3;
  const auto reply = ask("mail.plain.example.org", LDNS_RR_TYPE_A);
  EXPECT_EQ(count(ldns_pkt_authority(reply.get()), LDNS_RR_TYPE_DS), 0U);
  EXPECT_GT(count(ldns_pkt_authority(reply.get()), proof), 0U);
  EXPECT_GT(count(ldns_pkt_authority(reply.get()), LDNS_RR_TYPE_RRSIG), 0U);
}

TEST_P(SignedZone, AnswersForTheDsOfADelegationItself) {
  const auto reply = ask("safe.example.org", LDNS_RR_TYPE_DS);
  EXPECT_TRUE(ldns_pkt_aa(reply.get()));
  EXPECT_TRUE(signer_.is_signed(*ldns_pkt_answer(reply.get())));
}

TEST_P(SignedZone, LosesEverySignatureToTheLieBogus) {
  const auto found = ask("example.org", LDNS_RR_TYPE_MX, LieKind::kBogus);
  EXPECT_EQ(ldns_pkt_ancount(found.get()), 3U) << "the truth, and a signature";
  EXPECT_FALSE(signer_.is_signed(*ldns_pkt_answer(found.get())));
  const auto denied = ask("nobody.example.org", LDNS_RR_TYPE_MX, LieKind::kBogus);
  EXPECT_FALSE(signer_.is_signed(*ldns_pkt_authority(denied.get())));
  EXPECT_TRUE(signer_.is_signed(*ldns_pkt_answer(ask("example.org", LDNS_RR_TYPE_MX).get())))
      << "the zone itself is unharmed";
}

}  // namespace
}  // namespace mxlab::fakedns
