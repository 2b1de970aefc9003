// context.cpp - names and settings while a configuration is read.
#include "relay/config/context.hpp"

#include "relay/config/units.hpp"

namespace mxlab::config {
namespace {

constexpr std::uint64_t kMaxCount = 1'000'000;  // of any limit that counts

std::string kind_name(Kind kind) {
  switch (kind) {
    case Kind::kTable:
      return "table";
    case Kind::kFilter:
      return "filter";
    case Kind::kAction:
      return "action";
    case Kind::kPki:
      return "pki";
    case Kind::kCa:
      return "ca";
  }
  return {};
}

std::vector<std::string_view> names_of(const Context& context, Kind kind) {
  std::vector<std::string_view> names;
  for (const auto& [key, span] : context.declared)
    if (key.first == kind) names.push_back(key.second);
  return names;
}

std::string example(Kind kind, const std::string& name) {
  switch (kind) {
    case Kind::kTable:
      return "declare it above this line: table " + name + " { example.org }";
    case Kind::kFilter:
      return "declare it above this line: filter \"" + name + "\" phase connect match …";
    case Kind::kAction:
      return "declare it above this line: action \"" + name + "\" relay backup";
    case Kind::kPki:
      return "declare it above this line: pki " + name + " cert \"…\" and pki " + name +
             " key \"…\"";
    case Kind::kCa:
      return "declare it above this line: ca " + name + " cert \"…\"";
  }
  return {};
}

}  // namespace

void declare(Context& context, Kind kind, const Token& name) {
  const auto [at, is_new] = context.declared.emplace(std::pair(kind, name.text), name.span);
  if (!is_new)
    fail(name.span, kind_name(kind) + " already declared with that name: " + name.text,
         "the first one is at " + place(at->second));
}

bool known(Context& context, Kind kind, const Token& name) {
  const std::pair key(kind, name.text);
  if (context.declared.contains(key)) return !context.broken.contains(key);
  if (context.broken.contains(key)) return false;
  const std::size_t number = context.report.error(
      name.span, "no such " + kind_name(kind) + ": " + name.text,
      did_you_mean(name.text, names_of(context, kind), example(kind, name.text)));
  context.unresolved.push_back({kind, name.text, number});
  return false;
}

void explain_order(Context& context) {
  for (const auto& [kind, name, diagnostic] : context.unresolved) {
    const auto found = context.declared.find({kind, name});
    if (found == context.declared.end()) continue;
    context.report.amend(diagnostic, "it is declared at " + place(found->second) +
                                         ", but order matters: it must stand above this line");
  }
}

void set_once(Context& context, const std::string& setting, const Span& span) {
  const auto [at, is_new] = context.settings.emplace(setting, span);
  if (is_new) return;
  context.report.warning(span, setting + " was set before",
                         "this line counts, the one at " + place(at->second) + " does not");
  at->second = span;
}

void not_supported(Context& context, const Span& span, const std::string& what) {
  context.report.error(span, "known, but not supported yet: " + what);
}

Duration expect_duration(Cursor& cursor, std::string_view setting) {
  const Token token = cursor.take();
  const bool readable = token.kind == Token::Kind::kWord || token.kind == Token::Kind::kQuoted;
  const auto duration = readable ? parse_duration(token.text) : std::nullopt;
  if (duration) return *duration;
  const std::string hint = token.kind == Token::Kind::kNumber
                               ? "a unit is missing: " + token.text + "s, " + token.text + "m, " +
                                     token.text + "h or " + token.text + "d"
                               : "digits and one of s, m, h or d, without combinations: 30s, 4d";
  if (token.kind == Token::Kind::kEnd || token.kind == Token::Kind::kSign)
    fail(token.span,
         "expected a time after " + std::string(setting) + ", found " + described(token), hint);
  fail(token.span, "not a time: " + token.text, hint);
}

std::size_t expect_count(Cursor& cursor, const std::string& setting) {
  const Span span = cursor.peek().span;
  const std::uint64_t count = cursor.expect_number("a number after " + setting);
  if (count == 0) fail(span, setting + " must be at least 1");
  if (count > kMaxCount) fail(span, setting + " must be at most " + std::to_string(kMaxCount));
  return static_cast<std::size_t>(count);
}

std::string expect_host_name(Cursor& cursor, std::string_view option) {
  const Token name = cursor.expect_string("a host name after " + std::string(option));
  if (!valid_host_name(name.text)) fail(name.span, "not a valid domain name: " + name.text);
  return name.text;
}

}  // namespace mxlab::config
