// lies.hpp - what fakedns says, or does not say, instead of the truth; set and cleared at any time.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "relay/world/time.hpp"

namespace mxlab::fakedns {

enum class LieKind {
  kNone,       // the truth (perhaps late)
  kServfail,   // the server has failed
  kRefused,    // the server does not want to
  kSilence,    // no reply at all
  kWrongId,    // the truth, for somebody else's question
  kMalformed,  // a reply that is no DNS message
  kTruncated,  // over UDP: "too long, ask over TCP"
  kEmpty,      // no records, no SOA, no error
  kBogus,      // the truth with broken signatures; from an unsigned zone, the truth
};

struct Lie {
  LieKind kind = LieKind::kNone;
  world::Duration delay{};  // before the reply, whatever it is
  bool operator==(const Lie&) const = default;
};

/// "servfail", "refused", "silence", "wrong-id", "malformed", "truncated", "empty", "bogus" and
/// "delay 3s" (ms, s, m), which may also follow another: "servfail delay 500ms". Throws ZoneError.
Lie parse_lie(const std::string& text);

/// Names are written as in a zone; "*.example.org" is every name below, "*" is every name. The most
/// exact rule wins: the name itself before the wildcards, a rule with a type before one without.
class Lies {
 public:
  /// An empty type means all types. Throws ZoneError when the name or the type is none.
  void set(const std::string& name, const std::string& type, Lie lie);
  /// Back to the truth; true when there was such a rule.
  bool clear(const std::string& name, const std::string& type = "");
  void clear_all() { rules_.clear(); }
  /// "example.org MX servfail", "*.example.org silence": a rule in one line. Throws ZoneError.
  void tell(const std::string& rule);

  /// For a canonical name.
  Lie find(const std::string& name, std::uint16_t type) const;

 private:
  using Key = std::pair<std::string, std::uint16_t>;
  const Lie* rule(const std::string& name, std::uint16_t type) const;

  std::map<Key, Lie> rules_;
};

}  // namespace mxlab::fakedns
