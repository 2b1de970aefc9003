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

constexpr char kSubAddressDelimiter = '+';  // smtp sub-addr-delim's default

struct Mailbox {
  std::string_view user, domain;
};

Mailbox split(std::string_view mailbox) {
  const std::size_t at = mailbox.rfind('@');
  if (at == std::string_view::npos) return {mailbox, {}};
  return {mailbox.substr(0, at), mailbox.substr(at + 1)};
}

bool equal(std::string_view a, std::string_view b) { return lowered(a) == lowered(b); }

// A user in the table without a tag stands for all tags of that user.
bool same_user(std::string_view user, std::string_view wanted) {
  if (wanted.find(kSubAddressDelimiter) == std::string_view::npos)
    user = user.substr(0, user.find(kSubAddressDelimiter));
  return equal(user, wanted);
}

bool mailbox_match(const Mailbox& mailbox, std::string_view value) {
  const Mailbox wanted = split(value);
  if (value.find('@') == std::string_view::npos) {
    const bool domain_like = value.find('.') != std::string_view::npos;
    return same_user(mailbox.user, value) || (domain_like && wildcard_match(value, mailbox.domain));
  }
  if (!wanted.domain.empty() && !wildcard_match(wanted.domain, mailbox.domain)) return false;
  return wanted.user.empty() || same_user(mailbox.user, wanted.user);
}

bool address_match(const world::Address& address, std::string_view value) {
  if (equal(value, "local")) return address.is_loopback();
  const std::optional<Network> network = parse_network(value);
  return network && contains(*network, address);
}

}  // namespace

Table::Table(std::string name, std::vector<std::string> values)
    : name_(std::move(name)), values_(std::move(values)) {}

Table::Table(std::string name, std::vector<std::pair<std::string, std::string>> pairs)
    : name_(std::move(name)), mapping_(true) {
  for (auto& [key, value] : pairs) {
    const auto [at, is_new] = pairs_.insert_or_assign(lowered(key), std::move(value));
    if (is_new) values_.push_back(key);
  }
}

Table::~Table() = default;

bool Table::contains(std::string_view value) const {
  return std::any_of(values_.begin(), values_.end(),
                     [&](const std::string& v) { return equal(v, value); });
}

bool Table::contains_domain(std::string_view domain) const {
  if (domain.ends_with('.')) domain.remove_suffix(1);
  return std::any_of(values_.begin(), values_.end(),
                     [&](const std::string& v) { return wildcard_match(v, domain); });
}

bool Table::contains_address(const world::Address& address) const {
  const world::Address plain = unmapped(address);
  return std::any_of(values_.begin(), values_.end(),
                     [&](const std::string& v) { return address_match(plain, v); });
}

bool Table::contains_mailbox(std::string_view mailbox) const {
  const Mailbox wanted = split(mailbox);
  return std::any_of(values_.begin(), values_.end(),
                     [&](const std::string& v) { return mailbox_match(wanted, v); });
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

}  // namespace mxlab::config
