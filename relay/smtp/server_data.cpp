// DATA and BDAT: the body streams to the sink as it comes; whatever spoils it, it is read to its
// true end, so that nothing in it can ever be taken for a command.
#include <fmt/format.h>

#include "relay/smtp/server_core.hpp"

namespace mxlab::smtp {
namespace {

constexpr std::size_t kBodyRead = 32 * 1024;
constexpr std::size_t kCommandRead = 4 * 1024;

}  // namespace

awaitable<Backend::DataVerdict> ServerSession::ask_data() {
  Backend::DataVerdict verdict;
  try {
    verdict = co_await backend_->data(state_);
  } catch (const std::exception& error) {
    verdict.refusal = local_failure(error.what());
  }
  if (!verdict.refusal && !verdict.sink) verdict.refusal = local_failure("no sink");
  co_return verdict;
}

/// Until more of a body has come, but not for longer than its pace allows.
awaitable<void> ServerSession::await_body(Pace pace) {
  const Limits& limits = options_.limits;
  const Duration due = std::chrono::milliseconds(pace.bytes * 1000 / limits.body_rate);
  const SteadyPoint on_time = pace.begun + due;
  silent_since_ = std::min(on_time, world_.clock.steady_now());
  co_await connection_.flush(connection_.after(options_.timeout));
  const SteadyPoint until =
      std::min(connection_.after(options_.timeout), on_time + limits.body_patience);
  co_await connection_.fill(until, Deadline::Then::kCancel);
  silent_since_ = SteadyPoint::max();
}

awaitable<void> ServerSession::proceed_data(Step) {
  Backend::DataVerdict verdict = co_await ask_data();
  if (verdict.refusal) co_return refuse(std::move(*verdict.refusal));
  answer(Reply(354, "", "Enter mail, end with \".\" on a line by itself"));
  Reception reception(std::move(verdict.sink), options_);
  BodyDecoder decoder;
  connection_.read_at_most(kBodyRead);
  co_await read_body(reception, decoder);
  connection_.read_at_most(kCommandRead);
  if (!decoder.done()) co_return refuse(message_too_big(true));
  connection_.note_received_body(reception.size());
  Refusal outcome = co_await reception.finish(decoder.flaw());
  if (!reception.fault().empty()) local_failure(reception.fault());
  conclude(std::move(outcome));
}

awaitable<void> ServerSession::read_body(Reception& reception, BodyDecoder& decoder) {
  Pace pace{world_.clock.steady_now(), 0};
  co_await connection_.flush(connection_.after(options_.timeout));
  while (!decoder.done() && !reception.hopeless()) {
    LineBuffer& input = connection_.input();
    if (input.empty()) co_await await_body(pace);
    std::string piece;
    const std::size_t taken = decoder.decode(input.waiting(), piece);
    input.consume(taken);
    pace.bytes += taken;
    co_await reception.take(std::move(piece), decoder.flaw());
  }
}

/// The end of a message, taken or not.
void ServerSession::conclude(Refusal outcome) {
  if (outcome.reply.positive()) errors_ = commands_ = idle_commands_ = 0;
  end_transaction();
  refuse(std::move(outcome));
}

// --- chunks (RFC 3030 2) -------------------------------------------------------------------------

awaitable<void> ServerSession::proceed_bdat(Step step) {
  const ChunkArguments chunk = step.chunk;
  Verdict refusal = check_security(situation(), Verb::kBdat);
  if (!refusal) refusal = check_bdat(situation(), step);
  if (!refusal) refusal = co_await open_chunks();
  const Reception none(nullptr, options_);
  const Reception& so_far = chunks_ ? chunks_->reception : none;
  if (so_far.hopeless(chunk.size)) co_return refuse(message_too_big(true));
  co_await read_chunk(chunk.size, refusal ? nullptr : chunks_.get());
  if (!refusal) refusal = co_await end_chunk(chunk.last);
  if (chunk.last) co_return conclude(std::move(*refusal));
  if (chunks_ && !refusal->reply.positive()) chunks_->refused = true;
  refuse(std::move(*refusal));
}

/// The message whose chunk comes next. One that was refused stays refused, until RSET or its LAST.
awaitable<Verdict> ServerSession::open_chunks() {
  if (chunks_ && chunks_->refused)
    co_return Refusal{Reply(503, "5.5.1", "An earlier chunk was refused, RSET comes next"), false};
  if (chunks_) co_return std::nullopt;
  Backend::DataVerdict verdict = co_await ask_data();
  chunks_ = std::make_unique<Chunks>(
      Chunks{Reception(std::move(verdict.sink), options_), {}, verdict.refusal.has_value()});
  co_return std::move(verdict.refusal);
}

awaitable<void> ServerSession::read_chunk(std::uint64_t size, Chunks* into) {
  Pace pace{world_.clock.steady_now(), 0};
  connection_.read_at_most(kBodyRead);
  while (pace.bytes < size) {
    LineBuffer& input = connection_.input();
    if (input.empty()) co_await await_body(pace);
    const std::string_view waiting = input.waiting();
    std::string piece(
        waiting.substr(0, std::min<std::uint64_t>(size - pace.bytes, waiting.size())));
    input.consume(piece.size());
    pace.bytes += piece.size();
    if (into == nullptr) continue;
    into->checker.feed(piece);
    co_await into->reception.take(std::move(piece), into->checker.flaw());
  }
  connection_.read_at_most(kCommandRead);
  connection_.note_received(fmt::format("[{} bytes of message]", size));
}

awaitable<Refusal> ServerSession::end_chunk(bool last) {
  Reception& reception = chunks_->reception;
  TextChecker& checker = chunks_->checker;
  if (last) checker.finish();
  // What is spoiled is refused at once: the client need not send the rest.
  if (!last && !reception.spoiled())
    co_return Refusal{Reply(250, "2.0.0", fmt::format("{} octets received", reception.size())),
                      false};
  Refusal outcome = co_await reception.finish(checker.flaw());
  if (!reception.fault().empty()) local_failure(reception.fault());
  co_return outcome;
}

}  // namespace mxlab::smtp
