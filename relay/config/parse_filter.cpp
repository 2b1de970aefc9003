// parse_filter.cpp - `filter NAME phase …` and `filter NAME chain { … }`.
#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "relay/config/context.hpp"
#include "relay/config/units.hpp"

namespace mxlab::config {
namespace {

using namespace std::string_view_literals;

struct PhaseWord {
  std::string_view word;
  Phase phase;
};
constexpr std::array kPhases{
    PhaseWord{"connect", Phase::kConnect}, PhaseWord{"helo", Phase::kHelo},
    PhaseWord{"ehlo", Phase::kEhlo},       PhaseWord{"mail-from", Phase::kMailFrom},
    PhaseWord{"rcpt-to", Phase::kRcptTo},  PhaseWord{"data", Phase::kData},
    PhaseWord{"commit", Phase::kCommit}};
constexpr std::array kOtherPhases{"auth"sv, "data-line"sv, "quit"sv, "rset"sv, "noop"sv};
constexpr std::array kPhaseWords{"connect"sv, "helo"sv, "ehlo"sv,  "mail-from"sv,
                                 "rcpt-to"sv, "data"sv, "commit"sv};

// What can be asked, how its table is compared, and from which phase on it is known.
struct SubjectWord {
  std::string_view word;
  FilterSubject subject;
  Lookup lookup;
  Phase from;
  bool bare;    // may stand without a table
  bool tabled;  // may have one
};
constexpr std::array kSubjects{
    SubjectWord{"fcrdns", FilterSubject::kFcrdns, Lookup::kText, Phase::kConnect, true, false},
    SubjectWord{"rdns", FilterSubject::kRdns, Lookup::kDomain, Phase::kConnect, true, true},
    SubjectWord{"src", FilterSubject::kSrc, Lookup::kAddress, Phase::kConnect, false, true},
    SubjectWord{"helo", FilterSubject::kHelo, Lookup::kDomain, Phase::kHelo, false, true},
    SubjectWord{"auth", FilterSubject::kAuth, Lookup::kText, Phase::kMailFrom, true, true},
    SubjectWord{"mail-from", FilterSubject::kMailFrom, Lookup::kMailbox, Phase::kMailFrom, false,
                true},
    SubjectWord{"rcpt-to", FilterSubject::kRcptTo, Lookup::kMailbox, Phase::kRcptTo, false, true}};
constexpr std::array kSubjectWords{"fcrdns"sv, "rdns"sv,      "src"sv,    "helo"sv,
                                   "auth"sv,   "mail-from"sv, "rcpt-to"sv};
constexpr std::array kActionWords{"reject"sv, "disconnect"sv, "rewrite"sv,
                                  "report"sv, "junk"sv,       "bypass"sv};

Phase parse_phase(Cursor& cursor) {
  for (std::string_view other : kOtherPhases)
    if (cursor.peek().is_word(other))
      fail(cursor.peek().span, "known, but not supported yet: filter phase " + std::string(other));
  const Token word = cursor.expect_word(kPhaseWords, "filter phase");
  return std::find_if(kPhases.begin(), kPhases.end(),
                      [&](const PhaseWord& p) { return p.word == word.text; })
      ->phase;
}

std::string_view phase_word(Phase phase) { return kPhaseWords[static_cast<std::size_t>(phase)]; }

// A recipient is known in its own phase only: DATA and the commit speak for all of them.
void check_known_by_then(const SubjectWord& subject, Phase phase, const Span& span) {
  const bool only_there = subject.from == Phase::kRcptTo;
  if (only_there ? phase == subject.from : phase >= subject.from) return;
  const std::string word(subject.word);
  fail(span, word + " cannot be asked in phase " + std::string(phase_word(phase)),
       only_there ? "it is known in phase rcpt-to only"
                  : "it is known from phase " + std::string(phase_word(subject.from)) + " on");
}

void parse_condition(Context& context, Cursor& cursor, Filter& filter) {
  filter.condition.negated = cursor.accept_sign("!");
  const Token word = cursor.expect_word(kSubjectWords, "filter condition");
  const SubjectWord& subject =
      *std::find_if(kSubjects.begin(), kSubjects.end(),
                    [&](const SubjectWord& s) { return s.word == word.text; });
  check_known_by_then(subject, filter.phase, word.span);
  filter.subject = subject.subject;
  filter.condition.regex = subject.tabled && cursor.accept_word("regex");
  if (filter.condition.regex || (subject.tabled && cursor.at_table()) || !subject.bare)
    filter.condition.table = parse_table_use(
        context, cursor, filter.condition.regex ? Lookup::kRegex : subject.lookup, word.text);
}

// A reply that the client gets: reject, disconnect.
void parse_refusal(Context& context, Cursor& cursor, Filter& filter) {
  const std::string word = filter.action == FilterAction::kReject ? "reject" : "disconnect";
  const Token text = cursor.expect_string("a reply in quotes after " + word);
  const std::string fault = reply_text_fault(text.text);
  if (!fault.empty()) context.report.error(text.span, fault, word + " \"550 not welcome here\"");
  filter.text = text.text;
  cursor.expect_end("the reply");
}

// What a phase's command names is what can be put in its place. RFC 5321 4.1.2: the brackets of a
// path may be written or not; they are not kept.
void parse_rewrite(Cursor& cursor, Filter& filter, const Span& span) {
  const Token value = cursor.expect_string("a value after rewrite");
  std::string text = value.text;
  switch (filter.phase) {
    case Phase::kHelo:
    case Phase::kEhlo:
      if (!valid_host_name(text)) fail(value.span, "not a valid domain name: " + text);
      break;
    case Phase::kMailFrom:
    case Phase::kRcptTo: {
      if (text.starts_with('<') && text.ends_with('>')) text = text.substr(1, text.size() - 2);
      const std::size_t at = text.rfind('@');
      const bool null_sender = text.empty() && filter.phase == Phase::kMailFrom;
      const bool mailbox =
          at != std::string::npos && at > 0 && valid_host_name(text.substr(at + 1));
      if (!null_sender && !mailbox)
        fail(value.span, "not an address: " + value.text, "rewrite \"jane@example.org\"");
      break;
    }
    default:
      fail(span, "there is nothing to rewrite in phase " + std::string(phase_word(filter.phase)),
           "rewrite is for helo, ehlo, mail-from and rcpt-to");
  }
  filter.text = std::move(text);
  cursor.expect_end("the value");
}

void parse_filter_action(Context& context, Cursor& cursor, Filter& filter) {
  static constexpr std::array kActions{FilterAction::kReject,  FilterAction::kDisconnect,
                                       FilterAction::kRewrite, FilterAction::kReport,
                                       FilterAction::kJunk,    FilterAction::kBypass};
  static_assert(kActions.size() == kActionWords.size());
  const Token word = cursor.expect_word(kActionWords, "filter action");
  const auto* found = std::find(kActionWords.begin(), kActionWords.end(), word.text);
  filter.action = kActions[static_cast<std::size_t>(found - kActionWords.begin())];
  if (refuses(filter)) return parse_refusal(context, cursor, filter);
  if (filter.action == FilterAction::kRewrite) return parse_rewrite(cursor, filter, word.span);
  if (filter.action == FilterAction::kReport)
    filter.text = cursor.expect_string("a text after report").text;
  else if (filter.phase == Phase::kCommit)
    fail(word.span, word.text + " comes too late in phase commit",
         "decide it in an earlier phase; commit can reject or disconnect");
  cursor.expect_end("the filter's action");
}

void parse_phase_filter(Context& context, Cursor& cursor, const std::string& name) {
  auto filter = std::make_shared<Filter>();
  filter->name = name;
  filter->phase = parse_phase(cursor);
  if (!cursor.accept_word("match")) cursor.fail_expected("\"match\" after the phase");
  parse_condition(context, cursor, *filter);
  parse_filter_action(context, cursor, *filter);
  context.filters[name].filters = {std::move(filter)};
}

void add_to_chain(Context& context, const Token& name, FilterChain& chain) {
  if (!known(context, Kind::kFilter, name)) return;
  const auto found = context.filters.find(name.text);
  // Declared, and not yet read: the very chain whose line this is.
  if (found == context.filters.end())
    fail(name.span, "a filter chain cannot hold itself: " + name.text,
         "name its filters one by one");
  const NamedFilter& named = found->second;
  if (named.chain)
    fail(name.span, "no filter chain allowed within a filter chain: " + name.text,
         "name its filters one by one");
  for (const auto& filter : named.filters) {
    if (std::find(chain.begin(), chain.end(), filter) != chain.end())
      fail(name.span, "no filter allowed twice within a filter chain: " + name.text);
    chain.push_back(filter);
  }
}

}  // namespace

FilterChain parse_filter_list(Context& context, Cursor& cursor) {
  FilterChain chain;
  cursor.expect_sign("{", "before the names of the filters");
  do {
    add_to_chain(context, cursor.expect_string("the name of a filter"), chain);
    if (cursor.accept_sign(",") && cursor.peek().is_sign("}"))
      fail(cursor.peek().span, "a filter is missing after the comma", "drop the last comma");
  } while (!cursor.peek().is_sign("}") && !cursor.at_end());
  cursor.expect_sign("}", "after the names of the filters");
  return chain;
}

FilterChain parse_filter_use(Context& context, Cursor& cursor) {
  if (cursor.peek().is_sign("{")) return parse_filter_list(context, cursor);
  const Token name = cursor.expect_string("the name of a filter, or { names }");
  if (!known(context, Kind::kFilter, name)) return {};
  return context.filters.at(name.text).filters;
}

void parse_filter(Context& context, Cursor& cursor) {
  static constexpr std::string_view kForms[] = {"phase"sv, "chain"sv, "proc"sv, "proc-exec"sv};
  const Token name = cursor.expect_string("the name of a filter");
  declare(context, Kind::kFilter, name);
  const Token form = cursor.expect_word(kForms, "kind of filter");
  if (form.text == "phase") return parse_phase_filter(context, cursor, name.text);
  if (form.text != "chain") fail(form.span, "known, but not supported yet: filter " + form.text);
  FilterChain chain = parse_filter_list(context, cursor);
  cursor.expect_end("the chain");
  context.filters[name.text] = {std::move(chain), true};
}

}  // namespace mxlab::config
