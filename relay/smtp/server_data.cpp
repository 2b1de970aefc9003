// DATA: the body streams to the sink as it comes; whatever spoils it, it is read to its true end,
// so that nothing in it can ever be taken for a command.
#include "relay/smtp/server_core.hpp"

namespace mxlab::smtp {
namespace {

/// How far we follow a body that is too big before we rather close the connection.
constexpr std::uint64_t kMaxRefusedBody = 256 * 1024 * 1024;

Refusal flaw_refusal(BodyFlaw flaw) {
  switch (flaw) {
    case BodyFlaw::kLineTooLong:  // RFC 5321 4.5.3.1.9
      return {Reply(500, "5.6.0", "Line too long"), false};
    case BodyFlaw::kNul:
      return {Reply(550, "5.6.11", "NUL in message"), false};
    case BodyFlaw::kBareLineEnd:  // RFC 5321 2.3.8
    case BodyFlaw::kNone:
      break;
  }
  return {Reply(550, "5.6.11", "Bare CR or LF in message"), false};
}

Refusal too_big(bool disconnect) {
  return {Reply(552, "5.3.4", "Message too big for system"), disconnect};
}

}  // namespace

awaitable<Backend::DataVerdict> ServerSession::ask_data() try {
  co_return co_await backend_->data(state_);
} catch (const std::exception& error) {
  co_return Backend::DataVerdict{local_failure(error.what()), nullptr};
}

awaitable<void> ServerSession::proceed_data(Step) {
  Backend::DataVerdict verdict = co_await ask_data();
  if (!verdict.refusal && !verdict.sink) verdict.refusal = local_failure("no sink");
  if (verdict.refusal) co_return refuse(std::move(*verdict.refusal));
  answer(Reply(354, "", "Enter mail, end with \".\" on a line by itself"));
  Reception reception{std::move(verdict.sink), {}, 0, false};
  co_await receive(reception);
  Refusal outcome = co_await finish(reception);
  if (outcome.reply.positive()) {
    errors_ = 0;
    commands_ = 0;
  }
  reception.sink.reset();
  end_transaction();
  refuse(std::move(outcome));
}

awaitable<void> ServerSession::receive(Reception& reception) {
  while (!reception.decoder.done()) {
    const SteadyPoint until = connection_.after(options_.timeout);
    co_await connection_.flush(until);
    LineBuffer& input = connection_.input();
    if (input.empty()) co_await connection_.fill(until, Deadline::Then::kCancel);
    std::string piece;
    input.consume(reception.decoder.decode(input.waiting(), piece));
    reception.size += piece.size();
    if (reception.size > options_.max_message_size + kMaxRefusedBody) co_return;
    co_await store(reception, std::move(piece));
  }
  connection_.note_received_body(reception.size);
}

awaitable<void> ServerSession::store(Reception& reception, std::string piece) try {
  const bool refused =
      reception.decoder.flaw() != BodyFlaw::kNone || reception.size > options_.max_message_size;
  if (refused) reception.sink.reset();
  if (reception.sink && !piece.empty()) co_await reception.sink->write(std::move(piece));
} catch (const std::exception& error) {
  local_failure(error.what());
  reception.failed = true;
  reception.sink.reset();
}

awaitable<Refusal> ServerSession::finish(Reception& reception) try {
  if (!reception.decoder.done()) co_return too_big(true);
  if (reception.size > options_.max_message_size) co_return too_big(false);
  if (reception.decoder.flaw() != BodyFlaw::kNone) co_return flaw_refusal(reception.decoder.flaw());
  if (reception.failed)
    co_return Refusal{Reply(451, "4.3.0", "Temporary failure, try again later"), false};
  co_return co_await reception.sink->commit();
} catch (const std::exception& error) {
  co_return local_failure(error.what());
}

}  // namespace mxlab::smtp
