// parse_action.hpp - one `action` line while it is read: its method decides which options it has.
#pragma once
#include <map>
#include <string>

#include "relay/config/context.hpp"

namespace mxlab::config {

struct ActionLine {
  Context& context;
  Cursor& cursor;
  Action action;
  std::map<std::string, Span> given{};

  /// `name` is how smtpd(8) calls the option in its message: "alias mapping".
  void once(const Token& option, const std::string& name) {
    if (!given.emplace(option.text, option.span).second)
      fail(option.span, name + " already specified for this dispatcher");
  }
  bool has(const std::string& option) const { return given.contains(option); }
};

/// ttl D, for both kinds of action.
void parse_ttl(ActionLine& line);

void parse_relay_options(ActionLine& line);
void parse_local_options(ActionLine& line);

}  // namespace mxlab::config
