// table.cpp - what it means that a value is in a table; as smtpd(8)'s table.c compares.
//
// One difference, on purpose: a wildcard stands for any text, so "*.example.org" also covers
// a.b.example.org, which smtpd's matcher gives up on at the first dot.
#include "relay/config/table.hpp"

#include <algorithm>
#include <re2/re2.h>
#include <utility>

#include "relay/config/pattern.hpp"
#include "relay/config/units.hpp"

namespace mxlab::config {
namespace {

struct Mailbox {
  std::string_view user, domain;
};

Mailbox split(std::string_view mailbox) {
  const std::size_t at = mailbox.rfind('@');
  if (at == std::string_view::npos) return {mailbox, {}};
  return {mailbox.substr(0, at), mailbox.substr(at + 1)};
}

std::string joined(std::string_view user, std::string_view domain) {
  return std::string(user) + "@" + std::string(domain);
}

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  const std::size_t last = text.find_last_not_of(" \t");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

}  // namespace

/// The table's values as addresses and networks.
struct Table::Addresses {
  std::set<world::Address> hosts;
  std::vector<Network> networks;
  std::map<world::Address, std::string> names;  // of a mapping
  bool local = false;                           // "local" stands for the loopback
};

Table::Table(std::string name, std::vector<std::string> values)
    : name_(std::move(name)), values_(std::move(values)) {
  index();
}

Table::Table(std::string name, Pairs pairs) : name_(std::move(name)), mapping_(true) {
  for (auto& [key, value] : pairs) {
    const auto [at, is_new] = pairs_.insert_or_assign(lowered(key), std::move(value));
    if (is_new) values_.push_back(key);
  }
  index();
}

Table::~Table() = default;

void Table::index() {
  for (const std::string& value : values_) {
    exact_.insert(lowered(value));
    if (value.find('*') != std::string::npos) wildcards_.push_back(lowered(value));
  }
}

bool Table::has(std::string_view value) const { return exact_.find(value) != exact_.end(); }

std::string_view Table::without_tag(std::string_view user) const {
  return user.substr(0, user.find(sub_address_));
}

bool Table::contains(std::string_view value) const { return has(lowered(value)); }

bool Table::contains_domain(std::string_view domain) const {
  if (domain.ends_with('.')) domain.remove_suffix(1);
  return has(lowered(domain)) ||
         std::any_of(wildcards_.begin(), wildcards_.end(),
                     [&](const std::string& v) { return wildcard_match(v, domain); });
}

const Table::Addresses& Table::addresses() const {
  if (addresses_) return *addresses_;
  addresses_ = std::make_unique<Addresses>();
  for (const std::string& value : values_) {
    if (lowered(value) == "local") addresses_->local = true;
    const std::optional<Network> network = parse_network(value);
    if (!network) continue;
    if (network->prefix < (network->address.is_v6() ? 128u : 32u)) {
      addresses_->networks.push_back(*network);
      continue;
    }
    const world::Address host = unmapped(network->address);
    addresses_->hosts.insert(host);
    if (mapping_) addresses_->names[host] = pairs_.at(lowered(value));
  }
  return *addresses_;
}

bool Table::contains_address(const world::Address& address) const {
  const world::Address plain = unmapped(address);
  const Addresses& known = addresses();
  return (known.local && plain.is_loopback()) || known.hosts.contains(plain) ||
         std::any_of(known.networks.begin(), known.networks.end(),
                     [&](const Network& network) { return config::contains(network, plain); });
}

// A user in the table without a tag stands for all tags of that user; a bare domain must have a
// dot to be one.
bool Table::contains_mailbox(std::string_view mailbox) const {
  const std::string lower = lowered(mailbox);
  const auto [user, domain] = split(lower);
  const std::string_view plain = without_tag(user);
  for (std::string_view who : {user, plain})
    if (has(who) || has(joined(who, domain)) || has(joined(who, ""))) return true;
  if (has("@") || has(joined("", domain))) return true;
  if (domain.find('.') != std::string_view::npos && has(domain)) return true;
  return std::any_of(wildcards_.begin(), wildcards_.end(), [&](const std::string& value) {
    if (value.find('@') == std::string::npos)
      return value.find('.') != std::string::npos && wildcard_match(value, domain);
    const Mailbox wanted = split(value);
    const bool same_user = wanted.user.empty() || wanted.user == user || wanted.user == plain;
    return same_user && wildcard_match(wanted.domain, domain);
  });
}

bool Table::matches_regex(std::string_view value) const {
  if (regexes_.size() != values_.size()) {
    regexes_.clear();
    for (const std::string& pattern : values_) regexes_.push_back(compile_pattern(pattern));
  }
  const re2::StringPiece text(value.data(), value.size());
  return std::any_of(regexes_.begin(), regexes_.end(), [&](const auto& regex) {
    return regex && re2::RE2::PartialMatch(text, *regex);
  });
}

std::optional<std::string> Table::lookup(std::string_view key) const {
  const auto found = pairs_.find(lowered(key));
  if (found == pairs_.end()) return std::nullopt;
  return found->second;
}

std::optional<std::string> Table::first_of(const std::vector<std::string>& keys) const {
  for (const std::string& key : keys)
    if (auto value = lookup(key)) return value;
  return std::nullopt;
}

std::optional<std::string> Table::lookup_address(const world::Address& address) const {
  const auto& names = addresses().names;
  const auto found = names.find(unmapped(address));
  if (found == names.end()) return std::nullopt;
  return found->second;
}

std::optional<std::string> Table::lookup_alias(std::string_view user) const {
  return first_of({std::string(user), std::string(without_tag(user))});
}

std::optional<std::string> Table::lookup_virtual(std::string_view mailbox) const {
  const auto [user, domain] = split(mailbox);
  const std::string_view plain = without_tag(user);
  std::vector<std::string> keys{joined(user, domain), joined(plain, domain), std::string(user),
                                std::string(plain)};
  if (!domain.empty()) keys.insert(keys.end(), {joined("", domain), "@"});
  return first_of(keys);
}

std::optional<Login> Table::lookup_login(std::string_view label) const {
  const std::optional<std::string> value = lookup(label);
  if (!value) return std::nullopt;
  const std::size_t colon = value->find(':');
  if (colon == std::string::npos) return Login{std::string(label), *value};
  return Login{value->substr(0, colon), value->substr(colon + 1)};
}

std::optional<UserInfo> Table::lookup_user(std::string_view user) const {
  const std::optional<std::string> value = lookup(user);
  return value ? parse_user_info(*value) : std::nullopt;
}

bool Table::may_send_as(std::string_view user, std::string_view mailbox) const {
  const std::optional<std::string> value = lookup(user);
  if (!value) return false;
  std::vector<std::string> allowed;
  for (std::string_view rest = *value; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view one = trimmed(rest.substr(0, comma));
    if (!one.empty()) allowed.emplace_back(one);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  Table table("", std::move(allowed));
  table.set_sub_address(sub_address_);
  return table.contains_mailbox(mailbox);
}

}  // namespace mxlab::config
