#include "relay/intake.hpp"

#include <fmt/format.h>
#include <utility>

#include "relay/delivery/verdict.hpp"

namespace mxlab::relay {
namespace {

constexpr std::size_t kMaxHops = 100;  // RFC 5321 6.3; OpenSMTPD MAX_HOPS_COUNT

}  // namespace

IntakeSink::IntakeSink(delivery::Context& context, delivery::Scheduler& scheduler, Intake intake)
    : context_(context),
      scheduler_(scheduler),
      intake_(std::move(intake)),
      id_(context.queue.new_message()),
      from_(intake_.from) {
  intake_.trace.id = queue::to_hex(id_);
  intake_.trace.at = context.world.clock.now();
  pending_ = delivery::received_header(intake_.trace);
  if (intake_.junk) pending_ += "X-Spam: Yes\r\n";
}

IntakeSink::~IntakeSink() {
  if (!committed_ && chunks_ > 0) context_.queue.discard(id_);
}

world::awaitable<void> IntakeSink::write(std::string bytes) {
  hops_.feed(bytes);
  pending_ += from_.feed(std::move(bytes));
  co_await store_full_chunks();
}

world::awaitable<void> IntakeSink::store_full_chunks() {
  while (pending_.size() > queue::kChunkSize) {
    std::string rest = pending_.substr(queue::kChunkSize);
    pending_.resize(queue::kChunkSize);
    size_ += pending_.size();
    const std::uint32_t number = chunks_++;
    co_await context_.queue.append(id_, number, std::exchange(pending_, std::move(rest)));
  }
}

queue::NewMessage IntakeSink::message() {
  queue::NewMessage message;
  message.id = id_;
  message.chunks = chunks_;
  message.last_chunk = pending_;
  message.size = size_ + pending_.size();
  const auto now = context_.world.clock.now();
  std::uint32_t number = 0;
  for (queue::Envelope envelope : intake_.envelopes) {
    envelope.id = queue::EnvelopeId::of(id_, number++);
    envelope.creation = envelope.next_attempt = now;
    envelope.wake = delivery::wake_for(envelope, delivery::lifetime_of(envelope, *context_.config));
    message.envelopes.push_back(std::move(envelope));
  }
  return message;
}

world::awaitable<smtp::Refusal> IntakeSink::commit() {
  if (hops_.hops() >= kMaxHops)
    co_return smtp::Refusal{{500, "5.4.6", "Routing loop detected: Loop detected"}, false};
  if (auto refused = co_await ask_last_word()) co_return std::move(*refused);
  pending_ += from_.finish();
  auto accepted = message();
  queue::Transaction transaction;
  transaction.accepted.push_back(accepted);
  std::error_code failure;
  try {
    co_await context_.queue.commit(std::move(transaction));
  } catch (const std::system_error& error) {
    failure = error.code();
  }
  if (failure) {
    context_.world.journal.warn(
        fmt::format("{} smtp cannot queue message: {}", intake_.session, failure.message()));
    // RFC 5321 4.2.2: 452 when there is no room, 451 for any other trouble of ours.
    if (failure == std::errc::no_space_on_device)
      co_return smtp::Refusal{{452, "4.3.1", "Insufficient system storage, try again later"},
                              false};
    co_return smtp::Refusal{{451, "4.3.0", "Cannot store the message, try again later"}, false};
  }
  committed_ = true;
  tell(accepted);
  scheduler_.take(std::move(accepted.envelopes));
  co_return smtp::Refusal{
      {250, "2.0.0", fmt::format("{} Message accepted for delivery", queue::to_hex(id_))}, false};
}

world::awaitable<smtp::Verdict> IntakeSink::ask_last_word() {
  if (!intake_.last_word) co_return std::nullopt;
  co_return co_await intake_.last_word();
}

void IntakeSink::tell(const queue::NewMessage& message) {
  auto& journal = context_.world.journal;
  journal.info(fmt::format("{} smtp message msgid={} size={} nrcpt={} proto={}", intake_.session,
                           queue::to_hex(id_), message.size, message.envelopes.size(),
                           intake_.trace.protocol));
  for (const queue::Envelope& envelope : message.envelopes) {
    const std::string id = queue::to_hex(envelope.id);
    context_.counters.add("scheduler.envelope");
    journal.info(fmt::format("{} smtp envelope evpid={} from=<{}> to=<{}>", intake_.session, id,
                             envelope.sender, envelope.recipient));
    journal.record({world::FactKind::kQueue, id, "accepted for " + envelope.recipient});
  }
}

}  // namespace mxlab::relay
