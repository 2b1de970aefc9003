// table_check.cpp - the kind that each use needs a table to be of, and the look of its values.
#include "relay/config/table_check.hpp"

#include <algorithm>
#include <array>

#include "relay/config/pattern.hpp"
#include "relay/config/units.hpp"

namespace mxlab::config {
namespace {

enum class Shape { kList, kMapping };

// Since 7.5 a mapping will do where a list is wanted: its keys are read. Where the values
// themselves are used, it must be a list.
struct Use {
  Lookup lookup;
  Shape shape;
  const char* name;
  const char* hint;
};
constexpr std::array kUses{
    Use{Lookup::kAlias, Shape::kMapping, "alias",
        "aliases map names to names: { root = admin } or lines like root: admin"},
    Use{Lookup::kVirtual, Shape::kMapping, "virtual",
        "it maps addresses to users: { \"jane@example.org\" = jane } or lines like "
        "jane@example.org jane"},
    Use{Lookup::kUserBase, Shape::kMapping, "userbase",
        "it maps users to accounts: lines like joe 1000:100:/var/vmail/joe"},
    Use{Lookup::kCredentials, Shape::kMapping, "auth",
        "it maps users to password hashes: lines like jane $6$…, as mxrelayctl encrypt prints "
        "them"},
    Use{Lookup::kLogin, Shape::kMapping, "auth",
        "it maps labels to log-ins: { label = \"user:password\" } or lines like label "
        "user:password"},
    Use{Lookup::kHostNames, Shape::kMapping, "hostnames",
        "it maps our addresses to names: { 192.0.2.1 = mx.example.org }"},
    Use{Lookup::kHeloSource, Shape::kMapping, "helo-source",
        "it maps our addresses to names: { 192.0.2.1 = mx.example.org }"},
    Use{Lookup::kSenders, Shape::kMapping, "senders",
        "it maps users to their addresses: { jane = \"jane@example.org,@example.net\" }"},
    Use{Lookup::kRelayDomain, Shape::kMapping, "host",
        "it maps domains to relays: { example.org = \"smtp://mail.example.org\" }"},
    Use{Lookup::kRelayHost, Shape::kList, "host",
        "it lists relays: { \"smtp://a.example.org\", \"smtp://b.example.org\" }"},
    Use{Lookup::kSource, Shape::kList, "source",
        "it lists our addresses: { 192.0.2.1, 192.0.2.2 }"}};

const Use* use_of(Lookup lookup) {
  const auto* found = std::find_if(kUses.begin(), kUses.end(),
                                   [&](const Use& use) { return use.lookup == lookup; });
  return found == kUses.end() ? nullptr : found;
}

std::string misuse(const Table& table, const Use& use) {
  if (table.name().empty())
    return std::string("a ") + (table.mapping() ? "mapping" : "list") + " may not be used for " +
           use.name + " lookups";
  return "table \"" + table.name() + "\" may not be used for " + use.name + " lookups";
}

/// One value of a table, with what it maps to.
struct Value {
  Report& report;
  const std::string& key;
  std::string target;
  Span span;
};

bool single_address(const std::string& text) {
  return parse_network(text) && text.find('/') == std::string::npos;
}

void check_network(const Value& value) {
  if (lowered(value.key) == "local" || parse_network(value.key)) return;
  value.report.error(value.span, "not an address or network: " + value.key,
                     "192.0.2.1, 192.0.2.0/24, 2001:db8::/32 or local");
}

void check_source(const Value& value) {
  if (single_address(value.key)) return;
  value.report.error(value.span, "not an address: " + value.key, "192.0.2.1 or 2001:db8::1");
}

// The caret goes to the faulty part of the pattern, unless escapes make its place uncertain.
void check_pattern(const Value& value) {
  const PatternFault fault = pattern_fault(value.key);
  if (fault.message.empty()) return;
  Span span = value.span;
  const int length = static_cast<int>(value.key.size());
  if (span.width == length || span.width == length + 2) {
    span.column += static_cast<int>(fault.offset) + (span.width == length ? 0 : 1);
    span.width = static_cast<int>(fault.width);
  }
  value.report.error(span, fault.message, fault.hint);
}

void check_named_address(const Value& value) {
  if (!single_address(value.key))
    value.report.error(value.span, "not an address: " + value.key, "192.0.2.1 or 2001:db8::1");
  if (!valid_host_name(value.target))
    value.report.error(value.span, "not a valid domain name: " + value.target);
}

void check_url(const Value& value, const std::string& url) {
  const auto parsed = parse_relay_url(url);
  if (const auto* fault = std::get_if<std::string>(&parsed))
    value.report.error(value.span, "invalid relay " + url + ": " + *fault,
                       "[protocol://[label@]]host[:port], for example smtp+tls://mail.example.org");
}

void check_account(const Value& value) {
  if (!parse_user_info(value.target))
    value.report.error(value.span, "not an account: " + value.target,
                       "uid:gid:home, for example 1000:100:/var/vmail/joe");
}

// crypt(5): a hash begins with $ or _, or is one of the thirteen characters of old.
void check_hash(Value value) {
  constexpr std::size_t kOldHash = 13;
  const std::string& hash = value.target;
  if (hash.starts_with('$') || hash.starts_with('_') || hash.size() == kOldHash) return;
  value.span.secret = true;
  value.report.warning(value.span,
                       "the password of " + value.key + " is no crypt(3) hash: nobody can log in",
                       "make one with: mxrelayctl encrypt");
}

void check_login(Value value) {
  const std::size_t colon = value.target.find(':');
  if (colon == std::string::npos || (colon > 0 && colon + 1 < value.target.size())) return;
  value.span.secret = true;
  value.report.error(value.span, "the log-in for " + value.key + " lacks its user or its password",
                     "user:password");
}

void check_value(const Value& value, Lookup lookup) {
  switch (lookup) {
    case Lookup::kAddress:
      return check_network(value);
    case Lookup::kSource:
      return check_source(value);
    case Lookup::kRegex:
      return check_pattern(value);
    case Lookup::kHostNames:
    case Lookup::kHeloSource:
      return check_named_address(value);
    case Lookup::kRelayHost:
      return check_url(value, value.key);
    case Lookup::kRelayDomain:
      return check_url(value, value.target);
    case Lookup::kUserBase:
      return check_account(value);
    case Lookup::kCredentials:
      return check_hash(value);
    case Lookup::kLogin:
      return check_login(value);
    case Lookup::kText:
    case Lookup::kDomain:
    case Lookup::kMailbox:
    case Lookup::kAlias:
    case Lookup::kVirtual:
    case Lookup::kSenders:
      return;
  }
}

}  // namespace

bool check_use(Report& report, const PlacedTable& placed, Lookup lookup, const Span& use) {
  const Table& table = *placed.table;
  if (const Use* known = use_of(lookup)) {
    const bool fits = table.mapping() == (known->shape == Shape::kMapping);
    if (!fits) {
      report.error(use, misuse(table, *known), known->hint);
      return false;
    }
  }
  const std::vector<std::string>& values = table.values();
  for (std::size_t i = 0; i < values.size() && i < placed.places.size() && !report.full(); ++i)
    check_value({report, values[i], table.lookup(values[i]).value_or(""), placed.places[i]},
                lookup);
  return true;
}

}  // namespace mxlab::config
