#include "relay/dns/message.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <new>

#include "relay/dns/ldns.hpp"
#include "relay/dns/name.hpp"

namespace mxlab::dns {

std::string wire_of(const ldns_pkt& packet) {
  BufferPtr buffer(ldns_buffer_new(LDNS_MIN_BUFLEN));  // grows as needed
  if (!buffer || ldns_pkt2buffer_wire(buffer.get(), &packet) != LDNS_STATUS_OK)
    throw std::bad_alloc();
  return {reinterpret_cast<const char*>(ldns_buffer_begin(buffer.get())),
          ldns_buffer_position(buffer.get())};
}

PacketPtr packet_of(std::string_view wire) {
  ldns_pkt* packet = nullptr;
  auto* bytes = reinterpret_cast<const std::uint8_t*>(wire.data());
  if (ldns_wire2pkt(&packet, bytes, wire.size()) != LDNS_STATUS_OK) return nullptr;
  return PacketPtr(packet);
}

namespace {

std::optional<Address> address_of(const ldns_rdf& rdata) {
  auto* bytes = ldns_rdf_data(&rdata);
  if (ldns_rdf_size(&rdata) == 4) {
    asio::ip::address_v4::bytes_type v4;
    std::copy_n(bytes, v4.size(), v4.begin());
    return asio::ip::address_v4(v4);
  }
  if (ldns_rdf_size(&rdata) == 16) {
    asio::ip::address_v6::bytes_type v6;
    std::copy_n(bytes, v6.size(), v6.begin());
    return asio::ip::address_v6(v6);
  }
  return std::nullopt;
}

// RFC 2181 8: a TTL with the top bit set counts as zero.
std::uint32_t ttl_of(std::uint32_t wire) { return wire > 0x7fffffff ? 0 : wire; }

// Nothing for types that the resolver does not understand, and for records that lack their data.
std::optional<Record> record_of(const ldns_rr& rr) {
  if (ldns_rr_get_class(&rr) != LDNS_RR_CLASS_IN || ldns_rr_rd_count(&rr) == 0) return std::nullopt;
  const ldns_rdf& first = *ldns_rr_rdf(&rr, 0);
  Record record{.owner = text_of(*ldns_rr_owner(&rr)),
                .type = static_cast<Type>(ldns_rr_get_type(&rr)),
                .ttl = ttl_of(ldns_rr_ttl(&rr)),
                .data = {}};
  switch (record.type) {
    case Type::kA:
    case Type::kAaaa: {
      auto address = address_of(first);
      if (!address) return std::nullopt;
      record.data = *address;
      return record;
    }
    case Type::kCname:
    case Type::kPtr:
      record.data = text_of(first);
      return record;
    case Type::kMx:
      if (ldns_rr_rd_count(&rr) != 2) return std::nullopt;
      record.data = Mx{ldns_rdf2native_int16(&first), text_of(*ldns_rr_rdf(&rr, 1))};
      return record;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> negative_ttl_of(const ldns_pkt& packet) {
  constexpr std::size_t kSoaFields = 7, kMinimum = 6;
  const ldns_rr_list* authority = ldns_pkt_authority(&packet);
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(authority); ++i) {
    const ldns_rr* rr = ldns_rr_list_rr(authority, i);
    if (ldns_rr_get_type(rr) != LDNS_RR_TYPE_SOA || ldns_rr_rd_count(rr) != kSoaFields) continue;
    auto minimum = ldns_rdf2native_int32(ldns_rr_rdf(rr, kMinimum));
    return std::min(ttl_of(minimum), ttl_of(ldns_rr_ttl(rr)));  // RFC 2308 5
  }
  return std::nullopt;
}

void read_question(const ldns_pkt& packet, Reply& reply) {
  const ldns_rr_list* questions = ldns_pkt_question(&packet);
  if (ldns_rr_list_rr_count(questions) != 1) return;
  const ldns_rr* question = ldns_rr_list_rr(questions, 0);
  if (ldns_rr_get_class(question) != LDNS_RR_CLASS_IN) return;
  reply.question_name = text_of(*ldns_rr_owner(question));
  reply.question_type = static_cast<std::uint16_t>(ldns_rr_get_type(question));
}

}  // namespace

std::optional<std::string> make_query(std::uint16_t id, const Question& question, bool edns) {
  auto name = dname_of(question.name);
  if (!name) return std::nullopt;
  PacketPtr packet(ldns_pkt_query_new(name.release(), static_cast<ldns_rr_type>(question.type),
                                      LDNS_RR_CLASS_IN, LDNS_RD));
  if (!packet) throw std::bad_alloc();
  ldns_pkt_set_id(packet.get(), id);
  if (edns) ldns_pkt_set_edns_udp_size(packet.get(), kUdpPayload);
  return wire_of(*packet);
}

std::optional<Reply> parse_reply(std::string_view wire) {
  auto packet = packet_of(wire);
  if (!packet || !ldns_pkt_qr(packet.get())) return std::nullopt;
  const ldns_rr_list* answer = ldns_pkt_answer(packet.get());
  if (ldns_rr_list_rr_count(answer) > kMaxAnswerRecords) return std::nullopt;
  Reply reply;
  reply.id = ldns_pkt_id(packet.get());
  reply.rcode = static_cast<Rcode>(ldns_pkt_edns_extended_rcode(packet.get()) << 4 |
                                   ldns_pkt_get_rcode(packet.get()));
  reply.truncated = ldns_pkt_tc(packet.get());
  read_question(*packet, reply);
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(answer); ++i)
    if (auto record = record_of(*ldns_rr_list_rr(answer, i)))
      reply.answers.push_back(std::move(*record));
  reply.negative_ttl = negative_ttl_of(*packet);
  return reply;
}

bool answers(const Reply& reply, const Question& question) {
  if (reply.question_name.empty()) return reply.rcode != Rcode::kNoError;
  return reply.question_name == question.name &&
         reply.question_type == static_cast<std::uint16_t>(question.type);
}

std::optional<std::uint16_t> message_id(std::string_view wire) {
  if (wire.size() < 2) return std::nullopt;
  return static_cast<std::uint16_t>(static_cast<std::uint8_t>(wire[0]) << 8 |
                                    static_cast<std::uint8_t>(wire[1]));
}

std::string rcode_name(Rcode rcode) {
  auto* entry = ldns_lookup_by_id(ldns_rcodes, static_cast<int>(rcode));
  return entry ? entry->name : fmt::format("RCODE {}", static_cast<int>(rcode));
}

}  // namespace mxlab::dns
