// parse_action.cpp - `action NAME METHOD …`.
#include "relay/config/parse_action.hpp"

#include <array>
#include <utility>

#include "relay/config/local_paths.hpp"

namespace mxlab::config {
namespace {

using namespace std::string_view_literals;

constexpr std::array kMethods{"relay"sv, "mbox"sv,         "maildir"sv,    "lmtp"sv,
                              "mda"sv,   "forward-only"sv, "expand-only"sv};

// maildir [PATH] [junk]
void parse_maildir(ActionLine& line) {
  line.action.method = Method::kMaildir;
  if (line.cursor.at_string()) {
    const Token path = line.cursor.take();
    const std::string fault = maildir_path_fault(path.text);
    if (!fault.empty())
      line.context.report.error(path.span, fault,
                                "\"~/Maildir\", or \"/mail/%{dest.domain}/%{dest.user}\"");
    line.action.maildir = path.text;
  }
  line.action.junk = line.cursor.accept_word("junk");
}

// lmtp DEST [rcpt-to]
void parse_lmtp(ActionLine& line) {
  line.action.method = Method::kLmtp;
  const Token where = line.cursor.expect_string("a socket or host:port after lmtp");
  const std::string fault = lmtp_destination_fault(where.text);
  if (!fault.empty())
    line.context.report.error(where.span, fault,
                              "a socket \"/run/dovecot/lmtp\", or \"localhost:24\"");
  line.action.lmtp = where.text;
  line.action.lmtp_recipient = line.cursor.accept_word("rcpt-to");
}

void parse_method(ActionLine& line) {
  const Token method = line.cursor.expect_word(kMethods, "method");
  if (method.text == "relay") return parse_relay_options(line);
  if (method.text == "mda")
    fail(method.span, "known, but not supported yet: action method mda",
         "lmtp delivers to a program that listens on a socket");
  if (method.text == "maildir") parse_maildir(line);
  if (method.text == "lmtp") parse_lmtp(line);
  if (method.text == "mbox") line.action.method = Method::kMbox;
  if (method.text == "forward-only") line.action.method = Method::kForwardOnly;
  if (method.text == "expand-only") line.action.method = Method::kExpandOnly;
  parse_local_options(line);
}

}  // namespace

void parse_ttl(ActionLine& line) {
  line.action.ttl = expect_duration(line.cursor, "ttl");
  line.cursor.expect_end("ttl, which must come last");
}

void parse_action(Context& context, Cursor& cursor) {
  const Token name = cursor.expect_string("the name of an action");
  declare(context, Kind::kAction, name);
  ActionLine line{context, cursor, {}};
  line.action.name = name.text;
  parse_method(line);
  context.config.actions.emplace(name.text, std::move(line.action));
}

}  // namespace mxlab::config
