// reader.hpp - what the parts of the scenario reader share: the scenario so far, the mistakes, and
// functions that take one value out of the tree or say why it is not one.
//
// Every function reports at the place of the value and returns nothing when it did; nobody
// reports twice. Hosts are read before all that names them.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/diagnostics.hpp"
#include "sim/scenario/document.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/scenario/values.hpp"
#include "sim/scenario/words.hpp"

namespace mxlab::scenario {

/// What people write that could grow without bound.
inline constexpr std::size_t kMaxHosts = 100, kMaxSteps = 1000, kMaxRecipients = 1000;

struct Reading {
  Diagnostics& errors;
  Scenario& scenario;
};

/// A map whose keys are known words. Reports when it is no map, and every key it does not know.
class Fields {
 public:
  /// `what` completes "unknown key "stpes" in …".
  Fields(Reading& reading, const Node& node, words::List known, std::string_view what);

  /// Null when the key is absent.
  const Node* find(std::string_view key) const;
  /// Absent, and no misspelling of it is there either, which has been reported already.
  bool is_missing(std::string_view key) const;
  bool is_map() const { return node_.is_map(); }

 private:
  const Node& node_;
  words::List known_;
};

/// Reports unless the node is a map with at least one key; `what` completes "… is wanted here".
bool want_map(Reading& reading, const Node& node, std::string_view what);

// --- single values -------------------------------------------------------------------------------
// `out` keeps its value when the node is not what is wanted.

bool read_text(Reading& reading, const Node& node, std::string& out);
bool read_yes_no(Reading& reading, const Node& node, bool& out);
bool read_duration(Reading& reading, const Node& node, Duration& out);
bool read_expected(Reading& reading, const Node& node, Expected& out);
bool read_host_name(Reading& reading, const Node& node, std::string& out);

struct Limits {
  std::uint64_t least = 0, most = kLargestNumber;
};
bool read_number(Reading& reading, const Node& node, Limits limits, std::uint64_t& out);

/// One of the words; `what` completes "unknown …".
bool read_word(Reading& reading, const Node& node, words::List known, std::string_view what);

/// A list, or one value in its place; reports an empty list when `what` is given.
std::vector<const Node*> one_or_more(Reading& reading, const Node& node, std::string_view what);

// --- hosts by name -------------------------------------------------------------------------------

/// The host of that name; reports when there is none.
const HostSpec* known_host(Reading& reading, std::string_view name, const Place& place);
std::string_view role_name(Role role);

// --- the parts -----------------------------------------------------------------------------------

void read_dns(Reading& reading, const Node& node);
void read_hosts(Reading& reading, const Node& node);
void read_network(Reading& reading, const Node& node);
void read_steps(Reading& reading, const Node& node);
void read_live(Reading& reading, const Node& node);

/// "MX 10 mail.example.org" or a list of such, for a name.
std::vector<Record> read_records(Reading& reading, const Entry& entry);

/// One action of a step: `key` is its word. False when the word is no action.
bool read_action(Reading& reading, const Entry& entry, std::vector<Action>& out);

/// {host: {…}}: what must be true of hosts.
std::vector<HostExpectation> read_expectations(Reading& reading, const Node& node);

}  // namespace mxlab::scenario
