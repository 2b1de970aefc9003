// parse_local.cpp - the options of actions that deliver here: aliases, virtual users, accounts.
#include <algorithm>
#include <array>

#include "relay/config/parse_action.hpp"

namespace mxlab::config {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kMaxUser = 64;

void check_mapping(const ActionLine& line, const Token& option) {
  if (line.has("alias") && line.has("virtual"))
    fail(option.span, "alias and virtual are mutually exclusive",
         "virtual also knows the plain names of alias");
}

void parse_alias(ActionLine& line, const Token& option) {
  line.once(option, "alias mapping");
  check_mapping(line, option);
  line.action.aliases = parse_table_use(line.context, line.cursor, Lookup::kAlias, "alias");
}

void parse_virtual(ActionLine& line, const Token& option) {
  line.once(option, "virtual mapping");
  check_mapping(line, option);
  line.action.virtuals = parse_table_use(line.context, line.cursor, Lookup::kVirtual, "virtual");
}

// Whose mailbox it is decides whose name an mbox bears; who only expands delivers nothing.
void check_user_fits(const ActionLine& line, const Token& option) {
  switch (line.action.method) {
    case Method::kMbox:
      fail(option.span, "user may not be specified for this dispatcher",
           "an mbox belongs to its recipient; maildir and lmtp can deliver as one user");
    case Method::kForwardOnly:
      fail(option.span, "user may not be specified for forward-only");
    case Method::kExpandOnly:
      fail(option.span, "user may not be specified for expand-only");
    default:
      return;
  }
}

void parse_user(ActionLine& line, const Token& option) {
  line.once(option, "user");
  check_user_fits(line, option);
  const Token user = line.cursor.expect_string("the name of a user");
  const bool readable = std::all_of(user.text.begin(), user.text.end(), [](char c) {
    return c > ' ' && c < 0x7f && c != '/' && c != ':';
  });
  if (user.text.empty() || user.text.size() > kMaxUser || !readable)
    fail(user.span, "not the name of a user: " + user.text);
  line.action.user = user.text;
}

void parse_userbase(ActionLine& line, const Token& option) {
  line.once(option, "userbase mapping");
  line.action.userbase = parse_table_use(line.context, line.cursor, Lookup::kUserBase, "userbase");
}

void parse_wrapper(ActionLine& line, const Token& option) {
  not_supported(line.context, option.span, "action option wrapper");
  line.cursor.expect_string("a name after wrapper");
}

void parse_local_ttl(ActionLine& line, const Token& option) {
  line.once(option, "ttl");
  parse_ttl(line);
}

struct Option {
  std::string_view word;
  void (*parse)(ActionLine&, const Token&);
};
constexpr std::array kOptions{Option{"alias", parse_alias},       Option{"ttl", parse_local_ttl},
                              Option{"virtual", parse_virtual},   Option{"user", parse_user},
                              Option{"userbase", parse_userbase}, Option{"wrapper", parse_wrapper}};
constexpr std::array kWords{"alias"sv, "ttl"sv, "virtual"sv, "user"sv, "userbase"sv, "wrapper"sv};

}  // namespace

void parse_local_options(ActionLine& line) {
  while (!line.cursor.at_end()) {
    const Token word = line.cursor.expect_word(kWords, "option of a local action");
    const auto* option = std::find_if(kOptions.begin(), kOptions.end(),
                                      [&](const Option& o) { return o.word == word.text; });
    option->parse(line, word);
  }
}

}  // namespace mxlab::config
