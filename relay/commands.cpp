#include "relay/commands.hpp"

#include <charconv>
#include <fmt/format.h>

#include "relay/command_table.hpp"

namespace mxlab::relay {
namespace {

const Command* find(const std::string& name) {
  for (const auto& table :
       {relay_commands(), queue_commands(), outbound_commands(), overview_commands()})
    for (const Command& command : table)
      if (command.name == name) return &command;
  return nullptr;
}

}  // namespace

std::optional<delivery::Selection> selection_of(const std::string& word) {
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), id, 16);
  if (error != std::errc() || end != word.data() + word.size() || id == 0) return std::nullopt;
  if (word.size() == 8) return delivery::Selection{static_cast<queue::MessageId>(id), std::nullopt};
  if (word.size() == 16) return delivery::Selection{std::nullopt, queue::EnvelopeId{id}};
  return std::nullopt;
}

control::LastRecord no_id(const std::string& word) {
  return failure(
      fmt::format("{}: neither a message (8 hex digits) nor an envelope (16 of them)", word));
}

Done say(control::Answer& answer, bool succeeded, std::string reason) {
  if (succeeded)
    co_await answer.text("command succeeded");
  else
    co_await answer.text(reason.empty() ? "command failed" : "command failed: " + reason);
  co_return control::LastRecord{succeeded ? 0 : 1, {}};
}

Done say_count(control::Answer& answer, std::size_t count, std::string what) {
  // smtpctl has the s from two on.
  co_await answer.text(fmt::format("{} envelope{} {}", count, count > 1 ? "s" : "", what));
  co_return control::LastRecord{};
}

Done carry_out(Operator& desk, const control::Request& request, control::Answer& answer) {
  const Command* command = find(request.command);
  if (command == nullptr) co_return failure(request.command + ": no such command");
  const std::size_t count = request.arguments.size();
  if (count < command->arguments_least || count > command->arguments_most)
    co_return failure(
        fmt::format("{}: {} arguments are not what it takes", request.command, count));
  std::string trouble;
  try {
    co_return co_await command->run({desk, request, answer});
  } catch (const std::system_error& error) {
    trouble = error.what();  // the disk's; if it was the connection's, the answer shows it again
  }
  co_return failure(trouble);
}

}  // namespace mxlab::relay
