// match.cpp - which rule takes a recipient. Pure; as smtpd(8)'s ruleset.c: every part of a rule
// must hold, the first rule whose parts all do wins.
#include <algorithm>
#include <string>

#include "relay/config/config.hpp"
#include "relay/config/table.hpp"
#include "relay/config/units.hpp"

namespace mxlab::config {
namespace {

// Local is the socket, the loopback and our own addresses.
bool from_local(const Transaction& t) {
  if (t.socket || !t.source) return true;
  return t.own_address || unmapped(*t.source).is_loopback();
}

bool source_in(const Condition& c, const Transaction& t) {
  const bool inside = t.socket || !t.source;
  if (c.regex) return c.table->matches_regex(inside ? "local" : t.source->to_string());
  if (inside) return c.table->contains("local");
  return c.table->contains_address(*t.source) || (t.own_address && c.table->contains("local"));
}

bool domain_in(const Condition& c, std::string_view domain) {
  return c.regex ? c.table->matches_regex(domain) : c.table->contains_domain(domain);
}

bool mailbox_in(const Condition& c, std::string_view mailbox) {
  return c.regex ? c.table->matches_regex(mailbox) : c.table->contains_mailbox(mailbox);
}

// smtpd(8) writes the null sender as "@".
std::string_view sender_text(const Transaction& t) {
  return t.sender.empty() ? std::string_view("@") : std::string_view(t.sender);
}

bool user_in(const Condition& c, const Transaction& t) {
  if (t.user.empty()) return false;
  if (!c.table) return true;
  if (c.regex) return c.table->matches_regex(t.user);
  return t.user.find('@') == std::string::npos ? c.table->contains(t.user)
                                               : c.table->contains_mailbox(t.user);
}

// Without a reverse name there is nothing to compare, so "!from rdns <names>" does not hold either.
bool from_rdns(const Condition& c, const Transaction& t) {
  const bool named = t.socket || !t.rdns.empty();
  if (!c.table) return named != c.negated;
  if (!named) return false;
  return domain_in(c, t.rdns.empty() ? "localhost" : t.rdns) != c.negated;
}

bool from_matches(const Rule& rule, const Transaction& t) {
  const Condition& c = rule.from_condition;
  switch (rule.from) {
    case Rule::From::kAny:
      return !c.negated;
    case Rule::From::kLocal:
      return from_local(t) != c.negated;
    case Rule::From::kSocket:
      return t.socket != c.negated;
    case Rule::From::kSource:
      return source_in(c, t) != c.negated;
    case Rule::From::kRdns:
      return from_rdns(c, t);
    case Rule::From::kAuth:
      return user_in(c, t) != c.negated;
    case Rule::From::kMailFrom:
      return mailbox_in(c, sender_text(t)) != c.negated;
  }
  return false;
}

struct Recipient {
  std::string mailbox, domain;
};

// A recipient without a domain (RFC 5321 4.1.1.3: postmaster) is one of this server.
Recipient recipient_of(const Transaction& t, std::string_view server_name) {
  const std::size_t at = t.recipient.rfind('@');
  if (at != std::string::npos) return {t.recipient, t.recipient.substr(at + 1)};
  return {t.recipient + "@" + std::string(server_name), std::string(server_name)};
}

bool for_matches(const Rule& rule, const Recipient& recipient, std::string_view server_name) {
  const Condition& c = rule.target_condition;
  switch (rule.target) {
    case Rule::For::kAny:
      return !c.negated;
    case Rule::For::kLocal: {
      const std::string domain = lowered(recipient.domain);
      return (domain == "localhost" || domain == lowered(server_name)) != c.negated;
    }
    case Rule::For::kDomain:
      return domain_in(c, recipient.domain) != c.negated;
    case Rule::For::kRecipient:
      return mailbox_in(c, recipient.mailbox) != c.negated;
  }
  return false;
}

template <typename Test>
bool holds(const std::optional<Condition>& condition, Test test) {
  return !condition || test(*condition) != condition->negated;
}

bool tag_in(const Condition& c, std::string_view tag) {
  return c.regex ? c.table->matches_regex(tag) : c.table->contains(tag);
}

bool options_match(const Rule& rule, const Transaction& t, const Recipient& recipient) {
  return holds(rule.tag, [&](const Condition& c) { return tag_in(c, t.tag); }) &&
         holds(rule.helo, [&](const Condition& c) { return domain_in(c, t.helo); }) &&
         holds(rule.auth, [&](const Condition& c) { return user_in(c, t); }) &&
         holds(rule.tls, [&](const Condition&) { return t.tls; }) &&
         holds(rule.mail_from, [&](const Condition& c) { return mailbox_in(c, sender_text(t)); }) &&
         holds(rule.rcpt_to, [&](const Condition& c) { return mailbox_in(c, recipient.mailbox); });
}

}  // namespace

const Rule* match(const Config& config, const Transaction& transaction,
                  std::string_view server_name) {
  const Recipient recipient = recipient_of(transaction, server_name);
  const auto found = std::find_if(config.rules.begin(), config.rules.end(), [&](const Rule& rule) {
    return from_matches(rule, transaction) && for_matches(rule, recipient, server_name) &&
           options_match(rule, transaction, recipient);
  });
  return found == config.rules.end() ? nullptr : &*found;
}

}  // namespace mxlab::config
