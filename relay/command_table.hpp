// command_table.hpp - what the files of commands share: a call, its answer, and a table for each.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "relay/commands.hpp"

namespace mxlab::relay {

using Done = awaitable<control::LastRecord>;

/// What a command gets; all of it lives as long as the command runs.
struct Call {
  Operator& desk;
  const control::Request& request;
  control::Answer& answer;
  const std::string& word(std::size_t i) const { return request.arguments[i]; }
};

struct Command {
  std::string_view name;
  std::size_t arguments_least, arguments_most;
  Done (*run)(Call);
};

std::span<const Command> relay_commands();     // pause, resume, log, reload …
std::span<const Command> outbound_commands();  // show hosts, resume route, why …
std::span<const Command> overview_commands();  // what monitor --watch shows
std::span<const Command> queue_commands();     // schedule, remove, show queue, show message …

inline control::LastRecord failure(std::string error) { return {1, std::move(error)}; }
control::LastRecord no_id(const std::string& word);
/// "command succeeded" or "command failed", as smtpctl says it.
Done say(control::Answer& answer, bool succeeded, std::string reason = {});
/// "1 envelope scheduled"
Done say_count(control::Answer& answer, std::size_t count, std::string what);

}  // namespace mxlab::relay
