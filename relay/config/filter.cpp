// filter.cpp - which built-in filters of a chain speak up in a phase. Pure; as smtpd(8)'s
// lka_filter.c: a client without a reverse name is called "<unknown>" when names are compared, and
// a session from the local socket always has one.
#include <algorithm>
#include <string>

#include "relay/config/config.hpp"
#include "relay/config/table.hpp"

namespace mxlab::config {
namespace {

constexpr std::string_view kNoName = "<unknown>";

std::string source_text(const Transaction& t) {
  if (t.socket || !t.source) return "local";
  return t.source->to_string();
}

bool source_in(const Table& table, const Transaction& t) {
  if (t.socket || !t.source) return table.contains("local");
  return table.contains_address(*t.source);
}

bool has_name(const Transaction& t) { return t.socket || !t.rdns.empty(); }

std::string client_name(const Transaction& t) {
  if (!t.rdns.empty()) return t.rdns;
  return t.socket ? "localhost" : std::string(kNoName);
}

bool user_in(const Table& table, const Transaction& t) {
  if (t.user.empty()) return false;
  return t.user.find('@') == std::string::npos ? table.contains(t.user)
                                               : table.contains_mailbox(t.user);
}

bool matches_pattern(const Filter& f, const Transaction& t) {
  const Table& table = *f.condition.table;
  switch (f.subject) {
    case FilterSubject::kRdns:
      return table.matches_regex(client_name(t));
    case FilterSubject::kSrc:
      return table.matches_regex(source_text(t));
    case FilterSubject::kHelo:
      return table.matches_regex(t.helo);
    case FilterSubject::kAuth:
      return !t.user.empty() && table.matches_regex(t.user);
    case FilterSubject::kMailFrom:
      return table.matches_regex(t.sender);
    case FilterSubject::kRcptTo:
      return table.matches_regex(t.recipient);
    case FilterSubject::kAlways:
    case FilterSubject::kFcrdns:
      break;
  }
  return true;
}

bool is_listed(const Filter& f, const Transaction& t) {
  const Table& table = *f.condition.table;
  switch (f.subject) {
    case FilterSubject::kRdns:
      return table.contains_domain(client_name(t));
    case FilterSubject::kSrc:
      return source_in(table, t);
    case FilterSubject::kHelo:
      return table.contains_domain(t.helo);
    case FilterSubject::kAuth:
      return user_in(table, t);
    case FilterSubject::kMailFrom:
      return table.contains_mailbox(t.sender);
    case FilterSubject::kRcptTo:
      return table.contains_mailbox(t.recipient);
    case FilterSubject::kAlways:
    case FilterSubject::kFcrdns:
      break;
  }
  return true;
}

bool exists(FilterSubject subject, const Transaction& t) {
  switch (subject) {
    case FilterSubject::kFcrdns:
      return t.socket || t.fcrdns;
    case FilterSubject::kRdns:
      return has_name(t);
    case FilterSubject::kAuth:
      return !t.user.empty();
    default:
      return true;
  }
}

bool holds(const Filter& f, const Transaction& t) {
  bool result = false;
  if (!f.condition.table)
    result = exists(f.subject, t);
  else
    result = f.condition.regex ? matches_pattern(f, t) : is_listed(f, t);
  return result != f.condition.negated;
}

bool speaks(const Filter& filter, Phase phase, const Transaction& transaction) {
  return filter.phase == phase && holds(filter, transaction);
}

}  // namespace

const Filter* apply(const FilterChain& chain, Phase phase, const Transaction& transaction) {
  const auto found = std::find_if(chain.begin(), chain.end(), [&](const auto& filter) {
    return filter->action != FilterAction::kReport && speaks(*filter, phase, transaction);
  });
  return found == chain.end() ? nullptr : found->get();
}

std::vector<const Filter*> reports(const FilterChain& chain, Phase phase,
                                   const Transaction& transaction) {
  std::vector<const Filter*> found;
  for (const auto& filter : chain) {
    if (!speaks(*filter, phase, transaction)) continue;
    if (filter->action != FilterAction::kReport) break;
    found.push_back(filter.get());
  }
  return found;
}

}  // namespace mxlab::config
