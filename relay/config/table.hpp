// table.hpp - table(5): lists and mappings that rules, filters, aliases and log-ins look into.
//
// Keys and values compare without regard to case; what a key maps to is kept as written. Exact
// values are indexed, so that a list of all recipients may be long; only networks and wildcards are
// walked through.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "relay/config/config.hpp"

namespace re2 {
class RE2;
}

namespace mxlab::config {

/// What is looked up in a table, and so what it must look like.
enum class Lookup {
  kText,         // tag, auth: equal
  kDomain,       // for domain, helo, rdns
  kAddress,      // from src
  kMailbox,      // mail-from, rcpt-to
  kRegex,        // any of them with `regex`
  kAlias,        // alias: user = recipients
  kVirtual,      // virtual: user, user@domain, @domain or @ = recipients
  kUserBase,     // userbase: user = uid:gid:home
  kCredentials,  // listen … auth: user = crypt(3) hash
  kLogin,        // relay … auth: label = user:password
  kHostNames,    // hostnames: our address = name
  kHeloSource,   // helo-src: our address = name
  kSenders,      // senders: user = addresses
  kSource,       // src: our addresses
  kRelayHost,    // host: relay URLs
  kRelayDomain,  // domain: recipient's domain = relay URL
};

/// What a relay logs in with.
struct Login {
  std::string user, password;
  bool operator==(const Login&) const = default;
};

/// What an account must be known by to deliver to it.
struct UserInfo {
  std::uint32_t uid = 0, gid = 0;
  std::string home;
  bool operator==(const UserInfo&) const = default;
};
/// "1000:100:/var/vmail/joe".
std::optional<UserInfo> parse_user_info(std::string_view text);

class Table {
 public:
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  Table(std::string name, std::vector<std::string> values);
  Table(std::string name, Pairs pairs);
  ~Table();

  const std::string& name() const { return name_; }
  const std::vector<std::string>& values() const { return values_; }  // values, or keys of pairs
  bool mapping() const { return mapping_; }
  /// The file it was read from; empty: it stands in the configuration itself.
  const std::string& path() const { return path_; }

  // Is it in there? These read a mapping's keys.
  bool contains(std::string_view value) const;                 // equal
  bool contains_domain(std::string_view domain) const;         // also *.example.org
  bool contains_address(const world::Address& address) const;  // also networks, "local"
  bool contains_mailbox(std::string_view mailbox) const;       // user@domain, @domain, domain, user
  bool matches_regex(std::string_view value) const;            // any value as POSIX ERE, unanchored

  // What does it map to? Absent: the key is not there, or this is a list.
  /// The value of exactly this key.
  std::optional<std::string> lookup(std::string_view key) const;
  /// hostnames, helo-src: the name for an address of ours. An address maps to the same name
  /// however it is written, and ::ffff:192.0.2.1 is 192.0.2.1.
  std::optional<std::string> lookup_address(const world::Address& address) const;
  /// alias: the recipients of a user; "jane+tag" itself comes before "jane".
  std::optional<std::string> lookup_alias(std::string_view user) const;
  /// virtual: the recipients of a mailbox, asked in table(5)'s order: user+tag@domain, user@domain,
  /// user+tag, user, @domain, @. Without a domain there is no catch-all.
  std::optional<std::string> lookup_virtual(std::string_view mailbox) const;
  /// relay … auth: the log-in for a label. A value without a colon is the password of a user who
  /// is called like the label.
  std::optional<Login> lookup_login(std::string_view label) const;
  /// userbase: who the user is.
  std::optional<UserInfo> lookup_user(std::string_view user) const;
  /// senders: may this user send as `mailbox`? The value holds mailboxes, @domains or @, separated
  /// by commas.
  bool may_send_as(std::string_view user, std::string_view mailbox) const;

  // Set while a configuration is read.
  void set_path(std::string path) { path_ = std::move(path); }
  /// smtp sub-addr-delim of the configuration that the table belongs to.
  void set_sub_address(char delimiter) { sub_address_ = delimiter; }
  void add_use(Lookup lookup) { uses_.insert(lookup); }
  const std::set<Lookup>& uses() const { return uses_; }

 private:
  struct Addresses;
  void index();
  bool has(std::string_view value) const;  // in lower case
  const Addresses& addresses() const;
  std::string_view without_tag(std::string_view user) const;
  std::optional<std::string> first_of(const std::vector<std::string>& keys) const;

  std::string name_, path_;
  bool mapping_ = false;
  char sub_address_ = '+';
  std::set<Lookup> uses_;
  std::vector<std::string> values_;
  std::map<std::string, std::string, std::less<>> pairs_;   // keys in lower case
  std::set<std::string, std::less<>> exact_;                // values in lower case
  std::vector<std::string> wildcards_;                      // likewise
  mutable std::unique_ptr<Addresses> addresses_;            // read at first use
  mutable std::vector<std::unique_ptr<re2::RE2>> regexes_;  // compiled at first use
};

/// The relays that a checked table lists.
std::vector<RelayUrl> relay_hosts(const Table& table);
/// The addresses that a checked table lists, as text in one form.
std::vector<std::string> source_addresses(const Table& table);

}  // namespace mxlab::config
