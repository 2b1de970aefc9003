#include "fakedns/answer.hpp"

#include <gmock/gmock.h>

#include "relay/dns/ldns.hpp"
#include "relay/dns/message.hpp"

namespace mxlab::fakedns {
namespace {

using dns::Mx;
using dns::Question;
using dns::Rcode;
using dns::Reply;
using dns::Type;
using testing::ElementsAre;

constexpr auto kServfail = static_cast<Rcode>(2), kRefused = static_cast<Rcode>(5);

class AnswerTest : public testing::Test {
 protected:
  AnswerTest() {
    zones.add_zone("example.org");
    zones.add("example.org", "MX 20 mx2.example.org");
    zones.add("example.org", "MX 10 mail.example.org");
    zones.add("mail.example.org", "A 192.0.2.10");
    zones.add("*.lists.example.org", "MX 10 mail.example.org");
    zones.add("www.example.org", "CNAME web.example.net");
    zones.add_zone("example.net");
    zones.add("web.example.net", "A 192.0.2.80");
    zones.add("dangling.example.org", "CNAME gone.example.net");
    zones.add("away.example.org", "CNAME elsewhere.example.com");
    zones.add("loop1.example.org", "CNAME loop2.example.org");
    zones.add("loop2.example.org", "CNAME loop1.example.org");
  }
  Reply ask(const Question& question, Transport transport = Transport::kUdp, LieKind lie = {}) {
    last = answer(*dns::make_query(7, question), zones, transport, lie);
    auto reply = dns::parse_reply(last.wire);
    EXPECT_TRUE(reply) << "the reply to " << question.name << " cannot be read";
    return reply.value_or(Reply{});
  }
  // The query as ldns' object, for the odd ones.
  Reply ask_raw(const dns::PacketPtr& packet) {
    last = answer(dns::wire_of(*packet), zones, Transport::kUdp);
    return dns::parse_reply(last.wire).value_or(Reply{});
  }
  static dns::PacketPtr query(const std::string& name, ldns_rr_type type) {
    return dns::PacketPtr(
        ldns_pkt_query_new(dns::dname_of(name).release(), type, LDNS_RR_CLASS_IN, LDNS_RD));
  }
  ZoneSet zones;
  Answer last;
};

TEST_F(AnswerTest, KeepsTheOrderInWhichRecordsWereGiven) {
  auto reply = ask({"example.org", Type::kMx});
  ASSERT_EQ(reply.answers.size(), 2U);
  EXPECT_EQ(std::get<Mx>(reply.answers[0].data).exchange, "mx2.example.org");
  EXPECT_EQ(std::get<Mx>(reply.answers[1].data).exchange, "mail.example.org");
  EXPECT_EQ(last.summary, "NOERROR 2");
  EXPECT_EQ(last.name, "example.org");
  EXPECT_EQ(type_name(last.type), "MX");
}

TEST_F(AnswerTest, IsAuthoritativeAndRepeatsIdQuestionAndItsCase) {
  auto packet = query("mAiL.eXaMpLe.OrG", LDNS_RR_TYPE_A);
  ldns_pkt_set_id(packet.get(), 0xbeef);
  ask_raw(packet);
  auto reply = dns::packet_of(last.wire);
  ASSERT_TRUE(reply);
  EXPECT_TRUE(ldns_pkt_aa(reply.get()));
  EXPECT_EQ(ldns_pkt_id(reply.get()), 0xbeef);
  EXPECT_TRUE(last.wire.find("mAiL") != std::string::npos);
}

TEST_F(AnswerTest, DeniesNamesAndTypesWithTheSoa) {
  auto no_name = ask({"nobody.example.org", Type::kMx});
  EXPECT_EQ(no_name.rcode, Rcode::kNxDomain);
  EXPECT_EQ(no_name.negative_ttl, kDefaultNegativeTtl);
  auto no_data = ask({"mail.example.org", Type::kMx});
  EXPECT_EQ(no_data.rcode, Rcode::kNoError);
  EXPECT_TRUE(no_data.answers.empty());
  EXPECT_EQ(no_data.negative_ttl, kDefaultNegativeTtl);
  EXPECT_EQ(ask({"lists.example.org", Type::kMx}).rcode, Rcode::kNoError)
      << "a name with names below it exists (RFC 8020)";
}

TEST_F(AnswerTest, RefusesZonesThatAreNotOurs) {
  EXPECT_EQ(ask({"example.com", Type::kMx}).rcode, kRefused);
  zones.add_zone(".");
  EXPECT_EQ(ask({"example.com", Type::kMx}).rcode, Rcode::kNxDomain);
}

TEST_F(AnswerTest, PutsTheAskedNameIntoWildcardAnswers) {
  auto reply = ask({"dev.lists.example.org", Type::kMx});
  ASSERT_EQ(reply.answers.size(), 1U);
  EXPECT_EQ(reply.answers[0].owner, "dev.lists.example.org");
}

TEST_F(AnswerTest, FollowsAliasesThroughAllZones) {
  auto reply = ask({"www.example.org", Type::kA});
  ASSERT_EQ(reply.answers.size(), 2U);
  EXPECT_EQ(reply.answers[0].type, Type::kCname);
  EXPECT_EQ(reply.answers[1].owner, "web.example.net");
}

TEST_F(AnswerTest, DeniesForTheEndOfTheAliases) {
  auto reply = ask({"dangling.example.org", Type::kA});
  EXPECT_EQ(reply.rcode, Rcode::kNxDomain) << "RFC 6604 3";
  EXPECT_EQ(reply.answers.size(), 1U);
  EXPECT_TRUE(reply.negative_ttl);
}

TEST_F(AnswerTest, RefersToWhoHasADelegatedZone) {
  zones.add("sub.example.org", "NS ns.sub.example.org");
  zones.add("ns.sub.example.org", "A 192.0.2.60");
  ask({"mail.sub.example.org", Type::kMx});
  auto reply = dns::packet_of(last.wire);
  ASSERT_TRUE(reply);
  EXPECT_FALSE(ldns_pkt_aa(reply.get()));
  EXPECT_EQ(ldns_pkt_ancount(reply.get()), 0);
  EXPECT_EQ(ldns_pkt_nscount(reply.get()), 1);
  EXPECT_EQ(ldns_pkt_arcount(reply.get()), 1) << "glue";
  zones.add_zone("sub.example.org");
  EXPECT_EQ(ask({"mail.sub.example.org", Type::kMx}).rcode, Rcode::kNxDomain) << "now it is ours";
}

TEST_F(AnswerTest, StopsWhereAnAliasLeavesItsZonesOrComesBack) {
  auto away = ask({"away.example.org", Type::kA});
  EXPECT_EQ(away.rcode, Rcode::kNoError);
  EXPECT_EQ(away.answers.size(), 1U);
  EXPECT_FALSE(away.negative_ttl);
  EXPECT_EQ(ask({"loop1.example.org", Type::kA}).answers.size(), 2U);
}

TEST_F(AnswerTest, GivesAliasesThemselvesWhenAskedForThem) {
  EXPECT_EQ(ask({"www.example.org", Type::kCname}).answers.size(), 1U);
}

TEST_F(AnswerTest, AnswersAnyWithOneSet) {
  ask_raw(query("mail.example.org", LDNS_RR_TYPE_ANY));
  EXPECT_EQ(last.summary, "NOERROR 1");
}

class LongAnswer : public AnswerTest {
 protected:
  LongAnswer() {
    for (int i = 0; i < 60; ++i) zones.add("long.example.org", "A 10.0.0." + std::to_string(i));
  }
};

TEST_F(LongAnswer, IsCutShortForAskersWithoutEdns) {
  auto reply = ask_raw(query("long.example.org", LDNS_RR_TYPE_A));
  EXPECT_TRUE(reply.truncated);
  EXPECT_TRUE(reply.answers.empty());
  EXPECT_LE(last.wire.size(), kPlainUdpReply);
}

TEST_F(LongAnswer, FitsWhenTheAskerSaysThatItMay) {
  auto reply = ask({"long.example.org", Type::kA});
  EXPECT_FALSE(reply.truncated);
  EXPECT_EQ(reply.answers.size(), 60U);
  EXPECT_LE(last.wire.size(), kMaxUdpReply);
}

TEST_F(LongAnswer, IsNeverLongerThan1232BytesOverUdpAndWholeOverTcp) {
  for (int i = 60; i < 200; ++i) zones.add("long.example.org", "A 10.0.0." + std::to_string(i));
  auto packet = query("long.example.org", LDNS_RR_TYPE_A);
  ldns_pkt_set_edns_udp_size(packet.get(), 65535);
  EXPECT_TRUE(ask_raw(packet).truncated);
  EXPECT_EQ(ask({"long.example.org", Type::kA}, Transport::kTcp).answers.size(), 200U);
}

TEST_F(AnswerTest, SpeaksEdnsOnlyToThoseWhoDo) {
  ask_raw(query("mail.example.org", LDNS_RR_TYPE_A));
  EXPECT_FALSE(ldns_pkt_edns(dns::packet_of(last.wire).get()));
  ask({"mail.example.org", Type::kA});
  EXPECT_EQ(ldns_pkt_edns_udp_size(dns::packet_of(last.wire).get()), kMaxUdpReply);
}

TEST_F(AnswerTest, ToldOfANewerEdnsSaysBadvers) {
  auto packet = query("mail.example.org", LDNS_RR_TYPE_A);
  ldns_pkt_set_edns_udp_size(packet.get(), 1232);
  ldns_pkt_set_edns_version(packet.get(), 1);
  EXPECT_EQ(ask_raw(packet).rcode, static_cast<Rcode>(16));
}

TEST_F(AnswerTest, SaysNotimpToWhatIsNoQueryAndRefusesTransfers) {
  auto notify = query("example.org", LDNS_RR_TYPE_SOA);
  ldns_pkt_set_opcode(notify.get(), LDNS_PACKET_NOTIFY);
  EXPECT_EQ(ask_raw(notify).rcode, Rcode::kNotImp);
  EXPECT_EQ(ask_raw(query("example.org", LDNS_RR_TYPE_AXFR)).rcode, kRefused);
}

TEST_F(AnswerTest, SaysFormerrToWhatItCannotRead) {
  using namespace std::string_literals;
  auto bad = answer("\x12\x34\x01\0\0\1\0\0\0\0\0\0\xff"s, zones, Transport::kUdp);
  EXPECT_EQ(bad.wire, "\x12\x34\x81\x01\0\0\0\0\0\0\0\0"s);
  auto no_question = answer("\x12\x34\x01\0\0\0\0\0\0\0\0\0"s, zones, Transport::kUdp);
  EXPECT_EQ(no_question.summary, "FORMERR");
}

TEST_F(AnswerTest, SaysNothingToRepliesAndCrumbs) {
  auto reply = answer(*dns::make_query(7, {"example.org", Type::kMx}), zones, Transport::kUdp);
  EXPECT_EQ(answer(reply.wire, zones, Transport::kUdp).wire, "") << "two servers would never stop";
  EXPECT_EQ(answer("hello", zones, Transport::kUdp).wire, "");
}

TEST_F(AnswerTest, LiesAsTold) {
  const Question question{"example.org", Type::kMx};
  EXPECT_EQ(ask(question, Transport::kUdp, LieKind::kServfail).rcode, kServfail);
  EXPECT_EQ(ask(question, Transport::kUdp, LieKind::kRefused).rcode, kRefused);
  EXPECT_EQ(ask(question, Transport::kUdp, LieKind::kWrongId).id, 7 ^ 0x5555);
  auto empty = ask(question, Transport::kUdp, LieKind::kEmpty);
  EXPECT_EQ(empty.rcode, Rcode::kNoError);
  EXPECT_TRUE(empty.answers.empty() && !empty.negative_ttl);
  EXPECT_TRUE(ask(question, Transport::kUdp, LieKind::kTruncated).truncated);
  EXPECT_EQ(ask(question, Transport::kTcp, LieKind::kTruncated).answers.size(), 2U);
}

TEST_F(AnswerTest, LiesWithSilenceAndWithNonsense) {
  auto query = *dns::make_query(7, {"example.org", Type::kMx});
  EXPECT_EQ(answer(query, zones, Transport::kUdp, LieKind::kSilence).wire, "");
  auto nonsense = answer(query, zones, Transport::kUdp, LieKind::kMalformed);
  EXPECT_EQ(dns::message_id(nonsense.wire), 7);
  EXPECT_FALSE(dns::parse_reply(nonsense.wire));
}

}  // namespace
}  // namespace mxlab::fakedns
