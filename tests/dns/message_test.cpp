#include "relay/dns/message.hpp"

#include <gtest/gtest.h>

#include "relay/dns/ldns.hpp"
#include "relay/dns/name.hpp"

namespace mxlab::dns {
namespace {

// A reply in dig's words, in bytes: "question|answer;answer|authority".
struct Written {
  std::string question;
  std::vector<std::string> answers;
  std::vector<std::string> authority;
  std::uint8_t rcode = 0;
};

void push(ldns_pkt& packet, ldns_pkt_section section, const std::string& text) {
  ldns_rr* rr = nullptr;
  ASSERT_EQ(ldns_rr_new_frm_str(&rr, text.c_str(), 300, nullptr, nullptr), LDNS_STATUS_OK) << text;
  ldns_pkt_push_rr(&packet, section, rr);
}

std::string wire_reply(const Written& written) {
  PacketPtr packet(ldns_pkt_new());
  ldns_pkt_set_qr(packet.get(), true);
  ldns_pkt_set_id(packet.get(), 7);
  ldns_pkt_set_rcode(packet.get(), written.rcode);
  ldns_rr* question = nullptr;
  EXPECT_EQ(ldns_rr_new_question_frm_str(&question, written.question.c_str(), nullptr, nullptr),
            LDNS_STATUS_OK);
  ldns_pkt_push_rr(packet.get(), LDNS_SECTION_QUESTION, question);
  for (auto& text : written.answers) push(*packet, LDNS_SECTION_ANSWER, text);
  for (auto& text : written.authority) push(*packet, LDNS_SECTION_AUTHORITY, text);
  return wire_of(*packet);
}

TEST(Message, WritesAQuestionWithRecursionDesiredAndRoomFor1232Bytes) {
  auto wire = make_query(0x1234, {"example.org", Type::kMx});
  ASSERT_TRUE(wire);
  using namespace std::string_literals;
  EXPECT_EQ(*wire,
            "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x01"s
            "\x07"s
            "example\x03org\x00\x00\x0f\x00\x01"s
            "\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00"s);
}

TEST(Message, LeavesEdnsOutForServersThatDoNotKnowIt) {
  auto wire = make_query(1, {"example.org", Type::kA}, false);
  ASSERT_TRUE(wire);
  EXPECT_EQ(wire->size(), 12U + 13U + 4U);
}

TEST(Message, RefusesToAskForWhatIsNoName) {
  const std::string too_long(64, 'x');
  for (const std::string& name : std::vector<std::string>{"", "a..b", too_long, ".org"})
    EXPECT_FALSE(make_query(1, {name, Type::kA})) << name;
}

TEST(Message, ReadsMxRecordsInTheirOrderAndInLowerCase) {
  auto reply = parse_reply(wire_reply(
      {"Example.ORG. IN MX",
       {"Example.org. 60 IN MX 20 MX2.example.org.", "example.org. 60 IN MX 10 mail.example.org."},
       {}}));
  ASSERT_TRUE(reply);
  EXPECT_TRUE(answers(*reply, {"example.org", Type::kMx}));
  ASSERT_EQ(reply->answers.size(), 2U);
  EXPECT_EQ(std::get<Mx>(reply->answers[0].data), (Mx{20, "mx2.example.org"}));
  EXPECT_EQ(std::get<Mx>(reply->answers[1].data), (Mx{10, "mail.example.org"}));
  EXPECT_EQ(reply->answers[0].owner, "example.org");
  EXPECT_EQ(reply->answers[0].ttl, 60U);
}

TEST(Message, ReadsTheNullMx) {
  auto reply = parse_reply(wire_reply({"example.org. IN MX", {"example.org. IN MX 0 ."}, {}}));
  ASSERT_TRUE(reply);
  ASSERT_EQ(reply->answers.size(), 1U);
  EXPECT_EQ(std::get<Mx>(reply->answers[0].data), (Mx{0, "."}));
}

TEST(Message, ReadsAddressesOfBothFamilies) {
  auto reply = parse_reply(
      wire_reply({"m.org. IN A", {"m.org. IN A 192.0.2.1", "m.org. IN AAAA 2001:db8::1"}, {}}));
  ASSERT_TRUE(reply);
  ASSERT_EQ(reply->answers.size(), 2U);
  EXPECT_EQ(std::get<Address>(reply->answers[0].data).to_string(), "192.0.2.1");
  EXPECT_EQ(std::get<Address>(reply->answers[1].data).to_string(), "2001:db8::1");
}

TEST(Message, TakesTheLesserOfTheSoasTtlAndMinimumForDenials) {
  const std::string soa = "IN SOA ns.example.org. h.example.org. 1 2 3 4 ";
  auto by_minimum =
      parse_reply(wire_reply({"x.example.org. IN A", {}, {"example.org. 900 " + soa + "60"}, 3}));
  auto by_ttl =
      parse_reply(wire_reply({"x.example.org. IN A", {}, {"example.org. 30 " + soa + "60"}, 3}));
  ASSERT_TRUE(by_minimum && by_ttl);
  EXPECT_EQ(by_minimum->rcode, Rcode::kNxDomain);
  EXPECT_EQ(by_minimum->negative_ttl, 60U);
  EXPECT_EQ(by_ttl->negative_ttl, 30U);
}

TEST(Message, CountsATtlWithTheTopBitAsZero) {
  auto reply = parse_reply(wire_reply({"m.org. IN A", {"m.org. 4294967295 IN A 192.0.2.1"}, {}}));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->answers.at(0).ttl, 0U);
}

TEST(Message, ReadsNothingFromAQuestionOrFromNonsense) {
  EXPECT_FALSE(parse_reply(*make_query(1, {"example.org", Type::kA})));
  EXPECT_FALSE(parse_reply(""));
  EXPECT_FALSE(parse_reply("hello"));
  EXPECT_FALSE(parse_reply(std::string(12, '\xff')));
}

TEST(Message, ReadsNothingFromAReplyCutAnywhere) {
  const auto whole =
      wire_reply({"example.org. IN MX", {"example.org. IN MX 10 mail.example.org."}, {}});
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(parse_reply(whole.substr(0, size))) << "cut to " << size << " bytes";
}

TEST(Message, SurvivesNamesThatPointAtThemselves) {
  using namespace std::string_literals;
  EXPECT_FALSE(parse_reply("\0\7\x80\0\0\1\0\0\0\0\0\0\xc0\x0c\0\1\0\1"s));
}

TEST(Message, DoesNotAcceptMoreRecordsThanTheLimit) {
  Written written{"m.org. IN A", {}, {}};
  for (std::size_t i = 0; i <= kMaxAnswerRecords; ++i)
    written.answers.push_back("m.org. IN A 10.0." + std::to_string(i / 256) + "." +
                              std::to_string(i % 256));
  EXPECT_FALSE(parse_reply(wire_reply(written)));
  written.answers.pop_back();
  EXPECT_TRUE(parse_reply(wire_reply(written)));
}

TEST(Message, TellsAnAnswerToAnotherQuestion) {
  auto reply = parse_reply(wire_reply({"evil.org. IN MX", {}, {}}));
  ASSERT_TRUE(reply);
  EXPECT_FALSE(answers(*reply, {"example.org", Type::kMx}));
  EXPECT_FALSE(answers(*reply, {"evil.org", Type::kA}));
}

TEST(Message, NamesResponseCodes) {
  EXPECT_EQ(rcode_name(static_cast<Rcode>(2)), "SERVFAIL");
  EXPECT_EQ(rcode_name(static_cast<Rcode>(4000)), "RCODE 4000");
}

TEST(Name, HasOneCanonicalForm) {
  EXPECT_EQ(canonical_name("Mail.Example.ORG."), "mail.example.org");
  EXPECT_EQ(canonical_name("mail.example.org"), "mail.example.org");
  EXPECT_EQ(canonical_name("."), ".");
  EXPECT_EQ(canonical_name("a b.org"), "a\\032b.org");
  EXPECT_EQ(canonical_name("a..b"), std::nullopt);
  EXPECT_EQ(canonical_name(std::string_view("a\0b", 3)), std::nullopt);
}

TEST(Name, FindsParentsPastEscapedDots) {
  EXPECT_EQ(parent_name("mail.example.org"), "example.org");
  EXPECT_EQ(parent_name("org"), ".");
  EXPECT_EQ(parent_name("."), ".");
  EXPECT_EQ(parent_name("a\\.b.org"), "org");
}

TEST(Name, KnowsWhatLiesWithin) {
  EXPECT_TRUE(is_within("mail.example.org", "example.org"));
  EXPECT_TRUE(is_within("example.org", "example.org"));
  EXPECT_TRUE(is_within("example.org", "."));
  EXPECT_FALSE(is_within("badexample.org", "example.org"));
  EXPECT_FALSE(is_within("a\\.example.org", "example.org"));
}

TEST(Name, ReversesAddresses) {
  EXPECT_EQ(reverse_name(asio::ip::make_address("192.0.2.10")), "10.2.0.192.in-addr.arpa");
  EXPECT_EQ(reverse_name(asio::ip::make_address("2001:db8::1")),
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
}

}  // namespace
}  // namespace mxlab::dns
