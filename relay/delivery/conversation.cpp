// conversation.cpp - what a destination says over a ready session: its tasks, then a wait for more.
#include <algorithm>
#include <fmt/format.h>

#include "relay/delivery/destination.hpp"

namespace mxlab::delivery {
namespace {
using namespace std::chrono_literals;

constexpr Duration kLinger = 10s;  // OpenSMTPD limit.c session-keepalive
constexpr std::size_t kMailsPerSession = 100;

/// Reads a queued body piece by piece.
class QueuedBody final : public smtp::BodySource {
 public:
  QueuedBody(queue::Queue& queue, queue::MessageId id) : queue_(queue), id_(id) {}
  awaitable<std::string> next() override { return queue_.read_chunk(id_, number_++); }

 private:
  queue::Queue& queue_;
  queue::MessageId id_;
  std::uint32_t number_ = 0;
};

ResultKind result_kind(smtp::OutcomeKind kind) {
  if (kind == smtp::OutcomeKind::kDelivered) return ResultKind::kDelivered;
  return kind == smtp::OutcomeKind::kPermanent ? ResultKind::kPermanent : ResultKind::kTemporary;
}

constexpr int kClosing = 421;  // RFC 5321 3.8: the peer ends the session

bool all_temporary(const std::vector<smtp::Outcome>& outcomes, int most_code) {
  return std::all_of(outcomes.begin(), outcomes.end(), [=](const smtp::Outcome& outcome) {
    const int code = outcome.reply.code;
    return outcome.kind == smtp::OutcomeKind::kTemporary && (code == 0 || code == most_code);
  });
}

/// The connection was dead before it said anything about this message.
bool unheard(const std::vector<smtp::Outcome>& outcomes) { return all_temporary(outcomes, 0); }

/// The session is over and nobody has judged the message: "421 too many messages", "421 timeout",
/// or a peer that had left.
bool only_the_session_failed(const std::vector<smtp::Outcome>& outcomes) {
  return all_temporary(outcomes, kClosing);
}

smtp::OutgoingMessage outgoing(const Task& task, std::uint64_t size) {
  smtp::OutgoingMessage message;
  message.sender = task.sender;
  message.size = size;
  message.body_8bit = true;  // unknown, so asked for wherever the peer offers it
  for (const Envelope& envelope : task.envelopes)
    message.recipients.push_back(envelope.destination);
  return message;
}

}  // namespace

awaitable<void> Destination::converse(std::shared_ptr<Destination> self, Connected connected,
                                      Hop hop) {
  auto& journal = self->context_.world.journal;
  self->context_.counters.add("mta.session");
  while (connected.client->usable() && connected.mails < kMailsPerSession) {
    if (self->tasks_.empty()) {
      connected.rested = true;
      if (!co_await self->wait_for_task()) break;
    }
    if (!self->tasks_.empty()) co_await self->transact(connected, hop);
  }
  // What comes from now on needs another session, and need not wait for the goodbye.
  --self->sessions_;
  self->changed_.notify();
  co_await connected.client->quit();
  journal.info(fmt::format("{} mta disconnected reason=quit messages={}", connected.session,
                           connected.mails));
  self->context_.counters.add("mta.session", -1);
  self->context_.hosts.disconnected(hop.address);
  self->changed_.notify();
}

/// Lingers in case more mail comes; leaves at once while another session serves the destination.
awaitable<bool> Destination::wait_for_task() {
  if (sessions_ > 1) co_return false;
  auto& clock = context_.world.clock;
  world::Signal idle(clock);
  idle_.push_back(&idle);
  co_await idle.wait_until(clock.steady_now() + kLinger);
  std::erase(idle_, &idle);
  co_return !tasks_.empty();
}

awaitable<void> Destination::transact(Connected& connected, Hop hop) {
  Task task = std::move(tasks_.front());
  tasks_.pop_front();
  last_taken_ = context_.world.clock.steady_now();
  std::vector<smtp::Outcome> outcomes;
  std::string trouble;
  try {
    QueuedBody body(context_.queue, task.message);
    auto message = outgoing(task, co_await context_.queue.message_size(task.message));
    outcomes = co_await connected.client->send(std::move(message), body);
  } catch (const std::system_error& error) {
    trouble = error.what();
  }
  if (!trouble.empty()) {
    smtp::Outcome outcome;
    outcome.reason = "Cannot read the queued message: " + trouble;
    outcomes.assign(task.envelopes.size(), outcome);
  }
  const bool reused = connected.mails++ > 0 || connected.rested;
  if (reused && !connected.client->usable() && !task.returned && trouble.empty() &&
      only_the_session_failed(outcomes)) {
    task.returned = true;
    tasks_.push_front(std::move(task));
    changed_.notify();
    co_return;
  }
  const bool answered = std::any_of(outcomes.begin(), outcomes.end(), [](const auto& outcome) {
    return outcome.kind == smtp::OutcomeKind::kDelivered;
  });
  if (answered && revived_) revived_(context_.hosts.take_deferred(key_.domain));
  if (!unheard(outcomes)) context_.hosts.answered(key_.domain, context_.world.clock.steady_now());
  co_await recorder_.record(results_of(task, outcomes, connected, hop));
}

std::vector<Result> Destination::results_of(const Task& task,
                                            const std::vector<smtp::Outcome>& outcomes,
                                            const Connected& connected, const Hop& hop) const {
  const std::string relay = fmt::format("{} ({})", hop.address.to_string(), hop.host);
  const std::string remote = fmt::format("{} ({})", hop.host, hop.address.to_string());
  std::vector<Result> results;
  for (std::size_t i = 0; i < task.envelopes.size(); ++i) {
    const smtp::Outcome& outcome = outcomes.at(i);
    // The dot was sent and no answer came: a second copy may exist after the next attempt.
    if (outcome.kind == smtp::OutcomeKind::kIndefinite) context_.counters.add("mta.indefinite");
    queue::Failure failure{outcome.reason, outcome.reply.enhanced,
                           outcome.reply.code != 0 ? remote : std::string()};
    results.push_back({task.envelopes[i], result_kind(outcome.kind), std::move(failure), relay,
                       connected.source, connected.session});
  }
  return results;
}

}  // namespace mxlab::delivery
