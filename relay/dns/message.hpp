// message.hpp - DNS messages as plain values: a question out, a reply in.
//
// Bytes from the network may be anything; what is no well-formed reply parses to nothing. Whether
// a reply belongs to a question is for the caller to decide (see answers()).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "relay/dns/resolver.hpp"

namespace mxlab::dns {

/// The record types that the resolver understands, by their numbers (RFC 1035 3.2.2, RFC 3596).
enum class Type : std::uint16_t { kA = 1, kCname = 5, kPtr = 12, kMx = 15, kAaaa = 28 };

/// The response codes that mean something to the resolver (RFC 1035 4.1.1).
enum class Rcode : std::uint16_t { kNoError = 0, kFormErr = 1, kNxDomain = 3, kNotImp = 4 };

/// What we ask servers to send over UDP at most: no fragments on any usual path (DNS flag day
/// 2020).
constexpr std::uint16_t kUdpPayload = 1232;
/// More records than this in one answer is nonsense, and parses to nothing.
constexpr std::size_t kMaxAnswerRecords = 1000;

struct Question {
  std::string name;  // canonical, see name.hpp
  Type type = Type::kA;
  auto operator<=>(const Question&) const = default;
};

struct Record {
  std::string owner;
  Type type = Type::kA;
  std::uint32_t ttl = 0;
  std::variant<std::string, Address, Mx> data;  // a name for CNAME and PTR
};

struct Reply {
  std::uint16_t id = 0;
  Rcode rcode = Rcode::kNoError;  // any 12-bit value, named above or not (RFC 6891 6.1.3)
  bool truncated = false;
  std::string question_name;                  // empty when the reply has no question
  std::uint16_t question_type = 0;            // as it came
  std::vector<Record> answers;                // of the types above, in the order of the answer
  std::optional<std::uint32_t> negative_ttl;  // how long "no" holds: from the SOA, RFC 2308 5
};

/// A query's bytes: recursion desired, with EDNS unless told otherwise (RFC 6891). Nothing when the
/// name is not a domain name.
std::optional<std::string> make_query(std::uint16_t id, const Question& question, bool edns = true);

/// The reply in these bytes; nothing when they are no well-formed reply.
std::optional<Reply> parse_reply(std::string_view wire);

/// Whether the reply repeats the question. Errors may come without any question section.
bool answers(const Reply& reply, const Question& question);

/// The first two bytes of a message: its id; nothing when there are not even these.
std::optional<std::uint16_t> message_id(std::string_view wire);

/// "SERVFAIL"; "RCODE 23" for those without a name.
std::string rcode_name(Rcode rcode);

}  // namespace mxlab::dns
