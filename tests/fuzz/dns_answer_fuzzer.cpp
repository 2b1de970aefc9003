// dns_answer_fuzzer.cpp - bytes from the network on both sides of DNS. The first byte chooses: even
// for a reply that the resolver reads, odd for a query that fakedns answers (and how it lies).
#include <cstdint>
#include <cstdlib>

#include "fakedns/answer.hpp"
#include "relay/dns/message.hpp"

namespace {

using namespace mxlab;

fakedns::ZoneSet make_zones() {
  fakedns::ZoneSet zones;
  zones.add_zone("example.org");
  zones.add("example.org", "MX 10 mail.example.org");
  zones.add("example.org", "TXT \"v=spf1 mx -all\"");
  zones.add("mail.example.org", "A 192.0.2.10");
  zones.add("mail.example.org", "AAAA 2001:db8::10");
  zones.add("www.example.org", "CNAME mail");
  zones.add("*.lists.example.org", "MX 10 mail");
  zones.add("192.0.2.10", "PTR mail.example.org");
  for (int i = 0; i < 100; ++i) zones.add("big.example.org", "A 10.0.0." + std::to_string(i));
  return zones;
}

void check(bool promise) {
  if (!promise) std::abort();
}

void read_reply(std::string_view wire) {
  auto reply = dns::parse_reply(wire);
  if (!reply) return;
  check(reply->id == dns::message_id(wire));
  check(reply->answers.size() <= dns::kMaxAnswerRecords);
}

void answer_query(std::string_view query, unsigned choice) {
  static const fakedns::ZoneSet zones = make_zones();
  auto transport = choice % 2 == 0 ? fakedns::Transport::kUdp : fakedns::Transport::kTcp;
  auto lie = static_cast<fakedns::LieKind>(choice / 2 % 9);
  auto reply = fakedns::answer(query, zones, transport, lie);
  if (transport == fakedns::Transport::kUdp && lie == fakedns::LieKind::kNone)
    check(reply.wire.size() <= fakedns::kMaxUdpReply);
  if (!reply.wire.empty() && lie == fakedns::LieKind::kNone)
    check(dns::parse_reply(reply.wire).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0)
    read_reply(rest);
  else
    answer_query(rest, data[0] / 2);
  return 0;
}
