// parse_match.cpp - `match [options] action NAME` and `match [options] reject`.
#include <array>
#include <utility>

#include "relay/config/context.hpp"

namespace mxlab::config {
namespace {

using namespace std::string_view_literals;

constexpr std::array kParts{"from"sv,    "for"sv, "auth"sv, "helo"sv,   "mail-from"sv,
                            "rcpt-to"sv, "tag"sv, "tls"sv,  "action"sv, "reject"sv};
constexpr std::array kFromWords{"any"sv,  "local"sv, "socket"sv,   "src"sv,
                                "rdns"sv, "auth"sv,  "mail-from"sv};
constexpr std::array kForWords{"any"sv, "local"sv, "domain"sv, "rcpt-to"sv};

/// One `match` line while it is read.
struct MatchLine {
  Context& context;
  Cursor& cursor;
  Rule rule;
  std::map<std::string, Span> given{};

  void once(const std::string& part, const Span& span) {
    if (!given.emplace(part, span).second) fail(span, part + " already specified for this rule");
  }
};

struct Comparison {
  std::string_view word;
  Lookup lookup;
  bool bare = false;  // may stand without a value
};

Condition parse_comparison(MatchLine& line, bool negated, const Comparison& comparison) {
  Condition condition;
  condition.negated = negated;
  condition.regex = line.cursor.accept_word("regex");
  if (!condition.regex && comparison.bare && !line.cursor.at_table()) return condition;
  condition.table =
      parse_table_use(line.context, line.cursor,
                      condition.regex ? Lookup::kRegex : comparison.lookup, comparison.word);
  return condition;
}

void parse_from(MatchLine& line, bool negated, const Span& span) {
  line.once("from", span);
  const Token word = line.cursor.expect_word(kFromWords, "source");
  Rule& rule = line.rule;
  rule.from_condition.negated = negated;
  if (word.text == "any") {
    rule.from = Rule::From::kAny;
  } else if (word.text == "local") {
    rule.from = Rule::From::kLocal;
  } else if (word.text == "socket") {
    rule.from = Rule::From::kSocket;
  } else if (word.text == "src") {
    rule.from = Rule::From::kSource;
    rule.from_condition = parse_comparison(line, negated, {"from src", Lookup::kAddress});
  } else if (word.text == "rdns") {
    rule.from = Rule::From::kRdns;
    rule.from_condition = parse_comparison(line, negated, {"from rdns", Lookup::kDomain, true});
  } else if (word.text == "auth") {
    line.once("auth", word.span);
    rule.from = Rule::From::kAuth;
    rule.from_condition = parse_comparison(line, negated, {"from auth", Lookup::kText, true});
  } else {
    line.once("mail-from", word.span);
    rule.from = Rule::From::kMailFrom;
    rule.from_condition = parse_comparison(line, negated, {"from mail-from", Lookup::kMailbox});
  }
}

void parse_for(MatchLine& line, bool negated, const Span& span) {
  line.once("for", span);
  const Token word = line.cursor.expect_word(kForWords, "destination");
  Rule& rule = line.rule;
  rule.target_condition.negated = negated;
  if (word.text == "any") {
    rule.target = Rule::For::kAny;
  } else if (word.text == "local") {
    rule.target = Rule::For::kLocal;
  } else if (word.text == "domain") {
    rule.target = Rule::For::kDomain;
    rule.target_condition = parse_comparison(line, negated, {"for domain", Lookup::kDomain});
  } else {
    line.once("rcpt-to", word.span);
    rule.target = Rule::For::kRecipient;
    rule.target_condition = parse_comparison(line, negated, {"for rcpt-to", Lookup::kMailbox});
  }
}

void parse_transaction_part(MatchLine& line, bool negated, const Token& part) {
  line.once(part.text, part.span);
  Rule& rule = line.rule;
  if (part.text == "auth") {
    rule.auth = parse_comparison(line, negated, {"auth", Lookup::kText, true});
  } else if (part.text == "helo") {
    rule.helo = parse_comparison(line, negated, {"helo", Lookup::kDomain});
  } else if (part.text == "mail-from") {
    rule.mail_from = parse_comparison(line, negated, {"mail-from", Lookup::kMailbox});
  } else if (part.text == "rcpt-to") {
    rule.rcpt_to = parse_comparison(line, negated, {"rcpt-to", Lookup::kMailbox});
  } else if (part.text == "tag") {
    rule.tag = parse_comparison(line, negated, {"tag", Lookup::kText});
  } else {
    rule.tls = Condition{negated, false, nullptr};
  }
}

void parse_verdict(MatchLine& line, const Token& verdict) {
  line.rule.reject = verdict.text == "reject";
  if (!line.rule.reject) {
    const Token name = line.cursor.expect_string("the name of an action");
    known(line.context, Kind::kAction, name);
    line.rule.action = name.text;
  }
  line.cursor.expect_end(line.rule.reject ? "reject" : "the action's name");
}

// Strangers could send anything anywhere through this host.
void warn_of_open_relay(MatchLine& line, const Span& span) {
  const Rule& rule = line.rule;
  const auto action = line.context.config.actions.find(rule.action);
  if (rule.reject || action == line.context.config.actions.end()) return;
  const bool anyone = rule.from == Rule::From::kAny && !rule.from_condition.negated;
  const bool anywhere = rule.target == Rule::For::kAny && !rule.target_condition.negated;
  const bool limited =
      rule.auth || rule.helo || rule.mail_from || rule.rcpt_to || rule.tag || rule.tls;
  if (anyone && anywhere && !limited && action->second.method == Method::kRelay)
    line.context.report.warning(span, "this rule makes an open relay: from any for any",
                                "name the domains (for domain <domains>) or the senders "
                                "(from local, auth)");
}

}  // namespace

void parse_match(Context& context, Cursor& cursor) {
  context.any_rule = true;
  MatchLine line{context, cursor, {}};
  const Span start = cursor.previous().span;
  line.rule.line = start.line;
  while (true) {
    if (cursor.at_end())
      fail(cursor.peek().span, "this rule does not say what to do",
           "it must end with: action NAME, or reject");
    const bool negated = cursor.accept_sign("!");
    const Token part = cursor.expect_word(kParts, "match option");
    const bool verdict = part.text == "action" || part.text == "reject";
    if (verdict && negated) fail(part.span, part.text + " cannot be negated");
    if (verdict) {
      parse_verdict(line, part);
      break;
    }
    if (part.text == "from")
      parse_from(line, negated, part.span);
    else if (part.text == "for")
      parse_for(line, negated, part.span);
    else
      parse_transaction_part(line, negated, part);
  }
  warn_of_open_relay(line, start);
  context.config.rules.push_back(std::move(line.rule));
}

}  // namespace mxlab::config
