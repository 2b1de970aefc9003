#include "fakedns/answer.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <new>

#include "fakedns/look_up.hpp"
#include "relay/dns/ldns.hpp"

namespace mxlab::fakedns {
namespace {

constexpr std::size_t kHeader = 12;
constexpr std::uint16_t kBadVersion = 16;  // RFC 6891 6.1.3

struct Asked {
  std::string name;  // empty when the query has not one question
  std::uint16_t type = 0;
};

bool is_query(std::string_view wire) {
  constexpr std::size_t kFlags = 2;
  constexpr unsigned kReplyBit = 0x80;
  return wire.size() >= kHeader && (static_cast<unsigned char>(wire[kFlags]) & kReplyBit) == 0;
}

// A query that ldns could not read gets its header back.
std::string format_error(std::string_view query) {
  std::string reply(kHeader, '\0');
  std::copy_n(query.begin(), 2, reply.begin());
  reply[2] = static_cast<char>((static_cast<unsigned char>(query[2]) & 0x79) | 0x80);
  reply[3] = LDNS_RCODE_FORMERR;
  return reply;
}

const ldns_rr* only_question(const ldns_pkt& query) {
  const ldns_rr_list* questions = ldns_pkt_question(&query);
  return ldns_rr_list_rr_count(questions) == 1 ? ldns_rr_list_rr(questions, 0) : nullptr;
}

void push(ldns_pkt& reply, ldns_pkt_section section, dns::RrPtr rr) {
  if (!rr || !ldns_pkt_push_rr(&reply, section, rr.get())) throw std::bad_alloc();
  static_cast<void>(rr.release());  // the packet owns it now
}

dns::RrPtr copy_of(const Said& said) {
  dns::RrPtr rr(ldns_rr_clone(said.record.rr.get()));
  if (!rr) throw std::bad_alloc();
  ldns_rr_set_ttl(rr.get(), said.ttl);
  if (said.record.owner != said.owner) {
    ldns_rdf_deep_free(ldns_rr_owner(rr.get()));
    ldns_rr_set_owner(rr.get(), dns::dname_of(said.owner).release());
  }
  return rr;
}

void say(ldns_pkt& reply, const Sections& sections) {
  ldns_pkt_set_aa(&reply, sections.authoritative);
  ldns_pkt_set_rcode(&reply, sections.rcode);
  for (const Said& said : sections.answer) push(reply, LDNS_SECTION_ANSWER, copy_of(said));
  for (const Said& said : sections.authority) push(reply, LDNS_SECTION_AUTHORITY, copy_of(said));
  for (const Said& said : sections.additional) push(reply, LDNS_SECTION_ADDITIONAL, copy_of(said));
}

// Everything but the answer: id, question, EDNS.
dns::PacketPtr begin_reply(const ldns_pkt& query) {
  dns::PacketPtr reply(ldns_pkt_new());
  if (!reply) throw std::bad_alloc();
  ldns_pkt_set_id(reply.get(), ldns_pkt_id(&query));
  ldns_pkt_set_opcode(reply.get(), ldns_pkt_get_opcode(&query));
  ldns_pkt_set_qr(reply.get(), true);
  ldns_pkt_set_rd(reply.get(), ldns_pkt_rd(&query));
  // The question goes back as it came: whoever mixes upper and lower case checks it.
  if (const ldns_rr* question = only_question(query))
    push(*reply, LDNS_SECTION_QUESTION, dns::RrPtr(ldns_rr_clone(question)));
  ldns_pkt_set_cd(reply.get(), ldns_pkt_cd(&query));  // RFC 4035 3.1.6
  if (!ldns_pkt_edns(&query)) return reply;
  ldns_pkt_set_edns_udp_size(reply.get(), kMaxUdpReply);
  ldns_pkt_set_edns_do(reply.get(), ldns_pkt_edns_do(&query));  // RFC 3225 3
  return reply;
}

void set_error(ldns_pkt& reply, std::uint16_t rcode) {
  ldns_pkt_set_rcode(&reply, static_cast<std::uint8_t>(rcode & 15));
  if (rcode > 15) ldns_pkt_set_edns_extended_rcode(&reply, static_cast<std::uint8_t>(rcode >> 4));
}

void fill(ldns_pkt& reply, const ldns_pkt& query, const ZoneSet& zones, const Asked& asked) {
  const ldns_rr* question = only_question(query);
  if (ldns_pkt_edns(&query) && ldns_pkt_edns_version(&query) != 0)
    set_error(reply, kBadVersion);
  else if (ldns_pkt_get_opcode(&query) != LDNS_PACKET_QUERY)
    set_error(reply, LDNS_RCODE_NOTIMPL);
  else if (!question)
    set_error(reply, LDNS_RCODE_FORMERR);
  else if (ldns_rr_get_class(question) != LDNS_RR_CLASS_IN || asked.type == LDNS_RR_TYPE_AXFR ||
           asked.type == LDNS_RR_TYPE_IXFR)
    set_error(reply, LDNS_RCODE_REFUSED);
  else
    say(reply, look_up(zones, {asked.name, asked.type, ldns_pkt_edns_do(&query)}));
}

void clear_section(ldns_rr_list* (*section)(const ldns_pkt*), ldns_pkt_section id,
                   ldns_pkt& reply) {
  ldns_rr_list* list = section(&reply);
  while (ldns_rr_list_rr_count(list) > 0) ldns_rr_free(ldns_rr_list_pop_rr(list));
  ldns_pkt_set_section_count(&reply, id, 0);
}

void empty_out(ldns_pkt& reply) {
  clear_section(ldns_pkt_answer, LDNS_SECTION_ANSWER, reply);
  clear_section(ldns_pkt_authority, LDNS_SECTION_AUTHORITY, reply);
  clear_section(ldns_pkt_additional, LDNS_SECTION_ADDITIONAL, reply);
}

// The last byte of every signature, turned over: who validates must not believe a word.
void spoil_signatures(ldns_rr_list* section) {
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(section); ++i) {
    const ldns_rr* rr = ldns_rr_list_rr(section, i);
    if (ldns_rr_get_type(rr) != LDNS_RR_TYPE_RRSIG) continue;
    const ldns_rdf* signature = ldns_rr_rrsig_sig(rr);
    if (ldns_rdf_size(signature) > 0)
      ldns_rdf_data(signature)[ldns_rdf_size(signature) - 1] ^= 0xff;
  }
}

// RFC 2181 9: whoever sees TC ignores the rest, so there is none.
std::string truncated(ldns_pkt& reply) {
  empty_out(reply);
  ldns_pkt_set_tc(&reply, true);
  return dns::wire_of(reply);
}

std::size_t most_over_udp(const ldns_pkt& query) {
  if (!ldns_pkt_edns(&query)) return kPlainUdpReply;
  return std::clamp<std::size_t>(ldns_pkt_edns_udp_size(&query), kPlainUdpReply, kMaxUdpReply);
}

std::string fitting(ldns_pkt& reply, const ldns_pkt& query, Transport transport) {
  auto wire = dns::wire_of(reply);
  auto most = transport == Transport::kUdp ? most_over_udp(query) : LDNS_MAX_PACKETLEN;
  return wire.size() > most ? truncated(reply) : wire;
}

std::string summary_of(const ldns_pkt& reply) {
  auto rcode = ldns_pkt_edns_extended_rcode(&reply) << 4 | ldns_pkt_get_rcode(&reply);
  auto* entry = ldns_lookup_by_id(ldns_rcodes, rcode);
  std::string text = entry ? entry->name : fmt::format("RCODE {}", rcode);
  if (ldns_pkt_tc(&reply)) return text + " truncated";
  return rcode == LDNS_RCODE_NOERROR ? fmt::format("{} {}", text, ldns_pkt_ancount(&reply)) : text;
}

void lie_with(ldns_pkt& reply, ldns_pkt_rcode rcode) {
  empty_out(reply);
  ldns_pkt_set_aa(&reply, false);
  ldns_pkt_set_rcode(&reply, static_cast<std::uint8_t>(rcode));
}

// The reply, bent as the lie wants it; the truth is in `reply` already.
std::string bend(ldns_pkt& reply, const ldns_pkt& query, Transport transport, LieKind lie) {
  switch (lie) {
    case LieKind::kSilence:
      return {};
    case LieKind::kServfail:
      lie_with(reply, LDNS_RCODE_SERVFAIL);
      break;
    case LieKind::kRefused:
      lie_with(reply, LDNS_RCODE_REFUSED);
      break;
    case LieKind::kEmpty:
      lie_with(reply, LDNS_RCODE_NOERROR);
      break;
    case LieKind::kWrongId:
      ldns_pkt_set_id(&reply, static_cast<std::uint16_t>(ldns_pkt_id(&reply) ^ 0x5555));
      break;
    case LieKind::kTruncated:
      if (transport == Transport::kUdp) return truncated(reply);
      break;
    case LieKind::kBogus:
      spoil_signatures(ldns_pkt_answer(&reply));
      spoil_signatures(ldns_pkt_authority(&reply));
      break;
    case LieKind::kMalformed:
      // The header still promises a question and records; the name never ends: it points at itself.
      return fitting(reply, query, transport).substr(0, kHeader) + "\xc0\x0c";
    case LieKind::kNone:
      break;
  }
  return fitting(reply, query, transport);
}

std::string summary_of(const ldns_pkt& reply, LieKind lie) {
  if (lie == LieKind::kSilence) return "silence";
  if (lie == LieKind::kMalformed) return "malformed";
  return summary_of(reply) + (lie == LieKind::kWrongId ? " with a wrong id" : "");
}

Asked asked_of(const ldns_pkt& query) {
  const ldns_rr* question = only_question(query);
  if (!question) return {};
  return {dns::text_of(*ldns_rr_owner(question)),
          static_cast<std::uint16_t>(ldns_rr_get_type(question))};
}

}  // namespace

Answer answer(std::string_view query, const ZoneSet& zones, Transport transport, LieKind lie) {
  if (!is_query(query)) return {.wire = {}, .name = {}, .type = 0, .summary = "no query"};
  auto packet = dns::packet_of(query);
  if (!packet) return {.wire = format_error(query), .name = {}, .type = 0, .summary = "FORMERR"};
  auto asked = asked_of(*packet);
  auto reply = begin_reply(*packet);
  fill(*reply, *packet, zones, asked);
  Answer result{.wire = bend(*reply, *packet, transport, lie),
                .name = std::move(asked.name),
                .type = asked.type,
                .summary = summary_of(*reply, lie)};
  return result;
}

}  // namespace mxlab::fakedns
