// commands_queue.cpp - commands about queued mail.
#include <fmt/format.h>

#include "relay/command_table.hpp"
#include "relay/control/objects.hpp"
#include "relay/show.hpp"

namespace mxlab::relay {
namespace {

using control::LastRecord;
using delivery::Selection;

Done schedule_these(Call call, Selection which) {
  co_return co_await say_count(call.answer, co_await call.desk.schedule(which), "scheduled");
}
Done remove_these(Call call, Selection which) {
  co_return co_await say_count(call.answer, co_await call.desk.remove(which), "removed");
}
Done pause_these(Call call, Selection which) {
  co_return co_await say_count(call.answer, co_await call.desk.suspend(which, true), "paused");
}
Done resume_these(Call call, Selection which) {
  co_return co_await say_count(call.answer, co_await call.desk.suspend(which, false), "resumed");
}

/// The envelope or the message that the first argument names.
Done do_named(Call call, Done (*command)(Call, Selection)) {
  const auto which = selection_of(call.word(0));
  if (!which) co_return no_id(call.word(0));
  co_return co_await command(call, *which);
}

Done schedule(Call call) { return do_named(call, schedule_these); }
Done schedule_all(Call call) { return schedule_these(call, {}); }
Done remove(Call call) { return do_named(call, remove_these); }
Done remove_all(Call call) { return remove_these(call, {}); }
Done pause_envelope(Call call) { return do_named(call, pause_these); }
Done pause_all(Call call) { return pause_these(call, {}); }
Done resume_envelope(Call call) { return do_named(call, resume_these); }
Done resume_all(Call call) { return resume_these(call, {}); }

Done discover(Call call) {
  const auto which = selection_of(call.word(0));
  if (!which) co_return no_id(call.word(0));
  const std::size_t count = co_await call.desk.discover(*which);
  co_await call.answer.text(fmt::format("{} envelope{} discovered", count, count != 1 ? "s" : ""));
  co_return LastRecord{};
}

Done show_queue(Call call) {
  Selection which;
  if (!call.request.arguments.empty()) {
    const auto named = selection_of(call.word(0));
    if (!named) co_return no_id(call.word(0));
    which = *named;
  }
  queue::EnvelopeId after{};
  for (;;) {
    const auto found = co_await call.desk.page(which, after);
    if (found.empty()) co_return LastRecord{};
    after = found.back().id;
    for (const queue::Envelope& envelope : found) {
      const auto row = call.desk.row_of(envelope);
      if (call.answer.json())
        co_await call.answer.record(control::queue_object(row));
      else
        co_await call.answer.text(control::queue_row(row));
    }
  }
}

Done show_envelope(Call call) {
  const auto which = selection_of(call.word(0));
  if (!which || !which->envelope) co_return no_id(call.word(0));
  const auto envelope = co_await call.desk.context().queue.find(*which->envelope);
  if (!envelope) co_return failure(call.word(0) + ": no such envelope in the queue");
  if (call.answer.json())
    co_await call.answer.record(envelope_object(*envelope));
  else
    co_await call.answer.text(envelope_text(*envelope));
  co_return LastRecord{};
}

Done show_message(Call call) {
  const auto which = selection_of(call.word(0));
  if (!which) co_return no_id(call.word(0));
  const auto id = which->message ? *which->message : which->envelope->message();
  auto& queue = call.desk.context().queue;
  for (std::uint32_t number = 0;; ++number) {
    auto chunk = co_await queue.read_chunk(id, number);
    if (chunk.empty() && number == 0)
      co_return failure(call.word(0) + ": no such message in the queue");
    if (chunk.empty()) co_return LastRecord{};
    co_await call.answer.bytes(std::move(chunk));
  }
}

constexpr Command kCommands[] = {
    {"discover", 1, 1, discover},
    {"pause envelope", 1, 1, pause_envelope},
    {"pause envelope all", 0, 0, pause_all},
    {"remove", 1, 1, remove},
    {"remove all", 0, 0, remove_all},
    {"resume envelope", 1, 1, resume_envelope},
    {"resume envelope all", 0, 0, resume_all},
    {"schedule", 1, 1, schedule},
    {"schedule all", 0, 0, schedule_all},
    {"show envelope", 1, 1, show_envelope},
    {"show message", 1, 1, show_message},
    {"show queue", 0, 1, show_queue},
};

}  // namespace

std::span<const Command> queue_commands() { return kCommands; }

}  // namespace mxlab::relay
