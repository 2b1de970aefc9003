// parse_action.cpp - `action NAME METHOD …`.
#include <array>
#include <utility>

#include "relay/config/context.hpp"

namespace mxlab::config {
namespace {

using namespace std::string_view_literals;

constexpr std::array kMethods{"relay"sv, "mbox"sv,         "maildir"sv,    "lmtp"sv,
                              "mda"sv,   "forward-only"sv, "expand-only"sv};
constexpr std::array kRelayOptions{"backup"sv,    "helo"sv, "ttl"sv,      "host"sv,
                                   "domain"sv,    "auth"sv, "helo-src"sv, "src"sv,
                                   "tls"sv,       "pki"sv,  "ca"sv,       "filter"sv,
                                   "mail-from"sv, "srs"sv,  "ciphers"sv,  "protocols"sv};
constexpr std::array kLocalOptions{"alias"sv, "ttl"sv,      "virtual"sv,
                                   "user"sv,  "userbase"sv, "wrapper"sv};

/// One `action` line while it is read.
struct ActionLine {
  Context& context;
  Cursor& cursor;
  Action action;
  std::map<std::string, Span> given{};

  void once(const Token& option) {
    if (!given.emplace(option.text, option.span).second)
      fail(option.span, option.text + " already specified for this action");
  }
  bool has(const std::string& option) const { return given.contains(option); }
};

void parse_ttl(ActionLine& line) {
  line.action.ttl = expect_duration(line.cursor, "ttl");
  line.cursor.expect_end("ttl, which must come last");
}

// Only one of them can say where the mail goes.
void check_destination(const ActionLine& line, const Token& option) {
  if (option.text == "backup" || line.has("backup")) {
    for (const char* other : {"host", "domain"})
      if (line.has(other) && (line.has("backup")))
        fail(option.span, std::string("backup and ") + other + " are mutually exclusive",
             "backup asks the MX records of the recipient's domain where to go");
  }
  if (option.text == "host" && line.has("domain"))
    fail(option.span, "host mapping already specified for this action");
  if (option.text == "domain" && line.has("host"))
    fail(option.span, "host mapping already specified for this action");
}

void parse_backup(ActionLine& line) {
  line.action.backup = true;
  if (line.cursor.accept_word("mx"))
    line.action.backup_mx = expect_host_name(line.cursor, "backup mx");
}

// Reads the arguments too, so that the rest of the line can still be checked.
void parse_unsupported_relay(ActionLine& line, const Token& option) {
  const std::string& word = option.text;
  not_supported(line.context, option.span, "relay option " + word);
  if (word == "tls") {
    line.cursor.accept_word("no-verify");
  } else if (word == "filter") {
    parse_filter_use(line.context, line.cursor);
  } else if (word == "pki" || word == "ca" || word == "mail-from" || word == "ciphers" ||
             word == "protocols") {
    line.cursor.expect_string("a value after " + word);
  } else if (word != "srs") {
    parse_table_use(line.context, line.cursor, Lookup::kText, word);
  }
}

void parse_relay_options(ActionLine& line) {
  while (!line.cursor.at_end()) {
    const Token option = line.cursor.expect_word(kRelayOptions, "relay option");
    line.once(option);
    check_destination(line, option);
    if (option.text == "backup")
      parse_backup(line);
    else if (option.text == "helo")
      line.action.helo = expect_host_name(line.cursor, "helo");
    else if (option.text == "ttl")
      parse_ttl(line);
    else
      parse_unsupported_relay(line, option);
  }
}

void parse_local_options(ActionLine& line) {
  while (!line.cursor.at_end()) {
    const Token option = line.cursor.expect_word(kLocalOptions, "option of a local action");
    line.once(option);
    if (line.has("alias") && line.has("virtual"))
      fail(option.span, "alias and virtual are mutually exclusive");
    if (option.text == "alias") {
      line.action.aliases = parse_table_use(line.context, line.cursor, Lookup::kAlias, "alias");
    } else if (option.text == "ttl") {
      parse_ttl(line);
    } else {
      not_supported(line.context, option.span, "action option " + option.text);
      const bool table = option.text == "virtual" || option.text == "userbase";
      if (table)
        parse_table_use(line.context, line.cursor, Lookup::kText, option.text);
      else
        line.cursor.expect_string("a name after " + option.text);
    }
  }
}

void parse_method(ActionLine& line) {
  const Token method = line.cursor.expect_word(kMethods, "method");
  if (method.text == "relay") return parse_relay_options(line);
  if (method.text == "maildir") {
    line.action.method = Method::kMaildir;
    if (line.cursor.at_string())
      not_supported(line.context, line.cursor.take().span, "maildir with a path");
    if (line.cursor.peek().is_word("junk"))
      not_supported(line.context, line.cursor.take().span, "maildir junk");
  } else if (method.text == "mbox") {
    line.action.method = Method::kMbox;
  } else {
    fail(method.span, "known, but not supported yet: action method " + method.text);
  }
  parse_local_options(line);
}

}  // namespace

void parse_action(Context& context, Cursor& cursor) {
  const Token name = cursor.expect_string("the name of an action");
  declare(context, Kind::kAction, name);
  ActionLine line{context, cursor, {}};
  line.action.name = name.text;
  parse_method(line);
  context.config.actions.emplace(name.text, std::move(line.action));
}

}  // namespace mxlab::config
