#include "relay/queue/envelope_row.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace mxlab::queue {
namespace {

// The words in the database, in the order of the enumerators.
constexpr std::array<std::string_view, 3> kKinds = {"relay", "local", "bounce"};
constexpr std::array<std::string_view, 3> kSources = {"local", "inet4", "inet6"};
constexpr std::array<std::string_view, 4> kBounces = {"failed", "delayed", "delivered", "relayed"};

template <class Words, class Value>
std::string_view word(const Words& words, Value value) {
  return words.at(static_cast<std::size_t>(value));
}

template <class Value, class Words>
Value value_of(const Words& words, const std::string& text) {
  auto found = std::find(words.begin(), words.end(), text);
  if (found == words.end())
    throw std::system_error(std::make_error_code(std::errc::bad_message),
                            "queue database: unknown word \"" + text + "\" in an envelope");
  return static_cast<Value>(std::distance(words.begin(), found));
}

}  // namespace

const char* const kEnvelopeColumns =
    "id, kind, source, authenticated, internal, suspended,"
    " sender, recipient, destination, action, tag,"
    " smtp_name, helo, peer_name, peer_address,"
    " creation, ttl, tries, next_attempt, wake, last_warning,"
    " failure, failure_enhanced, failure_remote,"
    " dsn_notify, dsn_ret, dsn_envid, dsn_orcpt,"
    " bounce, bounce_delay, utf8, last_attempt, user";
const char* const kEnvelopePlaceholders =
    "?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?";

EnvelopeId id_of_row(std::int64_t key) {
  return EnvelopeId::of(static_cast<MessageId>(key >> kNumberBits),
                        static_cast<std::uint32_t>(key) % kMostNumbers);
}

void bind_envelope(Statement& s, const Envelope& e) {
  s.bind(row_key(e.id)).bind(word(kKinds, e.kind)).bind(word(kSources, e.source));
  s.bind(std::int64_t{e.authenticated});
  s.bind(std::int64_t{e.internal});
  s.bind(std::int64_t{e.suspended});
  s.bind(e.sender).bind(e.recipient).bind(e.destination).bind(e.action).bind(e.tag);
  s.bind(e.smtp_name).bind(e.helo).bind(e.peer_name).bind(e.peer_address);
  s.bind(to_row(e.creation)).bind(e.ttl.count()).bind(std::int64_t{e.tries});
  s.bind(to_row(e.next_attempt)).bind(to_row(e.wake)).bind(to_row(e.last_warning));
  s.bind(e.last_failure.text).bind(e.last_failure.enhanced).bind(e.last_failure.remote);
  s.bind(e.dsn.notify).bind(e.dsn.ret).bind(e.dsn.envid).bind(e.dsn.orcpt);
  s.bind(word(kBounces, e.bounce)).bind(e.bounce_delay.count());
  s.bind(std::int64_t{e.utf8}).bind(to_row(e.last_attempt)).bind(e.user);
}

Envelope read_envelope(Rows& row) {
  Envelope e;
  e.id = id_of_row(row.number());
  e.kind = value_of<EnvelopeKind>(kKinds, row.text());
  e.source = value_of<Source>(kSources, row.text());
  e.authenticated = row.number() != 0;
  e.internal = row.number() != 0;
  e.suspended = row.number() != 0;
  for (auto* text : {&e.sender, &e.recipient, &e.destination, &e.action, &e.tag, &e.smtp_name,
                     &e.helo, &e.peer_name, &e.peer_address})
    *text = row.text();
  e.creation = time_of_row(row.number());
  e.ttl = Duration(row.number());
  e.tries = static_cast<std::uint32_t>(row.number());
  for (auto* time : {&e.next_attempt, &e.wake, &e.last_warning}) *time = time_of_row(row.number());
  for (auto* text : {&e.last_failure.text, &e.last_failure.enhanced, &e.last_failure.remote,
                     &e.dsn.notify, &e.dsn.ret, &e.dsn.envid, &e.dsn.orcpt})
    *text = row.text();
  e.bounce = value_of<BounceKind>(kBounces, row.text());
  e.bounce_delay = Duration(row.number());
  e.utf8 = row.number() != 0;
  e.last_attempt = time_of_row(row.number());
  e.user = row.text();
  return e;
}

}  // namespace mxlab::queue
