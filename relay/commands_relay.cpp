// commands_relay.cpp - commands about the relay as a whole: pauses, counters, log, configuration.
#include "relay/command_table.hpp"
#include "relay/control/objects.hpp"

namespace mxlab::relay {
namespace {

using control::LastRecord;

Done pause_smtp(Call call) { return say(call.answer, call.desk.set_smtp(SmtpState::kPaused)); }
Done refuse_smtp(Call call) { return say(call.answer, call.desk.set_smtp(SmtpState::kRefusing)); }
Done resume_smtp(Call call) { return say(call.answer, call.desk.set_smtp(SmtpState::kRunning)); }
Done pause_mta(Call call) { return say(call.answer, call.desk.pause_mta(true)); }
Done resume_mta(Call call) { return say(call.answer, call.desk.pause_mta(false)); }
Done pause_mda(Call call) { return say(call.answer, call.desk.pause_mda(true)); }
Done resume_mda(Call call) { return say(call.answer, call.desk.pause_mda(false)); }

/// Without the line end, which the record implies.
std::string without_end(std::string text) {
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

Done show_status(Call call) {
  if (call.answer.json())
    co_await call.answer.record(control::status_object(call.desk.status()));
  else
    co_await call.answer.text(without_end(call.desk.status_text()));
  co_return LastRecord{};
}

Done show_stats(Call call) {
  if (call.answer.json())
    co_await call.answer.record(
        control::stats_object(call.desk.context().counters.values(), call.desk.uptime()));
  else
    co_await call.answer.text(without_end(call.desk.stats_text()));
  co_return LastRecord{};
}

Done digest(Call call) {
  co_await call.answer.record(control::digest_object(call.desk.context().counters.digest()));
  co_return LastRecord{};
}

Done set_verbose(Call call, bool on) {
  if (call.desk.log() == nullptr) co_return co_await say(call.answer, false, "no log to switch");
  call.desk.log()->verbose(on);
  co_return co_await say(call.answer, true);
}
Done log_brief(Call call) { return set_verbose(call, false); }
Done log_verbose(Call call) { return set_verbose(call, true); }

Done set_trace(Call call, bool on) {
  if (call.desk.log() == nullptr) co_return co_await say(call.answer, false, "no log to switch");
  if (!call.desk.log()->trace(call.word(0), on))
    co_return failure("invalid trace keyword: " + call.word(0));
  co_return co_await say(call.answer, true);
}
Done trace(Call call) { return set_trace(call, true); }
Done untrace(Call call) { return set_trace(call, false); }

Done update_table(Call call) {
  const auto trouble = co_await call.desk.update_table(call.word(0));
  co_return co_await say(call.answer, !trouble, trouble.value_or(""));
}

Done reload(Call call) {
  const auto trouble = co_await call.desk.reload();
  co_return co_await say(call.answer, !trouble, trouble.value_or(""));
}

constexpr Command kCommands[] = {
    {"digest", 0, 0, digest},
    {"log brief", 0, 0, log_brief},
    {"log verbose", 0, 0, log_verbose},
    {"pause mda", 0, 0, pause_mda},
    {"pause mta", 0, 0, pause_mta},
    {"pause smtp", 0, 0, pause_smtp},
    {"pause smtp refuse", 0, 0, refuse_smtp},
    {"reload", 0, 0, reload},
    {"resume mda", 0, 0, resume_mda},
    {"resume mta", 0, 0, resume_mta},
    {"resume smtp", 0, 0, resume_smtp},
    {"show stats", 0, 0, show_stats},
    {"show status", 0, 0, show_status},
    {"trace", 1, 1, trace},
    {"untrace", 1, 1, untrace},
    {"update table", 1, 1, update_table},
};

}  // namespace

std::span<const Command> relay_commands() { return kCommands; }

}  // namespace mxlab::relay
